package io.github.coconut4j.tuning;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.coconut4j.config.ConfigFile;
import io.github.coconut4j.tuning.candidate.InProcessTrainer;
import io.github.coconut4j.tuning.candidate.TrainingTaskCreator;
import io.github.coconut4j.tuning.generator.GridGenerator;
import io.github.coconut4j.tuning.record.ResultFile;
import io.github.coconut4j.tuning.record.SearchDirectory;
import io.github.coconut4j.tuning.runner.PatienceCondition;
import io.github.coconut4j.tuning.runner.SearchRunner;
import io.github.coconut4j.tuning.score.AccuracyPerTokenScore;
import io.github.coconut4j.tuning.space.TrainingConfigSpace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.deeplearning4j.arbiter.optimize.api.TaskCreator;
import org.deeplearning4j.arbiter.optimize.api.termination.MaxCandidatesCondition;
import org.deeplearning4j.arbiter.optimize.config.OptimizationConfiguration;
import org.deeplearning4j.arbiter.optimize.distribution.LogUniformDistribution;
import org.deeplearning4j.arbiter.optimize.generator.RandomSearchGenerator;
import org.deeplearning4j.arbiter.optimize.parameter.continuous.ContinuousParameterSpace;
import org.deeplearning4j.arbiter.optimize.parameter.integer.IntegerParameterSpace;
import org.deeplearning4j.arbiter.optimize.runner.IOptimizationRunner;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What docs/Tuning.md shows. */
class TuningGuideTest {

  private static final Path GUIDE = Path.of("../docs/Tuning.md");
  private static final Path HERE =
      Path.of("src/test/java/io/github/coconut4j/tuning/TuningGuideTest.java");

  @TempDir private Path temporary;

  @Test
  void theJavaExampleRuns() throws IOException {
    Path base = temporary.resolve("base.yaml");
    Files.writeString(base, TinySearch.yaml("").replaceAll("search: *\\n", ""));
    Path runs = temporary.resolve("search");

    // example
    TrainingConfigSpace space =
        TrainingConfigSpace.builder()
            .base(ConfigFile.read(base))
            .parameter("c_thought", new IntegerParameterSpace(1, 2))
            .parameter("lr", new ContinuousParameterSpace(new LogUniformDistribution(1e-3, 1e-2)))
            .build();
    SearchDirectory directory = new SearchDirectory(runs);
    OptimizationConfiguration config =
        new OptimizationConfiguration.Builder()
            .candidateGenerator(new RandomSearchGenerator(space))
            .scoreFunction(new AccuracyPerTokenScore(0.01))
            .terminationConditions(new MaxCandidatesCondition(12), new PatienceCondition(2))
            .rngSeed(7)
            .build();
    TaskCreator tasks =
        TrainingTaskCreator.builder().directory(directory).trainer(new InProcessTrainer()).build();
    IOptimizationRunner runner =
        new SearchRunner(config, tasks, ResultFile.open(directory.results()), 1);
    runner.execute();
    System.out.println(runner.bestScore());
    // end

    assertThat(runner.numCandidatesCompleted()).isBetween(3, 12);
    assertThat(runner.bestScore()).isEqualTo(best(directory));
  }

  private static double best(SearchDirectory directory) throws IOException {
    return ResultFile.open(directory.results()).all().stream()
        .mapToDouble(one -> one.getAccuracy() - 0.01 * one.getMeanTokens())
        .max()
        .orElseThrow();
  }

  private static String first(Path file, String pattern) throws IOException {
    Matcher matcher = Pattern.compile(pattern, Pattern.DOTALL).matcher(Files.readString(file));
    assertThat(matcher.find()).as(pattern).isTrue();
    return matcher.group(1);
  }

  @Test
  void theGuideShowsThatExample() throws IOException {
    assertThat(first(GUIDE, "```java\n(.*?)```"))
        .isEqualToNormalizingWhitespace(first(HERE, "// example\n(.*?)// end"));
  }

  @Test
  void theGuidesSearchIsValid() throws IOException {
    String section = first(GUIDE, "```yaml\nsearch:\n(.*?)```");

    SearchConfig search = SearchFile.parse("guide", withSection(section)).getSearch();

    assertThat(search.getCandidates()).isEqualTo(12);
    assertThat(search.getHalving()).isNotNull();
    assertThat(search.getMemory()).isEqualTo("2g");
  }

  private static String withSection(String section) {
    String base = TinySearch.yaml("").replaceAll("search: *\\n", "");
    return base.replace("stage_steps: [4, 3, 5]\n", "") + "search:\n" + section;
  }

  private static SearchFile recipe(String name) throws IOException {
    return SearchFile.read(Path.of("../recipes", name + ".yaml"));
  }

  private static int candidates(SearchFile grid) {
    return new GridGenerator<>(grid.getSpace(), grid.getSearch().getGridPoints(), 1).size();
  }

  @Test
  void theQuickRecipeSearchesTwelveCandidates() throws IOException {
    SearchFile recipe = recipe("search-quick");

    assertThat(recipe.getSpace().getNestedSpaces())
        .containsOnlyKeys("c_thought", "stage_steps", "eval_latents");
    assertThat(candidates(recipe)).isEqualTo(12);
  }

  @Test
  void theRatesRecipeHasThreeRatesForEachOfFiveMethods() throws IOException {
    SearchFile recipe = recipe("search-prosqa-rates");

    assertThat(recipe.getSpace().getNestedSpaces()).containsOnlyKeys("method", "lr");
    assertThat(candidates(recipe)).isEqualTo(15);
  }

  @Test
  void theReadingRecipeIsHalved() throws IOException {
    SearchConfig search = recipe("search-prosqa-cpu").getSearch();

    assertThat(search.getHalving()).isNotNull();
    assertThat(search.getCandidates()).isEqualTo(12);
  }
}
