package io.github.coconut4j.parity;

import io.github.coconut4j.data.batch.SupervisionPadding;
import io.github.coconut4j.model.latent.LatentBatch;
import io.github.coconut4j.model.latent.LatentTransformer;
import io.github.coconut4j.model.latent.Supervision;
import io.github.coconut4j.parity.ParityCase.Distillation;
import io.github.coconut4j.parity.ParityCase.Target;
import io.github.coconut4j.parity.ParityCase.Teacher;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A fixture's sequences as one batch: the B sequences of the case, followed by their teachers, if
 * there are any, all padded on the right to the longest.
 */
final class FixtureBatch {

  private final ParityCase fixture;

  /** Number of time steps of the batch. */
  private final int steps;

  FixtureBatch(ParityCase fixture) {
    this.fixture = fixture;
    Teacher teacher = fixture.getTeacher();
    int own = fixture.getInputIds()[0].length;
    steps = teacher == null ? own : Math.max(own, teacher.inputIds()[0].length);
  }

  private int students() {
    return fixture.getInputIds().length;
  }

  private int sequences() {
    return fixture.getTeacher() == null ? students() : 2 * students();
  }

  /** The batch with all supervision of the fixture's kind. */
  LatentBatch whole() {
    return batch(fixture.getStepIds(), fixture.getFrontierTargets());
  }

  /** The batch with the steps of only one group of latents. */
  LatentBatch withStepsOf(int group) {
    int[][][] steps = fixture.getStepIds().clone();
    for (int b = 0; b < steps.length; b++) {
      int[][] own = new int[steps[b].length][0];
      if (group < own.length) {
        own[group] = steps[b][group];
      }
      steps[b] = own;
    }
    return batch(steps, fixture.getFrontierTargets());
  }

  /** The batch with the distribution of only one latent. */
  LatentBatch withTargetOf(int b, int latent) {
    List<List<Target>> targets =
        IntStream.range(0, students())
            .mapToObj(
                row ->
                    IntStream.range(0, fixture.getFrontierTargets().get(row).size())
                        .mapToObj(
                            i ->
                                row == b && i == latent
                                    ? fixture.getFrontierTargets().get(b).get(latent)
                                    : null)
                        .toList())
            .toList();
    return batch(fixture.getStepIds(), targets);
  }

  /**
   * The batch in which the position after a sequence's latents is also a latent; its input is the
   * next latent.
   */
  LatentBatch withOneMoreLatent() {
    LatentBatch batch = whole();
    INDArray mask = batch.getLatentMask().dup();
    for (int b = 0; b < students(); b++) {
      for (int t = steps - 1; t > 0; t--) {
        if (mask.getInt(b, t - 1) == 1 && mask.getInt(b, t) == 0) {
          mask.putScalar(b, t, 1);
          break;
        }
      }
    }
    return LatentBatch.builder()
        .inputIds(batch.getInputIds())
        .positionIds(batch.getPositionIds())
        .attentionMask(batch.getAttentionMask())
        .latentMask(mask)
        .labels(batch.getLabels())
        .build();
  }

  /** The compared hidden states [layers, B, d] of the students. */
  INDArray studentStates(LatentTransformer transformer) {
    return states(transformer, 0, fixture.getKd().studentColumns());
  }

  /** The compared hidden states [layers, B, d] of the teachers. */
  INDArray teacherStates(LatentTransformer transformer) {
    return states(transformer, students(), fixture.getKd().teacherColumns());
  }

  private INDArray states(LatentTransformer transformer, int firstSequence, int[] times) {
    int[] positions =
        IntStream.range(0, times.length).map(b -> (firstSequence + b) * steps + times[b]).toArray();
    INDArray states = transformer.layerStates(whole(), positions);
    return Nd4j.stack(
        0,
        Arrays.stream(fixture.getKd().layers())
            .mapToObj(layer -> states.slice(layer).dup())
            .toArray(INDArray[]::new));
  }

  private LatentBatch batch(int[][][] stepIds, List<List<Target>> targets) {
    Teacher teacher = fixture.getTeacher();
    int[][] ids = joined(fixture.getInputIds(), teacher == null ? null : teacher.inputIds(), 0);
    int[][] mask =
        joined(fixture.getAttentionMask(), teacher == null ? null : teacher.attentionMask(), 0);
    int[][] positions =
        joined(fixture.getPositionIds(), teacher == null ? null : teacher.positionIds(), 0);
    int[][] labels =
        joined(
            fixture.getLabels(),
            teacher == null ? null : teacher.labels(),
            LatentBatch.IGNORED_LABEL);
    return LatentBatch.builder()
        .inputIds(Nd4j.createFromArray(ids))
        .positionIds(Nd4j.createFromArray(positions))
        .attentionMask(Nd4j.createFromArray(mask))
        .latentMask(Nd4j.createFromArray(latentMask(ids, mask)))
        .labels(Nd4j.createFromArray(labels))
        .supervision(supervision(stepIds, targets))
        .build();
  }

  private int[][] joined(int[][] students, int[][] teachers, int padding) {
    return Stream.concat(
            Arrays.stream(students), teachers == null ? Stream.of() : Arrays.stream(teachers))
        .map(
            row -> {
              int[] padded = Arrays.copyOf(row, steps);
              Arrays.fill(padded, row.length, steps, padding);
              return padded;
            })
        .toArray(int[][]::new);
  }

  private int[][] latentMask(int[][] ids, int[][] mask) {
    return IntStream.range(0, ids.length)
        .mapToObj(
            b ->
                IntStream.range(0, steps)
                    .map(
                        t ->
                            b < students() && mask[b][t] == 1 && fixture.isLatent(ids[b][t])
                                ? 1
                                : 0)
                    .toArray())
        .toArray(int[][]::new);
  }

  private Supervision supervision(int[][][] stepIds, List<List<Target>> targets) {
    if (fixture.getKd() == null && stepIds == null && targets == null) {
      return null;
    }
    Supervision.SupervisionBuilder supervision =
        Supervision.builder().teachers(Nd4j.createFromArray(teachers()));
    if (stepIds != null) {
      supervision.steps(Nd4j.createFromArray(SupervisionPadding.pad(stepIds, sequences())));
    }
    if (targets != null) {
      int[][][] tokens =
          targets.stream()
              .map(
                  row ->
                      row.stream()
                          .map(target -> target == null ? new int[0] : target.ids())
                          .toArray(int[][]::new))
              .toArray(int[][][]::new);
      int[][][] padded = SupervisionPadding.pad(tokens, sequences());
      supervision
          .targetTokens(Nd4j.createFromArray(padded))
          .targetProbabilities(probabilities(targets, padded));
    }
    return supervision.build();
  }

  private int[][] teachers() {
    int[][] teachers = new int[sequences()][3];
    Arrays.stream(teachers).forEach(row -> Arrays.fill(row, Supervision.NONE));
    Distillation kd = fixture.getKd();
    for (int b = 0; kd != null && b < students(); b++) {
      int teacher = students() + b;
      teachers[b] = new int[] {teacher, kd.studentColumns()[b], kd.teacherColumns()[b]};
    }
    return teachers;
  }

  private static INDArray probabilities(List<List<Target>> targets, int[][][] like) {
    float[][][] values = new float[like.length][like[0].length][like[0][0].length];
    for (int b = 0; b < targets.size(); b++) {
      for (int i = 0; i < targets.get(b).size(); i++) {
        Target target = targets.get(b).get(i);
        for (int k = 0; target != null && k < target.probs().length; k++) {
          values[b][i][k] = (float) target.probs()[k];
        }
      }
    }
    return Nd4j.createFromArray(values);
  }
}
