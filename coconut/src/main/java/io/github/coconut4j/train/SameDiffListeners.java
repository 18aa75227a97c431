package io.github.coconut4j.train;

import java.util.List;
import java.util.function.Consumer;
import lombok.Getter;
import lombok.RequiredArgsConstructor;
import org.nd4j.autodiff.listeners.At;
import org.nd4j.autodiff.listeners.Listener;
import org.nd4j.autodiff.listeners.Loss;
import org.nd4j.autodiff.listeners.Operation;
import org.nd4j.autodiff.listeners.records.History;
import org.nd4j.autodiff.listeners.records.LossCurve;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.dataset.api.MultiDataSet;

/**
 * Calls SameDiff's listeners as {@code SameDiff.fit} would, but with the true loss, and keeps the
 * mean loss of every pass for the {@link History}.
 */
@RequiredArgsConstructor
final class SameDiffListeners {

  private static final List<String> LOSS = List.of("loss");

  private final SameDiff sameDiff;
  private final List<Listener> listeners;
  private final long started = System.nanoTime();
  private LossCurve curve;
  private double lossSum;
  private int updates;
  private long passStarted;

  /** Time spent in all listeners so far. */
  @Getter private long nanos;

  void trainingStarted() {
    tell(listener -> listener.operationStart(sameDiff, Operation.TRAINING));
  }

  void passStarted(TrainingState state) {
    lossSum = 0;
    updates = 0;
    passStarted = System.nanoTime();
    tell(listener -> listener.epochStart(sameDiff, at(state)));
  }

  void updateStarted(TrainingState state, MultiDataSet batch) {
    tell(listener -> listener.iterationStart(sameDiff, at(state), batch, 0));
  }

  void updated(TrainingState state, MultiDataSet batch, double loss) {
    lossSum += loss;
    updates++;
    Loss current = new Loss(LOSS, new double[] {loss});
    tell(listener -> listener.iterationDone(sameDiff, at(state), batch, current));
  }

  void passEnded(TrainingState state) {
    if (updates == 0) {
      return;
    }
    // Loss by loss: LossCurve's constructor of a list fails for two losses of one name.
    double[] mean = {lossSum / updates};
    curve = curve == null ? new LossCurve(mean, LOSS) : curve.addLossAndCopy(mean, LOSS);
    tell(listener -> listener.epochEnd(sameDiff, at(state), curve, millisSince(passStarted)));
  }

  History trainingEnded() {
    tell(listener -> listener.operationEnd(sameDiff, Operation.TRAINING));
    return new History(List.of(), List.of(), curve, millisSince(started), List.of());
  }

  private void tell(Consumer<Listener> call) {
    long start = System.nanoTime();
    listeners.stream().filter(listener -> listener.isActive(Operation.TRAINING)).forEach(call);
    nanos += System.nanoTime() - start;
  }

  private static At at(TrainingState state) {
    return At.builder()
        .epoch(state.getEpoch())
        .iteration(state.getStep())
        .operation(Operation.TRAINING)
        .javaThreadNum(Thread.currentThread().getId())
        .build();
  }

  private static long millisSince(long nanos) {
    return (System.nanoTime() - nanos) / 1_000_000;
  }
}
