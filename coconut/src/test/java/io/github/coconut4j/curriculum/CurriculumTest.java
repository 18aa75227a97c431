package io.github.coconut4j.curriculum;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.method.Method;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.IntUnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class CurriculumTest {

  private static TrainingConfig.TrainingConfigBuilder config(Method method) {
    return TrainingConfig.builder().method(method).trainPath("train.json").maxLatentStage(3);
  }

  @Test
  void aStageLastsSoManyEpochs() {
    Curriculum curriculum =
        Curriculum.of(config(Method.COCONUT).epochsPerStage(3).numEpochs(25).resume(3).build());

    assertThat(List.of(0, 2, 3, 8, 9, 24))
        .map(epoch -> curriculum.stage(epoch, 0))
        .containsExactly(0, 0, 1, 2, 3, 8);
    assertThat(curriculum.isOver(24, 100)).isFalse();
    assertThat(curriculum.isOver(25, 100)).isTrue();
    assertThat(curriculum.totalSteps(10)).isEqualTo(220);
  }

  @Test
  void aStageLastsSoManyUpdates() {
    Curriculum curriculum =
        Curriculum.of(config(Method.COCONUT).stageSteps(List.of(4, 2, 3)).build());

    assertThat(List.of(0, 3, 4, 5, 6, 8))
        .map(step -> curriculum.stage(7, step))
        .containsExactly(0, 0, 1, 1, 2, 2);
    assertThat(curriculum.isOver(7, 8)).isFalse();
    assertThat(curriculum.isOver(7, 9)).isTrue();
    assertThat(curriculum.totalSteps(1000)).isEqualTo(9);
  }

  @Test
  void methodsWithoutStagesStayInTheFirst() {
    Curriculum curriculum = Curriculum.of(config(Method.COT).stageSteps(List.of(4, 2)).build());

    assertThat(curriculum.stage(0, 5)).isZero();
    assertThat(curriculum.totalSteps(1)).isEqualTo(6);
  }

  @Test
  void withoutCurriculumTheLastStageComesFirst() {
    Curriculum curriculum = Curriculum.of(config(Method.COCONUT).curriculum(false).build());

    assertThat(curriculum.stage(0, 0)).isEqualTo(4);
  }

  @Test
  void icotMovesOnEveryEpoch() {
    Curriculum curriculum =
        Curriculum.of(config(Method.ICOT).epochsPerStage(5).numEpochs(9).build());

    assertThat(curriculum.stage(7, 0)).isEqualTo(7);
  }

  @Test
  void maxStepsEndsARunEarly() {
    Curriculum curriculum =
        Curriculum.of(config(Method.COCONUT).stageSteps(List.of(4, 4)).maxSteps(5).build());

    assertThat(curriculum.isOver(0, 4)).isFalse();
    assertThat(curriculum.isOver(0, 5)).isTrue();
    assertThat(curriculum.totalSteps(1)).isEqualTo(5);
  }

  @Test
  void cyclesGoThroughAllStagesEachTimeWithMoreUpdates() {
    TrainingConfig cyclic =
        config(Method.COCONUT)
            .stageSteps(List.of(10, 5, 21))
            .cycles(List.of(0.1, 0.3, 1.0))
            .build();
    Curriculum curriculum = Curriculum.of(cyclic);
    StageCycles cycles = StageCycles.of(cyclic);

    // Updates of the stages done after each cycle: 1, 1, 2; 3, 2, 6; 10, 5, 21.
    assertThat(cycles.lengths()).containsExactly(1, 1, 2, 2, 1, 4, 7, 3, 15);
    assertThat(cycles.ends()).containsExactly(4, 11, 36);
    assertThat(curriculum.totalSteps(1000)).isEqualTo(36);
    assertThat(List.of(0, 1, 2, 3, 4, 5, 6, 7, 10, 11, 17, 18, 20, 21, 35))
        .map(step -> curriculum.stage(0, step))
        .containsExactly(0, 1, 2, 2, 0, 0, 1, 2, 2, 0, 0, 1, 1, 2, 2);
    assertThat(curriculum.isOver(0, 35)).isFalse();
    assertThat(curriculum.isOver(0, 36)).isTrue();
  }

  @Test
  void methodsWithoutStagesStayInTheFirstInEveryCycle() {
    Curriculum curriculum =
        Curriculum.of(
            config(Method.COT).stageSteps(List.of(4, 2)).cycles(List.of(0.5, 1.0)).build());

    assertThat(curriculum.stage(0, 4)).isZero();
    assertThat(curriculum.totalSteps(1)).isEqualTo(6);
  }

  static Stream<TrainingConfig> curricula() {
    return Stream.of(
            config(Method.COCONUT).epochsPerStage(2).numEpochs(7),
            config(Method.COCONUT).epochsPerStage(3).numEpochs(8).resume(4),
            config(Method.COCONUT).curriculum(false).numEpochs(3),
            config(Method.COT).numEpochs(3),
            config(Method.ICOT).numEpochs(5),
            config(Method.COCONUT).stageSteps(List.of(4, 1, 7)),
            config(Method.COCONUT).stageSteps(List.of(9, 1, 10)).cycles(List.of(0.1, 0.5, 1.0)))
        .flatMap(builder -> Stream.of(1, 2, 5, 1000).map(steps -> builder.maxSteps(steps).build()));
  }

  /** Against a walk through all updates, from each of them, also in the middle of an epoch. */
  @ParameterizedTest
  @MethodSource("curricula")
  void tellsTheStagesThatComeFromAMomentOn(TrainingConfig config) {
    Curriculum curriculum = Curriculum.of(config);
    for (int updates : new int[] {1, 2, 3, 50}) {
      IntUnaryOperator epoch = step -> config.firstEpoch() + step / updates;
      List<Set<Integer>> ahead = new ArrayList<>();
      for (int step = 0; !curriculum.isOver(epoch.applyAsInt(step), step); step++) {
        int stage = curriculum.stage(epoch.applyAsInt(step), step);
        ahead.add(new TreeSet<>());
        ahead.forEach(stages -> stages.add(stage));
      }
      for (int step = 0; step < ahead.size(); step++) {
        assertThat(
                curriculum.stages(epoch.applyAsInt(step), step, Integer.MAX_VALUE, updates).boxed())
            .as("from update %d, with %d per epoch", step, updates)
            .hasSameElementsAs(ahead.get(step));
      }
    }
  }

  @Test
  void hugeNumbersEndByMaxSteps() {
    int huge = 2_000_000_000;
    Curriculum epochs = Curriculum.of(config(Method.COCONUT).numEpochs(huge).maxSteps(9).build());
    Curriculum steps =
        Curriculum.of(config(Method.COCONUT).stageSteps(List.of(huge, huge)).maxSteps(9).build());

    assertThat(epochs.totalSteps(1000)).isEqualTo(9);
    assertThat(steps.totalSteps(1000)).isEqualTo(9);
    assertThat(steps.stage(0, Integer.MAX_VALUE)).isEqualTo(1);
    assertThat(epochs.stages(0, 0, Integer.MAX_VALUE, 4)).containsExactly(0, 1, 2);
  }
}
