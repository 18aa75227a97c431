package io.github.coconut4j.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.coconut4j.config.ConfigFile;
import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.curriculum.Curriculum;
import io.github.coconut4j.evaluate.Evaluation;
import io.github.coconut4j.method.Method;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The recipes of the paper's table (arXiv 2412.06769, table 1): eight methods, three data sets. */
class PaperRecipesTest {

  private static final Path RECIPES = Path.of("../recipes/paper");

  private static final Map<String, Method> METHODS =
      Map.of(
          "cot", Method.COT,
          "no-cot", Method.NO_COT,
          "icot", Method.ICOT,
          "pause", Method.PAUSE,
          "coconut", Method.COCONUT,
          "coconut-without-curriculum", Method.COCONUT,
          "no-thoughts", Method.NO_THOUGHTS,
          "pause-as-thought", Method.PAUSE_AS_THOUGHT);

  /** Replacements of the data sets: the first 12 of GSM8K's 500 lines for validation. */
  private static final Map<String, String> PROBLEMS =
      Map.of(
          "gsm8k", "gsm8k.txt",
          "prontoqa", "prontoqa:12:1:hops=2",
          "prosqa", "prosqa:12:1:nodes=8,min_steps=1,max_steps=3,people=3,concepts=8");

  @TempDir private Path directory;

  static Stream<String> recipes() {
    return PROBLEMS.keySet().stream()
        .sorted()
        .flatMap(data -> METHODS.keySet().stream().sorted().map(method -> data + "-" + method));
  }

  private static ConfigFile read(String recipe) throws IOException {
    return ConfigFile.read(RECIPES.resolve(recipe + ".yaml"));
  }

  @Test
  void thereIsOneForEveryCell() throws IOException {
    try (Stream<Path> files = Files.list(RECIPES)) {
      assertThat(files.map(file -> file.getFileName().toString().replace(".yaml", "")))
          .containsExactlyInAnyOrderElementsOf(recipes().toList())
          .hasSize(24);
    }
  }

  @ParameterizedTest
  @MethodSource("recipes")
  void saysWhatThePaperSays(String recipe) throws IOException {
    TrainingConfig config = read(recipe).toTrainingConfig();

    String method = recipe.substring(recipe.indexOf('-') + 1);
    assertThat(config.getName()).isEqualTo(recipe);
    assertThat(config.getMethod()).isEqualTo(METHODS.get(method));
    assertThat(config.isCurriculum()).isNotEqualTo(method.endsWith("without-curriculum"));
    assertThat(config.getLr()).isEqualTo(1e-4);
    assertThat(config.getWeightDecay()).isEqualTo(0.01);
    assertThat(config.getBatchSizeTraining() * config.getGradientAccumulationSteps())
        .isEqualTo(128);
    assertThat(config.isPadLatentToMax()).isTrue();
    boolean gsm8k = recipe.startsWith("gsm8k");
    assertThat(config.getNumEpochs()).isEqualTo(gsm8k ? 25 : 50);
    assertThat(config.newTokenLimit()).isEqualTo(gsm8k ? 64 : 128);
    assertThat(lastThoughts(config)).isEqualTo(method.matches("coconut.*|pause.*") ? 6 : 0);
  }

  /** Thoughts of the last epoch; all three data sets end with six. */
  private static int lastThoughts(TrainingConfig config) {
    int stage = Curriculum.of(config).stage(config.getNumEpochs() - 1, 0);
    return config.thoughtSettings().promptThoughts(stage, 1);
  }

  @ParameterizedTest
  @MethodSource("recipes")
  void trainsATinyModelAndEvaluatesIt(String recipe) throws IOException {
    TrainingConfig config =
        tiny(read(recipe), PROBLEMS.get(recipe.substring(0, recipe.indexOf('-'))));

    try (TrainingRun run =
        TrainingRun.builder().config(config).directory(new RunDirectory(directory)).build()) {
      run.train();
      Evaluation evaluation = run.evaluate();

      assertThat(run.state().getStep()).isEqualTo(3);
      assertThat(run.state().getEpoch()).isEqualTo(config.firstEpoch() + 1);
      assertThat(evaluation.problems()).isEqualTo(12);
      assertThat(evaluation.latents().intValue()).isEqualTo(thoughtsOfFirstEpoch(config));
    }
  }

  private static int thoughtsOfFirstEpoch(TrainingConfig config) {
    int stage = Curriculum.of(config).stage(config.firstEpoch(), 0);
    return config.thoughtSettings().promptThoughts(stage, 1);
  }

  private TrainingConfig tiny(ConfigFile recipe, String problems) throws IOException {
    String source = problems;
    if (problems.endsWith(".txt")) {
      Path lines = directory.resolve(problems);
      Path all = Path.of("../data/src/test/resources/gsm8k/gsm8k_icot_valid.txt");
      Files.write(lines, Files.readAllLines(all).subList(0, 12));
      source = lines.toString();
    }
    List<String> overrides =
        List.of(
            "model_id=scratch",
            "load_model_path=None",
            "train_path=" + source,
            "val_path=" + source,
            "n_layer=1",
            "n_embd=16",
            "n_head=2",
            "n_positions=256",
            "batch_size_training=4",
            "gradient_accumulation_steps=1",
            "max_steps=3",
            "max_new_tokens=8");
    overrides.forEach(recipe::set);
    return recipe.toTrainingConfig();
  }
}
