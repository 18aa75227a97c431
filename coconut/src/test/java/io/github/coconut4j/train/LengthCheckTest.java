package io.github.coconut4j.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.curriculum.Curriculum;
import io.github.coconut4j.method.EncodedProblem;
import io.github.coconut4j.method.Latents;
import io.github.coconut4j.method.Method;
import io.github.coconut4j.method.SequenceBuilder;
import io.github.coconut4j.method.SpecialTokenIds;
import io.github.coconut4j.model.TransformerConfig;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Which stages a run comes to, and what must fit there. */
class LengthCheckTest {

  /** With 2 thoughts a step, at most 2 steps: 12, 13, 14 and, past the last stage, 13 tokens. */
  private static final EncodedProblem SHORT_STEPS = problem(1, 1, 1);

  /** 21, 17 and 13 tokens: longest at the beginning. */
  private static final EncodedProblem LONG_STEPS = problem(6, 6);

  private static EncodedProblem problem(int... steps) {
    List<int[]> tokens = IntStream.of(steps).mapToObj(int[]::new).toList();
    return new EncodedProblem(new int[5], tokens, new int[2]);
  }

  private static TrainingConfig.TrainingConfigBuilder coconut() {
    return TrainingConfig.builder()
        .method(Method.COCONUT)
        .trainPath("train.json")
        .valPath("valid.json")
        .cThought(2)
        .maxLatentStage(2);
  }

  /** A check of a run of 10 updates an epoch. */
  private static LengthCheck check(TrainingConfig config, int positions) {
    SpecialTokenIds tokens =
        SpecialTokenIds.builder().startLatent(1).endLatent(2).latent(3).pause(4).eos(0).build();
    return new LengthCheck(
        config,
        new SequenceBuilder(config.thoughtSettings(), tokens),
        TransformerConfig.builder()
            .vocabSize(9)
            .nPositions(positions)
            .nEmbd(4)
            .nLayer(1)
            .nHead(1)
            .build(),
        Curriculum.of(config).stages(config.firstEpoch(), 0, Integer.MAX_VALUE, 10));
  }

  private static void assertFits(
      TrainingConfig.TrainingConfigBuilder config, EncodedProblem problem, int longest) {
    assertThat(check(config.build(), longest).training(problem, 0)).isEqualTo(longest);
    check(config.build(), longest).evaluation(problem, 0);
    assertThatThrownBy(() -> check(config.build(), longest - 1).training(problem, 6))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(
            "problem 6 (counted from 0) of `train_path` has " + longest + " tokens in stage");
  }

  @Test
  void aSequenceMayBeLongestInAnyStageThatIsTrained() {
    assertFits(coconut().numEpochs(1), SHORT_STEPS, 12);
    assertFits(coconut().numEpochs(2), SHORT_STEPS, 13);
    assertFits(coconut().numEpochs(3), SHORT_STEPS, 14);
    assertFits(coconut().numEpochs(3).maxSteps(20), SHORT_STEPS, 13);
    assertFits(coconut().numEpochs(3).maxSteps(21), SHORT_STEPS, 14);
    assertFits(coconut().stageSteps(List.of(1, 1)), SHORT_STEPS, 13);
    assertFits(coconut().stageSteps(List.of(1, 1, 1, 1)), SHORT_STEPS, 14);
    assertFits(coconut().stageSteps(List.of(4, 4, 4)).cycles(List.of(0.25, 1.0)), SHORT_STEPS, 14);
  }

  /** 14 tokens with 4 thoughts, which 3 iterations compute 3 times more. */
  @Test
  void thoughtsThatAreRefinedCountOnceMoreForEachIteration() {
    TrainingConfig config =
        coconut().numEpochs(3).latents(Latents.PARALLEL).latentIterations(3).build();

    assertThat(check(config, 14).training(SHORT_STEPS, 0)).isEqualTo(14 + 3 * 4);
  }

  @Test
  void stagesThatAreSkippedAreNoMatter() {
    assertFits(coconut().numEpochs(3), LONG_STEPS, 21);
    assertFits(coconut().numEpochs(3).resume(1), LONG_STEPS, 17);
    assertFits(coconut().numEpochs(3).resume(2), LONG_STEPS, 13);
    assertFits(coconut().curriculum(false), LONG_STEPS, 13);
    assertFits(coconut().curriculum(false), SHORT_STEPS, 13);
  }

  @Test
  void aDrawnStageMayBeAny() {
    assertFits(coconut().uniformProb(0.01), SHORT_STEPS, 14);
    assertFits(coconut().uniformProb(0.01).curriculum(false), LONG_STEPS, 21);
    assertThat(
            check(coconut().uniformProb(1).curriculum(false).build(), 14).training(SHORT_STEPS, 0))
        .isEqualTo(14);
  }

  @Test
  void withDrawnStagesAloneTheScheduleTrainsNothing() {
    TrainingConfig config = coconut().maxLatentStage(3).uniformProb(1).numEpochs(9).build();
    EncodedProblem oneStep = problem(1);

    // stage 1 has 5 + 2 + 2 + 2 tokens; the schedule's stages with more are only evaluated
    assertThat(check(config, 11).training(oneStep, 0)).isEqualTo(11);
    assertThatThrownBy(() -> check(config, 11).evaluation(oneStep, 0))
        .hasMessageContaining("problem 0 (counted from 0) of `val_path` has 13 tokens in stage 2");
  }

  @Test
  void drawnLatentsAndPositionsNeedRoomInTrainingAlone() {
    TrainingConfig config = coconut().numEpochs(3).latentSlack(3).positionOffset(10).build();

    assertThat(check(config, 27).training(SHORT_STEPS, 0)).isEqualTo(14 + 3);
    check(config, 14).evaluation(SHORT_STEPS, 0);
    assertThatThrownBy(() -> check(config, 26).training(SHORT_STEPS, 6))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll(
            "problem 6 (counted from 0) of `train_path` has 17 tokens in stage 2",
            "begins at a position of up to 10",
            "Lower `latent_slack`, `position_offset`, `c_thought`");
    TrainingConfig far = coconut().numEpochs(1).positionOffset(Integer.MAX_VALUE).build();
    assertThatThrownBy(() -> check(far, 100).training(SHORT_STEPS, 0))
        .hasMessageContaining("up to 2147483647");
  }

  @Test
  void anEarlierStageMayComeAgain() {
    assertFits(coconut().numEpochs(3).resume(2).depthReplay(0.1), LONG_STEPS, 21);
    assertFits(coconut().curriculum(false).depthReplay(0.1), LONG_STEPS, 21);
  }

  @Test
  void methodsWithoutThoughtsDoNotGrow() {
    assertFits(coconut().method(Method.COT).numEpochs(5), LONG_STEPS, 19);
    assertFits(coconut().method(Method.NO_COT).numEpochs(5), LONG_STEPS, 7);
    assertFits(coconut().method(Method.PAUSE).numEpochs(5), LONG_STEPS, 11);
    assertFits(coconut().method(Method.ICOT).numEpochs(5), LONG_STEPS, 19);
    assertFits(coconut().method(Method.ICOT).numEpochs(5).resume(1), LONG_STEPS, 11);
    assertFits(coconut().method(Method.NO_THOUGHTS).numEpochs(5).resume(1), LONG_STEPS, 13);
    assertFits(coconut().method(Method.NO_COT).uniformProb(1), LONG_STEPS, 7);
  }

  @Test
  void fewStepsGetFewThoughtsWithoutPadding() {
    assertFits(coconut().padLatentToMax(false).curriculum(false), problem(1), 11);
    assertFits(coconut().padLatentToMax(true).curriculum(false), problem(1), 13);
  }

  @Test
  void theThoughtsOfAnEvaluationFitBesideTheQuestion() {
    check(coconut().evalLatents(6).build(), 13).evaluation(SHORT_STEPS, 0);
    check(coconut().method(Method.COT).evalLatents(2_000_000_000).build(), 19)
        .evaluation(SHORT_STEPS, 0);

    for (int thoughts : new int[] {7, 13, 2_000_000_000, Integer.MAX_VALUE}) {
      TrainingConfig config = coconut().evalLatents(thoughts).build();
      assertThatThrownBy(() -> check(config, 13).evaluation(SHORT_STEPS, 2))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("`eval_latents`")
          .hasMessageContaining("but is " + thoughts)
          .hasMessageContaining("problem 2 (counted from 0) of `val_path`");
    }
  }
}
