package io.github.coconut4j.train;

import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.curriculum.StageCycles;
import java.util.ArrayList;
import java.util.List;
import lombok.Value;
import org.nd4j.linalg.schedule.ISchedule;

/**
 * One {@link WarmupSchedule} per cycle of the curriculum, with a warm-up in proportion to the
 * cycle: the warm restarts of Loshchilov and Hutter (arXiv 1608.03983).
 */
@Value
class CyclicSchedule implements ISchedule {

  private static final long serialVersionUID = 1L;

  /** Number of updates done at the end of each cycle. */
  List<Integer> ends;

  /** The schedule of each cycle, counting from the cycle's first update. */
  List<WarmupSchedule> cycles;

  static CyclicSchedule of(TrainingConfig config) {
    List<Integer> ends = StageCycles.of(config).ends();
    double total = Math.max(1, ends.get(ends.size() - 1));
    List<WarmupSchedule> cycles = new ArrayList<>();
    int start = 0;
    for (int end : ends) {
      int length = Math.max(1, end - start);
      int warmup = Math.toIntExact(Math.round((double) config.getWarmupSteps() * length / total));
      cycles.add(
          WarmupSchedule.builder()
              .peak(config.getLr())
              .warmupSteps(warmup)
              .totalSteps(length)
              .shape(config.getLrSchedule())
              .build());
      start = end;
    }
    return new CyclicSchedule(List.copyOf(ends), List.copyOf(cycles));
  }

  @Override
  public double valueAt(int iteration, int epoch) {
    int cycle = 0;
    while (cycle < ends.size() - 1 && iteration >= ends.get(cycle)) {
      cycle++;
    }
    int start = cycle == 0 ? 0 : ends.get(cycle - 1);
    return cycles.get(cycle).valueAt(iteration - start, epoch);
  }

  @Override
  public ISchedule clone() {
    return this;
  }
}
