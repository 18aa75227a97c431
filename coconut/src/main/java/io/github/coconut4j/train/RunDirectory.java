package io.github.coconut4j.train;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.github.coconut4j.CoconutConfig;
import io.github.coconut4j.config.ConfigException;
import io.github.coconut4j.config.ConfigFile;
import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.data.Utf8Text;
import io.github.coconut4j.files.AtomicDirectory;
import io.github.coconut4j.json.JsonLines;
import io.github.coconut4j.model.ModelFormatException;
import io.github.coconut4j.model.internal.Arguments;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import lombok.Value;
import lombok.experimental.Accessors;
import lombok.extern.slf4j.Slf4j;

/** The files of a run. */
@Slf4j
@Value
@Accessors(fluent = true)
public class RunDirectory {

  /** The directory itself. */
  Path path;

  /** Names the files of a run in a directory, which need not exist. */
  public RunDirectory(Path path) {
    this.path = Arguments.requireNonNull(path, "path", "Name the run's directory.");
  }

  /** The resolved configuration. */
  public Path config() {
    return path.resolve("config.yaml");
  }

  /** One line per update and per evaluation. */
  public Path metrics() {
    return path.resolve("metrics.jsonl");
  }

  /** The model's outputs for a few problems of the newest evaluation during training. */
  public Path samples() {
    return path.resolve("samples.json");
  }

  /** The last model, or the best. */
  public Path model() {
    return path.resolve("model");
  }

  /** The evaluation after the last update. */
  public Path evaluation() {
    return path.resolve("evaluation.json");
  }

  /** The HTML report. */
  public Path report() {
    return path.resolve("report.html");
  }

  /** The training problems as tokens, if they are not augmented. */
  public Path tokens() {
    return path.resolve("tokens");
  }

  /** States that an interrupted run continues from. */
  public Path checkpoints() {
    return path.resolve("checkpoints");
  }

  /** Names the run's folder in a cluster's store. */
  public Path storeId() {
    return path.resolve("store").resolve("id");
  }

  /**
   * The checkpoint that a resumed run continues from: the newest whole one, or empty if there is
   * none yet. Leftovers of killed writers are deleted first, so nothing may write to the directory
   * meanwhile. Damaged checkpoints are skipped with a warning and kept.
   *
   * @throws ModelFormatException if there are checkpoints and all are damaged
   * @throws IOException if they cannot be read
   */
  public Optional<Checkpoint> newestCheckpoint() throws IOException {
    return new Checkpoints(checkpoints()).latest();
  }

  /**
   * Rejects a resume of a run without checkpoints: it would start over and replace the trained
   * model.
   *
   * @throws ConfigException if the directory holds a model and no checkpoint
   */
  public void requireResumable() throws IOException {
    if (Files.exists(model()) && new Checkpoints(checkpoints()).newest().isEmpty()) {
      throw new ConfigException(
          "A run continues from a checkpoint but "
              + path
              + " holds a trained model and no checkpoint. Start over with --force instead of --resume, or"
              + " choose another --out.");
    }
  }

  /**
   * Rejects an evaluation that would replace a trained run's own. Further evaluations beside others
   * are allowed.
   *
   * @throws ConfigException if the directory holds a trained run or other results, or has no room
   *     for its configuration
   */
  public void requireNoTraining() throws IOException {
    ResultKind.RUN.requireNoOther(path);
    if (holdsTraining()) {
      throw new ConfigException(
          "An evaluation needs a directory of its own but "
              + path
              + " holds a trained run. Choose another --out, or with --force add a line to its"
              + " metrics.jsonl and replace its evaluation.json; model and checkpoints stay.");
    }
    requireRoomForGivenConfig();
  }

  /**
   * Whether there is a configuration that no run or search has written, which may have comments. A
   * run has metrics, unless it was killed before its first.
   */
  private boolean holdsGivenConfig() throws IOException {
    return Files.exists(config()) && Files.notExists(metrics()) && !ConfigFile.isComplete(config());
  }

  /** A configuration that no run has written is kept under this name. */
  private Path givenConfig() {
    return path.resolve("config.given.yaml");
  }

  private void requireRoomForGivenConfig() throws IOException {
    if (Files.exists(givenConfig()) && holdsGivenConfig()) {
      throw new ConfigException(
          "A new run keeps a configuration that is in its directory as config.given.yaml but "
              + path
              + " holds both config.yaml and that file. Choose another --out, or move one of them.");
    }
  }

  /** Moves a configuration that no run has written out of the way of the run's own. */
  void keepGivenConfig() throws IOException {
    if (holdsGivenConfig()) {
      requireRoomForGivenConfig();
      Files.move(config(), givenConfig());
      log.info("The file {} is kept as {}.", config(), givenConfig().getFileName());
    }
  }

  /** Whether the directory holds a run that has started training. */
  boolean holdsTraining() throws IOException {
    if (Files.notExists(metrics())) {
      return false;
    }
    return Files.notExists(config())
        || !ConfigFile.read(config()).toTrainingConfig().isOnlyEval()
        || Files.exists(model());
  }

  /**
   * Rejects files in place of directories that the run will write, and directories in place of
   * files.
   *
   * @throws ConfigException if there is one
   */
  void requireReplaceable() {
    Stream.of(model(), checkpoints())
        .filter(place -> Files.exists(place) && !Files.isDirectory(place))
        .findFirst()
        .ifPresent(place -> refuse(place, "a directory", "a file"));
    Stream.of(metrics(), samples(), evaluation(), report(), config())
        .filter(Files::isDirectory)
        .findFirst()
        .ifPresent(place -> refuse(place, "a file", "a directory"));
    if (Files.exists(checkpoints()) && !Files.isWritable(checkpoints())) {
      refuse(checkpoints(), "a directory that can be written", "one that cannot");
    }
  }

  private static void refuse(Path place, String needed, String found) {
    throw new ConfigException(
        "A run needs "
            + place
            + " to be "
            + needed
            + " but it is "
            + found
            + ". Move it away, or choose another --out.");
  }

  /**
   * Deletes all that an earlier run has produced, before the configuration that it belongs to is
   * replaced: evaluation, checkpoints, samples, report and model. A directory {@code model} without
   * {@code coconut.json} stays, and so does a model that the next run starts from: it is read again
   * when that run is resumed. Of a symbolic link, what it leads to is deleted.
   *
   * @param next configuration of the run that replaces the earlier one
   * @throws IOException if something cannot be deleted
   */
  public void deleteResults(TrainingConfig next) throws IOException {
    deleteResults(next, Set.of());
  }

  /**
   * Deletes what {@link #deleteResults(TrainingConfig)} deletes, except what will be replaced and
   * stays until then: a directory between the two would have nothing that a run continues from.
   *
   * @param next configuration of the run that replaces the earlier one
   * @param replaced names of files and directories that will be replaced
   * @throws IOException if something cannot be deleted
   */
  public void deleteResults(TrainingConfig next, Set<String> replaced) throws IOException {
    Predicate<Path> goes = place -> !replaced.contains(place.getFileName().toString());
    if (goes.test(checkpoints())) {
      new Checkpoints(checkpoints()).clear();
    }
    if (goes.test(evaluation())) {
      deleteEvaluation();
    }
    if (goes.test(samples())) {
      delete(samples());
    }
    if (goes.test(report()) && Files.exists(metrics())) { // else it is not a run's report
      delete(report());
    }
    boolean isOfRun = Files.exists(model().resolve(CoconutConfig.FILE));
    if (goes.test(model()) && isOfRun && !isStartOf(next)) {
      delete(model());
    }
  }

  private boolean isStartOf(TrainingConfig next) throws IOException {
    Path model = model().toRealPath();
    for (Path start : ModelFactory.startDirectories(next)) {
      if (Files.exists(start) && start.toRealPath().startsWith(model)) {
        return true;
      }
    }
    return false;
  }

  /** Deletes the evaluation, if it is that of another state than the one after these updates. */
  void deleteEvaluationOfOtherState(int updates) throws IOException {
    if (Files.exists(evaluation()) && evaluatedUpdates() != updates) {
      delete(evaluation());
    }
  }

  /** Number of updates before the evaluation; -1 if its file does not say it. */
  private int evaluatedUpdates() throws IOException {
    try {
      JsonLines.Line json = new JsonLines.Line(1, Utf8Text.readLenient(evaluation()));
      return json.tree().path("updates").asInt(-1);
    } catch (JsonProcessingException e) {
      return -1;
    }
  }

  /** Deletes the evaluation, which another one or further updates make outdated. */
  void deleteEvaluation() throws IOException {
    delete(evaluation());
  }

  private static void delete(Path place) throws IOException {
    if (Files.exists(place)) {
      AtomicDirectory.delete(place.toRealPath());
    }
  }

  /** Whether the directory holds neither a run nor a directory {@code model}. */
  public boolean isFree() {
    return !Files.exists(metrics()) && !Files.isDirectory(model());
  }

  /**
   * Rejects a directory that holds another run or other results, or has no room for its
   * configuration.
   *
   * @throws ConfigException if the directory holds one
   */
  public void requireFree() throws IOException {
    ResultKind.RUN.requireNoOther(path);
    if (Files.exists(metrics())) {
      throw new ConfigException(
          "A new run needs a directory of its own but "
              + path
              + " holds a run already. Continue it with --resume, start over with --force,"
              + " or choose another --out.");
    }
    if (Files.isDirectory(model())) {
      throw new ConfigException(
          "A new run needs a directory of its own but "
              + path
              + " holds a directory `model`, which the trained model would replace. Choose another"
              + " --out, or replace it with --force.");
    }
    requireRoomForGivenConfig();
  }
}
