package io.github.coconut4j.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.coconut4j.TinyDirectories;
import io.github.coconut4j.config.ConfigFile;
import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.method.Method;
import io.github.coconut4j.model.Architecture;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The recipes of CODI's, SIM-CoT's and PCCoT's published runs. */
class MethodRecipesTest {

  private static final Path RECIPES = Path.of("../recipes/methods");
  private static final Path GSM8K =
      Path.of("../data/src/test/resources/gsm8k/gsm8k_icot_valid.txt");

  /** GSM8K-Aug. */
  private static final int PROBLEMS = 385_620;

  @TempDir private Path directory;

  private static ConfigFile read(String name) throws IOException {
    return ConfigFile.read(RECIPES.resolve(name + ".yaml"));
  }

  @ParameterizedTest
  @CsvSource({
    "gsm8k-codi, CODI, 6, 3e-3, 40, 128",
    "gsm8k-codi-llama-1b, CODI, 6, 8e-4, 10, 128",
    "gsm8k-simcot-on-codi, SIMCOT, 6, 3e-3, 40, 128",
    "gsm8k-simcot-on-codi-llama-1b, SIMCOT, 6, 8e-4, 10, 128",
    "gsm8k-simcot-on-coconut, SIMCOT, 10, 1e-4, 35, 64",
    "gsm8k-pccot, PCCOT, 24, 3e-3, 40, 128"
  })
  void saysWhatThePublishedRunsSay(
      String name, Method method, int latents, double lr, int epochs, int batch)
      throws IOException {
    TrainingConfig config = read(name).toTrainingConfig();

    assertThat(config.getName()).isEqualTo(name);
    assertThat(config.getMethod()).isEqualTo(method);
    assertThat(config.getCThought() * config.getMaxLatentStage()).isEqualTo(latents);
    assertThat(config.getLr()).isEqualTo(lr);
    assertThat(config.getNumEpochs()).isEqualTo(epochs);
    assertThat(config.getBatchSizeTraining() * config.getGradientAccumulationSteps())
        .isEqualTo(batch);
    if (config.getLora() != null) {
      int updates = epochs * -Math.floorDiv(-PROBLEMS, batch);
      assertThat(config.getWarmupSteps()).isEqualTo((int) (0.03 * updates));
      assertThat(config.getLora().getR()).isEqualTo(128);
      assertThat(config.getAnswerPrefix()).isEqualTo("The answer is: ");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "gsm8k-codi, GPT2",
    "gsm8k-codi-llama-1b, LLAMA",
    "gsm8k-simcot-on-codi, GPT2",
    "gsm8k-simcot-on-codi-llama-1b, LLAMA",
    "gsm8k-simcot-on-coconut, GPT2",
    "gsm8k-pccot, GPT2"
  })
  void trainsATinyModelAndEvaluatesIt(String name, Architecture architecture) throws IOException {
    Path problems = directory.resolve("gsm8k.txt");
    Files.write(problems, Files.readAllLines(GSM8K).subList(0, 6));
    ConfigFile recipe = read(name);
    String prefix = recipe.toTrainingConfig().getAnswerPrefix();
    Path model = architecture == Architecture.LLAMA ? llama() : gpt2(problems, prefix);
    List.of(
            "model_id=" + model,
            "train_path=" + problems,
            "val_path=" + problems,
            "batch_size_training=3",
            "gradient_accumulation_steps=1",
            "max_steps=3",
            "max_new_tokens=8",
            "warmup_steps=1")
        .forEach(recipe::set);
    if (recipe.values().containsKey("load_model_path")) {
      recipe.set("load_model_path=" + model);
    }
    RunDirectory run = new RunDirectory(directory.resolve("run"));

    try (TrainingRun training =
        TrainingRun.builder().config(recipe.toTrainingConfig()).directory(run).build()) {
      training.train();

      assertThat(training.state().getStep()).isEqualTo(3);
      assertThat(training.evaluate().problems()).isEqualTo(6);
      assertThat(training.evaluationLoss()).isFinite();
    }
  }

  private Path llama() throws IOException {
    return TinyDirectories.write(
        directory.resolve("base"), Architecture.LLAMA, "llama3", 266, true);
  }

  /** A model whose tokenizer knows the words of the problems. */
  private Path gpt2(Path problems, String prefix) throws IOException {
    TrainingConfig config =
        TinyRuns.of(Method.COT)
            .trainPath(problems.toString())
            .valPath(null)
            .answerPrefix(prefix)
            .nPositions(256)
            .build();
    Path base = directory.resolve("base");
    RunDirectory fresh = new RunDirectory(directory.resolve("fresh"));
    try (TrainingRun run = TrainingRun.builder().config(config).directory(fresh).build()) {
      run.trainedModel().save(base);
    }
    return base;
  }

  @Test
  void everyRecipeIsTested() throws IOException {
    try (var files = Files.list(RECIPES)) {
      assertThat(files).hasSize(6);
    }
  }
}
