package io.github.coconut4j.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.coconut4j.TinyDirectories;
import io.github.coconut4j.config.ConfigFile;
import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.evaluate.Evaluation;
import io.github.coconut4j.model.Architecture;
import io.github.coconut4j.model.TransformerConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The recipe for Llama 3.2 1B, on a tiny random Llama with a tokenizer of its kind. */
class LlamaRecipeTest {

  private static final Path RECIPE = Path.of("../recipes/gsm8k-llama-1b.yaml");
  private static final Path PAPERS = Path.of("../recipes/paper/gsm8k-coconut.yaml");
  private static final Path GSM8K =
      Path.of("../data/src/test/resources/gsm8k/gsm8k_icot_valid.txt");

  @TempDir private Path directory;

  @Test
  void hasThePapersSettings() throws IOException {
    TrainingConfig config = ConfigFile.read(RECIPE).toTrainingConfig();

    assertThat(config.getBatchSizeTraining() * config.getGradientAccumulationSteps())
        .isEqualTo(128);
    assertThat(config)
        .isEqualTo(
            ConfigFile.read(PAPERS).toTrainingConfig().toBuilder()
                .savePath("runs")
                .name("gsm8k-llama-1b")
                .modelId("meta-llama/Llama-3.2-1B")
                .batchSizeTraining(config.getBatchSizeTraining())
                .gradientAccumulationSteps(config.getGradientAccumulationSteps())
                .checkpointEveryMinutes(60.0)
                .build());
  }

  @Test
  void trainsATinyLlamaAndEvaluatesIt() throws IOException {
    Path model =
        TinyDirectories.write(directory.resolve("llama"), Architecture.LLAMA, "llama3", 266, true);
    Path problems = directory.resolve("gsm8k.txt");
    Files.write(problems, Files.readAllLines(GSM8K).subList(0, 6));
    ConfigFile recipe = ConfigFile.read(RECIPE);
    List.of(
            "model_id=" + model,
            "load_model_path=" + model,
            "train_path=" + problems,
            "val_path=" + problems,
            "gradient_accumulation_steps=1",
            "max_steps=3",
            "max_new_tokens=8")
        .forEach(recipe::set);
    RunDirectory run = new RunDirectory(directory.resolve("run"));

    try (TrainingRun training =
        TrainingRun.builder().config(recipe.toTrainingConfig()).directory(run).build()) {
      training.train();
      Evaluation evaluation = training.evaluate();

      assertThat(training.state().getStep()).isEqualTo(3);
      assertThat(evaluation.problems()).isEqualTo(6);
      assertThat(evaluation.latents().intValue()).isEqualTo(2);
    }
    TransformerConfig trained = TransformerConfig.read(run.model());
    assertThat(trained.getArchitecture()).isEqualTo(Architecture.LLAMA);
    assertThat(trained.getVocabSize()).isEqualTo(269);
    assertThat(trained.isTieWordEmbeddings()).isTrue();
  }
}
