package io.github.coconut4j.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.coconut4j.CoconutModel;
import io.github.coconut4j.LoggedEvents;
import io.github.coconut4j.config.ConfigFile;
import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.data.ReasoningProblem;
import io.github.coconut4j.evaluate.Evaluation;
import io.github.coconut4j.evaluate.Evaluator;
import io.github.coconut4j.generate.GenerationOptions;
import io.github.coconut4j.generate.Halt;
import io.github.coconut4j.generate.HaltHead;
import io.github.coconut4j.problems.ProblemSource;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A stop signal that is learned from a model's own answers. */
class HaltFitTest {

  /** On problems that it did not see, the shipped model keeps its accuracy with fewer thoughts. */
  @Test
  void aSignalSavesThoughtsAndKeepsTheAccuracy() throws IOException {
    List<ReasoningProblem> fitted = ProblemSource.of("prosqa-balanced:240:501").problems(Set.of());
    List<ReasoningProblem> fresh = ProblemSource.of("prosqa-balanced:100:502").problems(Set.of());
    GenerationOptions options = GenerationOptions.builder().latents(8).maxNewTokens(16).build();
    try (CoconutModel plain = CoconutModel.open(Path.of("../models/prosqa-coconut"))) {
      CoconutModel model = new HaltFit(plain, options).fit(fitted, null);
      Evaluation halted = new Evaluator(model, options).evaluate(fresh);
      Evaluation full = new Evaluator(plain, options).evaluate(fresh);

      assertThat(model.getConfig().getHalt()).isEqualTo(Halt.LEARNED);
      assertThat(full.meanLatents()).isEqualTo(8);
      assertThat(halted.meanLatents()).isBetween(1.0, 7.5);
      assertThat(halted.correct()).isGreaterThanOrEqualTo(full.correct() - 5);
    }
  }

  /** Its probability of 1 - exp(-100), after the first of two thoughts, would be rounded to 1. */
  @Test
  void aSignalThatIsSureOfWrongAnswersEndsNoThoughts() {
    LogisticRegression sure = new LogisticRegression(new double[] {100}, 0);
    HaltFit.Answered answered =
        new HaltFit.Answered(new double[][] {{1}, {1}}, new boolean[] {false, true});

    double threshold = HaltFit.threshold(sure, List.of(answered));

    assertThat(threshold).isEqualTo(1);
    assertThat(sure.probability(new double[] {1})).isLessThan(threshold).isGreaterThan(0.999);
  }

  @Test
  void oneThoughtLeavesNoneToSaveAndARunSaysSo() throws IOException {
    List<ReasoningProblem> problems = ProblemSource.of("prosqa:4:1").problems(Set.of());
    GenerationOptions options = GenerationOptions.builder().latents(1).maxNewTokens(1).build();
    try (CoconutModel plain = CoconutModel.open(Path.of("../models/prosqa-coconut"));
        LoggedEvents log = LoggedEvents.of(HaltFit.class)) {
      assertThat(new HaltFit(plain, options).fit(problems, null)).isSameAs(plain);
      assertThat(log.messages())
          .singleElement()
          .asString()
          .contains("2 thoughts or more, but there are 0");
    }
  }

  @Test
  void aRunLeavesItsModelWithTheSignal(@TempDir Path directory) throws IOException {
    RunDirectory run = new RunDirectory(directory);
    train(run);
    try (CoconutModel model = CoconutModel.open(run.model())) {
      assertThat(model.getConfig().getHalt()).isEqualTo(Halt.LEARNED);
    }
    assertThat(HaltHead.read(run.model(), 16).getThreshold()).isBetween(0.5, 1.0);
  }

  private static void train(RunDirectory run) throws IOException {
    TrainingConfig config =
        ConfigFile.parse(
                "halt.yaml",
                """
                method: coconut
                halt: learned
                train_path: prosqa:24:1
                val_path: prosqa:8:2
                n_embd: 16
                n_head: 2
                n_layer: 1
                n_positions: 384
                max_latent_stage: 2
                stage_steps: [2, 2, 4]
                batch_size_training: 8
                max_new_tokens: 4
                """)
            .toTrainingConfig();
    try (TrainingRun training = TrainingRun.builder().config(config).directory(run).build()) {
      training.train();
    }
  }
}
