package io.github.coconut4j.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.coconut4j.config.ConfigFile;
import io.github.coconut4j.config.EarlyStoppingSettings;
import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.method.Method;
import io.github.coconut4j.model.ThoughtMapConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Controls may differ only in their method; other differences are named. */
class MatchedControlsTest {

  @TempDir private Path directory;

  private Path model;

  @BeforeEach
  void writeModel() throws IOException {
    model = write("coconut", Method.COCONUT, config -> config);
  }

  private Path write(String name, Method method, UnaryOperator<TrainingConfig> change)
      throws IOException {
    return HandSetModels.describe(directory.resolve(name), method, change);
  }

  private static void assertRefused(List<Path> models, List<Path> controls, String... message) {
    assertThatThrownBy(() -> Audit.of(models, controls, AuditOptions.builder().build()))
        .isInstanceOf(IllegalArgumentException.class)
        .message()
        .contains(message);
  }

  private static void assertFits(List<Path> models, List<Path> controls) throws IOException {
    assertThat(Audit.of(models, controls, AuditOptions.builder().build())).isNotNull();
  }

  @Test
  void whatDoesNotDecideTheWeightsMayDiffer() throws IOException {
    Path control =
        write(
            "pause",
            Method.PAUSE_AS_THOUGHT,
            config ->
                config.toBuilder()
                    .savePath("elsewhere")
                    .threads(3)
                    .checkpointEverySteps(7)
                    .frontierWeight(2)
                    .build());

    assertFits(List.of(model), List.of(control));
  }

  @Test
  void modelsAndControlsAreNeeded() throws IOException {
    assertRefused(List.of(), List.of(model), "at least one model and one control", "0 models");
    assertRefused(List.of(model), List.of(), "at least one model and one control", "0 controls");
  }

  @Test
  void keysOfLatentsAreTheMethods() throws IOException {
    Path mapped =
        write(
            "mapped",
            Method.COCONUT,
            config -> config.toBuilder().thoughtMap(ThoughtMapConfig.Kind.IDENTITY).build());

    assertFits(List.of(mapped), List.of(write("words", Method.COT, config -> config)));
  }

  /** The page of the server advises links, since every run's model is called model. */
  @Test
  void aLinkLeadsToItsRun() throws IOException {
    Path control = write("no-thoughts", Method.NO_THOUGHTS, config -> config);
    Path link = Files.createSymbolicLink(directory.resolve("link"), model);
    Path other = Files.createSymbolicLink(directory.resolve("other"), control);

    assertFits(List.of(link), List.of(other));
    assertRefused(List.of(model, link), List.of(control), link.toString(), "given twice");
  }

  @Test
  void aRunMayHaveBeenTrainedAgainFromItsOwnModel() throws IOException {
    Path again =
        write(
            "coconut",
            Method.COCONUT,
            config -> config.toBuilder().loadModelPath(model.toString()).build());
    Path control =
        write(
            "no-thoughts",
            Method.NO_THOUGHTS,
            config -> config.toBuilder().loadModelPath(model.toString()).build());

    assertFits(List.of(again), List.of(control));
  }

  @Test
  void everyOtherKeyIsNamedWithBothValues() throws IOException {
    Path control =
        write(
            "no-thoughts",
            Method.NO_THOUGHTS,
            config -> config.toBuilder().lr(0.5).numEpochs(3).trainPath("other.json").build());

    assertRefused(
        List.of(model),
        List.of(control),
        "only in `method`",
        control.toString(),
        "lr (1.0E-4 and 0.5)",
        "num_epochs (1 and 3)",
        "train_path (\"train.json\" and \"other.json\")",
        "--set method=no_thoughts");
  }

  @Test
  void aRunThatEndsByAnotherRuleIsNotMatched() throws IOException {
    EarlyStoppingSettings patient = EarlyStoppingSettings.builder().patience(3).build();
    Path evaluated =
        write("evaluated", Method.COCONUT, config -> config.toBuilder().valPath("v.json").build());
    Path control =
        write(
            "stopped",
            Method.NO_THOUGHTS,
            config -> config.toBuilder().valPath("v.json").earlyStopping(patient).build());

    assertRefused(List.of(evaluated), List.of(control), "early_stopping (null and {");
  }

  /** A run continues from a model, and its control from that model's control. */
  @Test
  void startsAreComparedAsModelsAre() throws IOException {
    Path start = write("start", Method.NO_THOUGHTS, config -> config);
    Path other = write("other", Method.NO_THOUGHTS, config -> config.toBuilder().lr(0.5).build());
    Path longer = goOn("longer", Method.COCONUT, model);

    assertFits(List.of(longer), List.of(goOn("fits", Method.NO_THOUGHTS, start)));
    assertRefused(
        List.of(longer), List.of(goOn("not", Method.NO_THOUGHTS, other)), "load_model_path");
    assertRefused(
        List.of(longer),
        List.of(goOn("nowhere", Method.NO_THOUGHTS, directory.resolve("gone"))),
        "load_model_path",
        "gone");
  }

  private Path goOn(String name, Method method, Path from) throws IOException {
    return write(name, method, config -> config.toBuilder().loadModelPath("" + from).build());
  }

  /** What docs/experiments/audit.md trains. */
  @Test
  void theRunsOfTheSweepAreMatched() throws IOException {
    assertFits(
        List.of(ofSweep("coconut")), List.of(ofSweep("pause_as_thought"), ofSweep("no_thoughts")));
    assertFits(List.of(ofSweep("frontier")), List.of(ofSweep("no_thoughts")));
  }

  private Path ofSweep(String method) throws IOException {
    TrainingConfig config =
        ConfigFile.read(Path.of("../recipes/audit-sweep.yaml"))
            .set("method=" + method)
            .set("n_layer=4")
            .toTrainingConfig();
    return write("sweep-" + method, config.getMethod(), ignored -> config);
  }

  @Test
  void anotherSeedIsAnotherModel() throws IOException {
    Path control = write("cot", Method.COT, config -> config.toBuilder().seed(5).build());
    Path five = write("five", Method.COCONUT, config -> config.toBuilder().seed(5).build());

    assertRefused(List.of(model), List.of(control), "seed (0 and 5)");
    assertFits(List.of(five), List.of(control));
    assertFits(List.of(model, five), List.of(control, write("zero", Method.COT, same -> same)));
  }

  @Test
  void everyModelHasAControlOfEachMethod() throws IOException {
    Path five = write("five", Method.COCONUT, config -> config.toBuilder().seed(5).build());
    Path words = write("words", Method.COT, config -> config);
    Path fiveWords = write("five-words", Method.COT, config -> config.toBuilder().seed(5).build());
    Path none = write("none", Method.NO_THOUGHTS, config -> config);

    assertRefused(List.of(model, five), List.of(words), five + " has none of cot", "method=cot");
    assertRefused(
        List.of(model, five), List.of(words, fiveWords, none), five + " has none of no_thoughts");
    assertFits(List.of(model, five), List.of(words, fiveWords));
  }

  @Test
  void severalModelsDifferInTheirSeedAlone() throws IOException {
    Path control = write("cot", Method.COT, config -> config);
    Path longer =
        write("longer", Method.COCONUT, config -> config.toBuilder().seed(2).lr(0.5).build());
    Path again = write("again", Method.COCONUT, config -> config);

    assertRefused(List.of(model, longer), List.of(control), "lr (1.0E-4 and 0.5)", "seed");
    assertRefused(List.of(model, again), List.of(control), "have the same seed");
    Path two = write("two", Method.COCONUT, config -> config.toBuilder().seed(2).build());
    Path twice = write("twice", Method.COCONUT, config -> config.toBuilder().seed(2).build());
    assertRefused(
        List.of(model, two, twice), List.of(control), two + " and " + twice, "have the same seed");
    assertRefused(List.of(model, model), List.of(control), "is given twice");
    assertRefused(List.of(model), List.of(model), "is given twice");
  }

  @Test
  void twoControlsOfAMethodAreTooMany() throws IOException {
    Path first = write("first", Method.COT, config -> config);
    Path second = write("second", Method.COT, config -> config);

    assertRefused(List.of(model), List.of(first, second), first.toString(), second.toString());
  }

  @Test
  void modelsHaveThoughtsAndControlsHaveNone() throws IOException {
    Path words = write("words", Method.COT, config -> config);
    Path frontier = write("frontier", Method.FRONTIER, config -> config);

    assertRefused(List.of(words), List.of(model), "feeds hidden states back", "cot", "--control");
    Path unthinking =
        write("none", Method.COCONUT, config -> config.toBuilder().maxLatentStage(0).build());
    assertRefused(List.of(unthinking), List.of(words), "has 0. Choose one that was trained beyond");
    assertRefused(List.of(model), List.of(frontier), "without continuous thoughts", "frontier");
    assertFits(List.of(frontier), List.of(words));
  }

  @Test
  void aDirectoryWithoutATrainingConfigurationIsTold() throws IOException {
    Path control = write("cot", Method.COT, config -> config);
    Path config = control.resolveSibling("config.yaml");
    Path inside = control.resolve("config.yaml");

    Files.move(config, inside);
    assertFits(List.of(model), List.of(control));
    Files.delete(inside);
    assertRefused(
        List.of(model), List.of(control), control.toString(), "put a copy", "config.yaml");
    Files.copy(model.resolveSibling("config.yaml"), config);
    assertRefused(List.of(model), List.of(control), "need to agree", "coconut", "method cot");
    Files.delete(control.resolve("coconut.json"));
    assertRefused(List.of(model), List.of(control), "has none", "coconut.json", "model/");
  }
}
