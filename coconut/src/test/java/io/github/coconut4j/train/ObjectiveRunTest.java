package io.github.coconut4j.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.coconut4j.CoconutModel;
import io.github.coconut4j.config.ConfigException;
import io.github.coconut4j.config.SimcotDecoder;
import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.config.TrainingConfig.TrainingConfigBuilder;
import io.github.coconut4j.data.ReasoningProblem;
import io.github.coconut4j.evaluate.Evaluation;
import io.github.coconut4j.generate.Generation;
import io.github.coconut4j.generate.GenerationOptions;
import io.github.coconut4j.method.FrontierTargets;
import io.github.coconut4j.method.Method;
import io.github.coconut4j.method.SimcotOn;
import io.github.coconut4j.model.Architecture;
import io.github.coconut4j.model.ThoughtMapConfig;
import io.github.coconut4j.model.latent.LatentLoops;
import io.github.coconut4j.problems.ProblemSource;
import io.github.coconut4j.problems.ProblemSplits;
import io.github.coconut4j.report.RunSummary;
import io.github.coconut4j.report.Sample;
import io.github.coconut4j.report.SampleToken;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Runs of the methods that learn from more than their labels. */
class ObjectiveRunTest {

  @TempDir private Path directory;

  private RunDirectory files(String name) {
    return new RunDirectory(directory.resolve(name));
  }

  private TrainingRun.TrainingRunBuilder run(TrainingConfig config, String name) {
    return TrainingRun.builder().config(config).directory(files(name));
  }

  private static TrainingConfigBuilder tiny(Method method, SimcotOn simcotOn) {
    boolean staged = List.of(Method.SIMCOT, Method.FRONTIER).contains(method);
    boolean onCodi = simcotOn == SimcotOn.CODI;
    return unstaged(method)
        .simcotOn(simcotOn)
        .cThought(1)
        .stageSteps(staged && !onCodi ? List.of(100, 60, 140) : List.of(300));
  }

  private static TrainingConfigBuilder unstaged(Method method) {
    return TinyRuns.of(method).stageSteps(null).icotTokensPerEpoch(8);
  }

  @ParameterizedTest
  @CsvSource({
    "CODI, COCONUT, GPT2",
    "CODI, COCONUT, LLAMA",
    "PCCOT, COCONUT, GPT2",
    "PCCOT, COCONUT, LLAMA",
    "SIMCOT, COCONUT, GPT2",
    "SIMCOT, COCONUT, LLAMA",
    "SIMCOT, CODI, GPT2",
    "FRONTIER, COCONUT, GPT2",
    "FRONTIER, COCONUT, LLAMA"
  })
  void eightProblemsAreLearntByHeart(Method method, SimcotOn on, Architecture architecture)
      throws IOException {
    TrainingConfig config =
        tiny(method, on)
            .architecture(architecture)
            .batchSizeTraining(8)
            .evalEverySteps(1000)
            .build();
    ProblemSource source = ProblemSource.of(config.getTrainPath());
    List<ReasoningProblem> problems = source.problems(Set.of());
    List<String> expected;
    try (TrainingRun run =
        run(config, "run")
            .problems(new ProblemSplits(problems, problems, source.names()))
            .build()) {
      run.train();
      assertThat(run.evaluate().accuracy()).isEqualTo(1);
      assertThat(run.evaluationLoss()).isFinite();
      expected = TinyRuns.answers(run.trainedModel(), problems);
    }
    try (CoconutModel opened = CoconutModel.open(files("run").model(), LatentLoops.UNROLLED)) {
      assertThat(opened.getConfig().getMethod()).isEqualTo(method);
      assertThat(TinyRuns.answers(opened, problems)).isEqualTo(expected);
    }
  }

  /** The part that a report marks as the answer. */
  private static String answer(Sample sample) {
    return sample.getTokens().stream()
        .filter(token -> token.kind() == SampleToken.Kind.ANSWER)
        .map(SampleToken::text)
        .collect(Collectors.joining());
  }

  /** The model's directory says what scoring looks for. */
  @Test
  void anAnswerMayBeginWithAnotherPrefix() throws IOException {
    TrainingConfig config =
        tiny(Method.CODI, SimcotOn.COCONUT)
            .answerPrefix("The answer is: ")
            .batchSizeTraining(8)
            .evalEverySteps(1000)
            .maxNewTokens(16)
            .nPositions(128)
            .build();
    ProblemSource source = ProblemSource.of(config.getTrainPath());
    List<ReasoningProblem> problems = source.problems(Set.of());
    try (TrainingRun run =
        run(config, "run")
            .problems(new ProblemSplits(problems, problems, source.names()))
            .build()) {
      run.train();
      Evaluation evaluation = run.evaluate();
      assertThat(evaluation.accuracy()).isEqualTo(1);
      assertThat(RunSummary.of(run, evaluation).getSamples())
          .isNotEmpty()
          .allSatisfy(
              sample -> assertThat(answer(sample).replace(" ", "")).startsWith("Theansweris:"));
    }
    try (CoconutModel opened = CoconutModel.open(files("run").model())) {
      Generation answer =
          opened
              .generate(List.of(problems.get(0).getQuestion()), GenerationOptions.builder().build())
              .get(0);
      assertThat(answer.getOutput()).startsWith("The answer is: ");
      assertThat(answer.getAnswer()).isEqualTo(problems.get(0).getAnswer());
    }
  }

  @Test
  void codiProjectsItsThoughtsAndPccotRefinesThem() throws IOException {
    try (TrainingRun run = run(tiny(Method.CODI, SimcotOn.COCONUT).build(), "codi").build()) {
      assertThat(run.trainedModel().getTransformer().getConfig().getThoughtMap().getKind())
          .isEqualTo(ThoughtMapConfig.Kind.PROJECTION);
    }
    try (TrainingRun run = run(tiny(Method.PCCOT, SimcotOn.COCONUT).build(), "pccot").build()) {
      assertThat(run.trainedModel().getTransformer().getConfig().getThoughtMap().isIdentity())
          .isTrue();
      assertThat(run.trainedModel().getTransformer().getConfig().getLatentIterations())
          .isEqualTo(3);
    }
  }

  /** The decoder's weights and moments are in the checkpoint, too. */
  @ParameterizedTest
  @CsvSource({"SIMCOT, COPY", "SIMCOT, BASE", "CODI, COPY"})
  void aKilledRunEndsAsTheWholeOne(Method method, SimcotDecoder decoder) throws IOException {
    TrainingConfig config =
        unstaged(method).simcotDecoder(decoder).numEpochs(3).checkpointEverySteps(2).build();

    try (TrainingRun run = run(config, "whole").build()) {
      run.train();
    }
    KilledRun.kill(run(config, "cut"), 5);
    try (TrainingRun run = run(config, "cut").resume(true).build()) {
      run.train();
    }
    assertThat(files("cut").model().resolve("model.safetensors"))
        .hasSameBinaryContentAs(files("whole").model().resolve("model.safetensors"));
  }

  private void assertRefused(UnaryOperator<TrainingConfigBuilder> change, String... message) {
    assertThatThrownBy(() -> change.apply(unstaged(Method.CODI)).build())
        .isInstanceOf(ConfigException.class)
        .hasMessageContainingAll(message);
  }

  @Test
  void whatContradictsTheMethodIsRefusedByName() {
    assertRefused(b -> b.uniformProb(0.1), "uniform_prob", "codi");
    assertRefused(b -> b.stageSteps(List.of(1, 2)), "stage_steps", "codi");
    assertRefused(b -> b.icotTokensPerEpoch(4), "icot_tokens_per_epoch", "codi");
    assertRefused(b -> b.method(Method.PCCOT).uniformProb(0.1), "uniform_prob", "pccot");
    assertRefused(
        b -> b.method(Method.SIMCOT).simcotOn(SimcotOn.CODI).uniformProb(0.1), "uniform_prob");
    assertRefused(b -> b.answerPrefix("  "), "answer_prefix", "not blank");
    assertRefused(b -> b.maxLatentStage(0), "max_latent_stage", "codi");
    assertRefused(b -> b.method(Method.FRONTIER).cThought(0), "c_thought", "frontier");
    assertRefused(b -> b.teacherWeight(-1), "teacher_weight");
    assertRefused(b -> b.distillWeight(Double.NaN), "distill_weight");
    assertRefused(b -> b.stepWeight(Double.POSITIVE_INFINITY), "step_weight");
  }

  @Test
  void problemsWithoutStepsOrGraphAreRefused() {
    List<ReasoningProblem> problems =
        List.of(ReasoningProblem.builder().question("Q?").steps(List.of()).answer("7").build());
    for (Method method : List.of(Method.SIMCOT, Method.FRONTIER)) {
      TrainingConfig config = TinyRuns.of(method).augment(false).build();
      assertThatThrownBy(
              () ->
                  run(config, method.key())
                      .problems(new ProblemSplits(problems, problems, null))
                      .build())
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContainingAll(
              "method: " + method.key(), "problem 0 (counted from 0) of `train_path`");
    }
  }

  /** From the same weights and problems, each trains other weights. */
  @Test
  void everyKindOfFrontierTrainsItsOwn() throws IOException {
    Map<String, INDArray> trained = new LinkedHashMap<>();
    for (FrontierTargets targets : FrontierTargets.values()) {
      TrainingConfig config =
          TinyRuns.of(Method.FRONTIER)
              .frontierTargets(targets)
              .stageSteps(List.of(1, 1, 1))
              .build();
      try (TrainingRun run = run(config, targets.name()).build()) {
        run.train();
        assertThat(run.state().getStep()).isEqualTo(3);
        INDArray table = run.trainedModel().getTransformer().getWeights().tokenTable();
        assertThat(table.sumNumber().doubleValue()).isFinite();
        trained.put(targets.name(), table.dup());
      }
    }
    assertThat(trained).containsOnlyKeys("FRONTIER", "PATHS", "CHAIN");
    assertThat(trained.get("FRONTIER").distance2(trained.get("PATHS"))).isPositive();
    assertThat(trained.get("PATHS").distance2(trained.get("CHAIN"))).isPositive();
    assertThat(trained.get("CHAIN").distance2(trained.get("FRONTIER"))).isPositive();
  }
}
