package io.github.coconut4j;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.coconut4j.config.ConfigFile;
import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.data.ReasoningProblem;
import io.github.coconut4j.evaluate.Evaluation;
import io.github.coconut4j.evaluate.Evaluator;
import io.github.coconut4j.generate.GenerationOptions;
import io.github.coconut4j.generate.Halt;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.problems.ProblemSource;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The model that the repository ships, on published problems that it was not trained on. */
class ShippedModelTest {

  private static final Path MODEL = Path.of("../models/prosqa-coconut");

  private static final String PROBLEMS = "../data/src/test/resources/prosqa/prosqa_valid.json";

  /**
   * The 99.7 % that its card names, 299 of 300. On a processor that rounds differently, a few
   * answers may change.
   */
  @Test
  void answersPublishedProblemsAsItsCardSays() throws IOException {
    List<ReasoningProblem> problems = ProblemSource.of(PROBLEMS).problems(Set.of());
    try (CoconutModel model = CoconutModel.open(MODEL)) {
      Evaluation evaluation = new Evaluator(model, GenerationOptions.DEFAULT).evaluate(problems);
      assertThat(evaluation.correct()).isBetween(297, 300);
      assertThat(evaluation.meanTokens()).isEqualTo(9);
      assertThat(evaluation.latents()).isEqualTo(6);
    }
  }

  /** Its stop signal comes with it and is used where it is asked for. */
  @Test
  void stopsByItselfWhereItIsAskedTo() throws IOException {
    List<ReasoningProblem> problems = ProblemSource.of(PROBLEMS).problems(Set.of());
    GenerationOptions learned =
        GenerationOptions.DEFAULT.toBuilder().latents(12).halt(Halt.LEARNED).build();
    try (CoconutModel model = CoconutModel.open(MODEL)) {
      Evaluation evaluation = new Evaluator(model, learned).evaluate(problems);
      assertThat(evaluation.correct()).isBetween(294, 300);
      assertThat(evaluation.meanLatents()).isBetween(3.0, 6.0);
    }
  }

  @Test
  void hasTheShapeThatItsRecipeAsksFor() throws IOException {
    TrainingConfig recipe =
        ConfigFile.read(Path.of("../recipes/prosqa-cpu.yaml")).toTrainingConfig();
    TransformerConfig architecture = TransformerConfig.read(MODEL);

    assertThat(architecture.getNLayer()).isEqualTo(recipe.getNLayer());
    assertThat(architecture.getNEmbd()).isEqualTo(recipe.getNEmbd());
    assertThat(architecture.getNHead()).isEqualTo(recipe.getNHead());
    assertThat(architecture.getNPositions()).isEqualTo(recipe.getNPositions());
    assertThat(CoconutConfig.read(MODEL).getDefaultLatents())
        .isEqualTo(recipe.getMaxLatentStage() * recipe.getCThought());
  }

  /** With {@code tokenizer_config.json}, without which Python takes the tokenizer for GPT-2's. */
  @Test
  void hasTheFilesThatThisLibraryWritesToday(@TempDir Path saved) throws IOException {
    try (CoconutModel model = CoconutModel.open(MODEL)) {
      model.save(saved.resolve("model"));
    }

    for (String name : List.of("tokenizer.json", "tokenizer_config.json", "coconut.json")) {
      assertThat(saved.resolve("model").resolve(name)).hasSameTextualContentAs(MODEL.resolve(name));
    }
    ObjectMapper json = new ObjectMapper();
    String generation = "generation_config.json";
    assertThat(json.readTree(saved.resolve("model").resolve(generation).toFile()))
        .isEqualTo(json.readTree(MODEL.resolve(generation).toFile()));
  }
}
