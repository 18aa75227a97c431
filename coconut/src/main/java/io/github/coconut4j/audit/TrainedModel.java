package io.github.coconut4j.audit;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.coconut4j.CoconutConfig;
import io.github.coconut4j.config.ConfigFile;
import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.files.Presence;
import io.github.coconut4j.method.Method;
import io.github.coconut4j.train.RunDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import lombok.Value;

/** A model directory with its training configuration. */
@Value
class TrainedModel {

  /**
   * Keys that only some methods read, so that the method implies them. They do not affect models of
   * other methods.
   */
  private static final Set<String> READ_BY_SOME_METHODS =
      Set.of(
          "latents",
          "latent_iterations",
          "thought_map",
          "projection_width",
          "simcot_on",
          "simcot_decoder",
          "step_weight",
          "step_mean",
          "teacher_weight",
          "student_weight",
          "distill_weight",
          "frontier_weight",
          "frontier_targets",
          "icot_tokens_per_epoch",
          "latent_slack",
          "latent_backprop",
          "halt",
          "halt_threshold");

  private static final String START = "load_model_path";

  /** The directory, as given. */
  Path directory;

  /** Where it is, without links. */
  Path place;

  TrainingConfig training;

  /** Number of thoughts in a prompt, as trained. */
  int thoughts;

  /** The training configuration by key, without keys whose values may differ. */
  Map<String, JsonNode> keys;

  /** The model that training started from; null if there is none with a configuration. */
  TrainedModel start;

  /**
   * Reads a directory with its training configuration.
   *
   * @throws IllegalArgumentException if it is not a model directory, or has no training
   *     configuration in it or beside it, or that of another model
   */
  static TrainedModel read(Path directory) throws IOException {
    return read(directory, Set.of());
  }

  private static TrainedModel read(Path directory, Set<Path> later) throws IOException {
    if (!Presence.isFile(directory.resolve(CoconutConfig.FILE))) {
      throw new IllegalArgumentException(
          "An audit needs model directories with "
              + CoconutConfig.FILE
              + " but "
              + directory
              + " has none. Give the model/ of a run that `train` wrote.");
    }
    Path place = directory.toRealPath();
    Path file = configuration(place).orElseThrow(() -> unknownTraining(directory));
    TrainingConfig training = ConfigFile.read(file).toTrainingConfig();
    CoconutConfig described = CoconutConfig.read(directory);
    requireSameModel(file, training, directory, described);
    Set<Path> known = new HashSet<>(later);
    known.add(place);
    return new TrainedModel(
        directory,
        place,
        training,
        described.getDefaultLatents(),
        compared(training),
        start(training, known));
  }

  /**
   * Controls of a run that started from another run's model started from that run's controls. A run
   * that was trained again from a later model has replaced the configuration of its first training,
   * which is unknown then.
   */
  private static TrainedModel start(TrainingConfig training, Set<Path> later) throws IOException {
    if (training.getLoadModelPath() == null) {
      return null;
    }
    Path directory = Path.of(training.getLoadModelPath());
    if (!Presence.isFile(directory.resolve(CoconutConfig.FILE))) {
      return null;
    }
    Path place = directory.toRealPath();
    return configuration(place).isPresent() && !later.contains(place)
        ? read(directory, later)
        : null;
  }

  private static Optional<Path> configuration(Path place) {
    return Stream.of(place, place.getParent())
        .filter(Objects::nonNull)
        .map(folder -> new RunDirectory(folder).config())
        .filter(Files::isRegularFile)
        .findFirst();
  }

  private static IllegalArgumentException unknownTraining(Path directory) {
    return new IllegalArgumentException(
        "An audit compares how models and controls were trained but "
            + directory
            + " has no config.yaml in it or beside it. Give the model/ in its run's directory, or"
            + " put a copy of the configuration that it was trained with there as config.yaml.");
  }

  private static void requireSameModel(
      Path file, TrainingConfig training, Path directory, CoconutConfig described) {
    String trained =
        thoughts(training.getMethod(), training.getCThought(), training.getMaxLatentStage());
    String found =
        thoughts(described.getMethod(), described.getCThought(), described.getMaxLatentStage());
    if (!trained.equals(found)) {
      throw new IllegalArgumentException(
          "A model's "
              + CoconutConfig.FILE
              + " and its training configuration need to agree but "
              + file
              + " has "
              + trained
              + " and "
              + directory
              + " "
              + found
              + ". Put the configuration there that this model was trained with.");
    }
  }

  private static String thoughts(Method method, int cThought, int maxLatentStage) {
    return "method "
        + method.key()
        + ", c_thought "
        + cThought
        + ", max_latent_stage "
        + maxLatentStage;
  }

  private static Map<String, JsonNode> compared(TrainingConfig training) {
    Map<String, JsonNode> keys = new LinkedHashMap<>(ConfigFile.values(training));
    keys.keySet().removeAll(TrainingConfig.FREE_OF_TRAINING);
    keys.keySet().removeAll(READ_BY_SOME_METHODS);
    return keys;
  }

  Method method() {
    return training.getMethod();
  }

  /** The keys in which another model's training differs. */
  List<String> differences(TrainedModel other) {
    Set<String> all = new LinkedHashSet<>(keys.keySet());
    all.addAll(other.keys.keySet());
    List<String> differing =
        all.stream()
            .filter(key -> !Objects.equals(keys.get(key), other.keys.get(key)))
            .collect(Collectors.toCollection(ArrayList::new));
    if (start != null
        && other.start != null
        && differing.containsAll(start.differences(other.start))) {
      differing.remove(START);
    }
    return differing;
  }

  /** The differing keys with the values of both, this one's first. */
  String described(TrainedModel other, List<String> differing) {
    return differing.stream()
        .map(key -> key + " (" + keys.get(key) + " and " + other.keys.get(key) + ")")
        .collect(Collectors.joining(", "));
  }
}
