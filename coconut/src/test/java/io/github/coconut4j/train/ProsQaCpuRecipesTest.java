package io.github.coconut4j.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.coconut4j.config.ConfigFile;
import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.method.Method;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The recipes that are compared with recipes/prosqa-cpu.yaml differ only in what is compared. */
class ProsQaCpuRecipesTest {

  private static TrainingConfig read(String name) throws IOException {
    return ConfigFile.read(Path.of("../recipes", name + ".yaml")).toTrainingConfig();
  }

  @ParameterizedTest
  @CsvSource({
    "cot, COT",
    "no-cot, NO_COT",
    "no-thoughts, NO_THOUGHTS",
    "pause-as-thought, PAUSE_AS_THOUGHT"
  })
  void theMethodsHaveTheSameProblemsModelUpdatesAndRate(String name, Method method)
      throws IOException {
    TrainingConfig coconut = read("prosqa-cpu");

    assertThat(read("prosqa-cpu-" + name)).isEqualTo(coconut.toBuilder().method(method).build());
  }

  /** Rows of other stages would be a curriculum of their own. */
  @Test
  void coconutWithoutCurriculumIsInItsLastStageThroughout() throws IOException {
    TrainingConfig coconut = read("prosqa-cpu");

    assertThat(read("prosqa-cpu-coconut-without-curriculum"))
        .isEqualTo(coconut.toBuilder().curriculum(false).uniformProb(0).build());
  }

  /** Its thoughts are those that the model has learned, its problems none that are new. */
  @Test
  void theLongerTrainingContinuesWithTheSameThoughtsOnTheSameProblems() throws IOException {
    TrainingConfig coconut = read("prosqa-cpu");
    TrainingConfig longer = read("prosqa-cpu-longer");

    assertThat(longer.thoughtSettings()).isEqualTo(coconut.thoughtSettings());
    assertThat(longer.getUniformProb()).isEqualTo(coconut.getUniformProb());
    assertThat(coconut.getTrainPath()).endsWith(longer.getTrainPath());
    assertThat(longer.getValPath()).isEqualTo(coconut.getValPath());
  }

  /**
   * What it can do already is asked again; positions leave room for the longest of its problems.
   */
  @Test
  void theDeeperTrainingKeepsTheLargestProblems() throws IOException {
    TrainingConfig longer = read("prosqa-cpu-longer");
    TrainingConfig deeper = read("prosqa-cpu-deeper");

    assertThat(deeper.getMethod()).isEqualTo(longer.getMethod());
    assertThat(deeper.getTrainPath().split("\\+")).contains(longer.getTrainPath().split("\\+"));
    assertThat(deeper.getTrainPath()).contains("people=17,concepts=38");
    assertThat(deeper.getValPath()).isEqualTo(longer.getValPath());
    assertThat(deeper.getMaxLatentStage()).isGreaterThan(longer.getMaxLatentStage());
  }

  @Test
  void theExactTrainingChangesProblemsAndSlackOnly() throws IOException {
    TrainingConfig deeper = read("prosqa-cpu-deeper");
    TrainingConfig exact = read("prosqa-cpu-exact");

    assertThat(exact.getLatentSlack()).isLessThan(deeper.getLatentSlack());
    assertThat(exact)
        .usingRecursiveComparison()
        .ignoringFields("loadModelPath", "trainPath", "latentSlack", "stageSteps", "seed")
        .isEqualTo(deeper);
  }

  /**
   * Its constructed problems have all names; none of any kind has more facts or steps than before.
   */
  @Test
  void theTrainingWithMoreNamesHasNoLargerProblems() throws IOException {
    TrainingConfig exact = read("prosqa-cpu-exact");
    TrainingConfig names = read("prosqa-cpu-names");

    assertThat(names.isExtendVocabulary()).isTrue();
    assertThat(kinds(names)).isEqualTo(kinds(exact));
    assertThat(names.getMaxLatentStage()).isEqualTo(exact.getMaxLatentStage());
    assertThat(names.getValPath()).isEqualTo(exact.getValPath());
  }

  /** What the model gets wrong is added to problems of the same kinds; seeds are new. */
  @Test
  void theTrainingOnMistakesKeepsKindsOfProblemsAndKeys() throws IOException {
    TrainingConfig exact = read("prosqa-cpu-exact");
    TrainingConfig mistakes = read("prosqa-cpu-mistakes");

    List<String> kinds = kinds(mistakes);
    assertThat(kinds).containsAll(kinds(exact)).endsWith("runs/mistakes.json");
    assertThat(kinds.subList(0, 7)).isEqualTo(kinds(exact));
    assertThat(mistakes.getTrainPath().split("\\+"))
        .doesNotContainAnyElementsOf(List.of(exact.getTrainPath().split("\\+")));
    assertThat(mistakes)
        .usingRecursiveComparison()
        .ignoringFields("loadModelPath", "trainPath", "latentSlack", "stageSteps", "seed")
        .isEqualTo(exact);
    assertThat(read("prosqa-cpu-mistakes-again"))
        .usingRecursiveComparison()
        .ignoringFields("loadModelPath", "trainPath", "latentSlack", "stageSteps", "seed")
        .ignoringFields("lr", "warmupSteps", "halt", "evalLatents")
        .isEqualTo(mistakes);
  }

  /** Averaged runs have new problems and otherwise the keys of the run that they continue. */
  @Test
  void theTrainingsThatAreAveragedKeepKeys() throws IOException {
    TrainingConfig mistakes = read("prosqa-cpu-mistakes-again");
    TrainingConfig average = read("prosqa-cpu-average");
    TrainingConfig again = read("prosqa-cpu-average-again");

    assertThat(average)
        .usingRecursiveComparison()
        .ignoringFields("loadModelPath", "trainPath", "stageSteps", "threads", "seed")
        .isEqualTo(mistakes);
    assertThat(again)
        .usingRecursiveComparison()
        .ignoringFields("loadModelPath", "trainPath", "stageSteps", "seed", "lr", "positionOffset")
        .isEqualTo(average);
    for (TrainingConfig other : List.of(mistakes, average)) {
      assertThat(again.getTrainPath().split("\\+"))
          .filteredOn(part -> part.startsWith("prosqa"))
          .doesNotContainAnyElementsOf(List.of(other.getTrainPath().split("\\+")));
    }
  }

  /** The problems without their numbers, seeds and names. */
  private static List<String> kinds(TrainingConfig config) {
    return Arrays.stream(config.getTrainPath().split("\\+"))
        .map(kind -> kind.replaceFirst(":\\d+:\\d+", "").replaceFirst(",concepts=\\d+", ""))
        .toList();
  }
}
