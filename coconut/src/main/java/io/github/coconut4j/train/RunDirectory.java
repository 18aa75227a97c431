package io.github.coconut4j.train;

import io.github.coconut4j.config.ConfigException;
import io.github.coconut4j.config.ConfigFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import lombok.Value;
import lombok.experimental.Accessors;

/** The files of a run. */
@Value
@Accessors(fluent = true)
public class RunDirectory {

  /** The directory itself. */
  Path path;

  /** The configuration as resolved. */
  public Path config() {
    return path.resolve("config.yaml");
  }

  /** A line an update and a line an evaluation. */
  public Path metrics() {
    return path.resolve("metrics.jsonl");
  }

  /** What the model wrote for a few problems of the newest evaluation during training. */
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

  /** What a person looks at. */
  public Path report() {
    return path.resolve("report.html");
  }

  /** The training problems as tokens, where they are not augmented. */
  public Path tokens() {
    return path.resolve("tokens");
  }

  /** States that an interrupted run continues from. */
  public Path checkpoints() {
    return path.resolve("checkpoints");
  }

  /**
   * Refuses to continue a run that left nothing to continue from: it would start over, in place of
   * the trained model.
   *
   * @throws ConfigException if the directory holds a model and no checkpoint
   */
  public void requireResumable() throws IOException {
    if (Files.exists(model()) && new Checkpoints(checkpoints()).newest().isEmpty()) {
      throw new ConfigException(
          "A run continues from a checkpoint but "
              + path
              + " holds a trained model and none. Start over with --force, or choose another"
              + " --out.");
    }
  }

  /**
   * Refuses an evaluation where it would take the place of a trained run's own. One more evaluation
   * beside others is welcome.
   *
   * @throws ConfigException if the directory holds a trained run
   */
  public void requireNoTraining() throws IOException {
    if (holdsTraining()) {
      throw new ConfigException(
          "An evaluation needs a directory of its own but "
              + path
              + " holds a trained run. Choose another --out, or with --force add a line to its"
              + " metrics.jsonl and replace its evaluation.json; model and checkpoints stay.");
    }
  }

  /** Whether there is a run here that has trained, or began to. */
  boolean holdsTraining() throws IOException {
    if (Files.notExists(metrics())) {
      return false;
    }
    return Files.notExists(config())
        || !ConfigFile.read(config()).toTrainingConfig().isOnlyEval()
        || Files.exists(model());
  }

  /**
   * Refuses files and directories that stand where the run will write the other sort.
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
   * Refuses to write over another run.
   *
   * @throws ConfigException if the directory holds one
   */
  public void requireFree() {
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
  }
}
