package io.github.coconut4j.audit;

import io.github.coconut4j.method.Method;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import lombok.Value;

/** The controls of one method, each with the model that differs only in the method. */
@Value
class MatchedControls {

  private static final String METHOD = "method";
  private static final String SEED = "seed";

  Method method;

  /** Pairs in the order of the controls, at least one. */
  List<Pair> pairs;

  /** A model and its control. */
  record Pair(TrainedModel model, TrainedModel control) {}

  /** The controls' directories, as given. */
  String name() {
    return pairs.stream()
        .map(pair -> pair.control().getDirectory().toString())
        .collect(Collectors.joining("+"));
  }

  /**
   * Finds each control's model.
   *
   * @throws IllegalArgumentException if there is no model or no control, models differ in more than
   *     their seed, a control differs from every model in more than its method, with the names of
   *     the keys, or a model has no control of a method that others have
   */
  static List<MatchedControls> of(List<TrainedModel> models, List<TrainedModel> controls) {
    requireAny(models, controls);
    requireDistinct(models, controls);
    models.forEach(MatchedControls::requireThoughts);
    requireSeeds(models);
    Map<Method, List<Pair>> byMethod = new LinkedHashMap<>();
    for (TrainedModel control : controls) {
      requireNoLatents(control);
      Pair pair = new Pair(partner(control, models), control);
      List<Pair> pairs = byMethod.computeIfAbsent(control.method(), key -> new ArrayList<>());
      requireOnce(pair, pairs);
      pairs.add(pair);
    }
    List<MatchedControls> matched = new ArrayList<>();
    byMethod.forEach(
        (method, pairs) -> {
          requireAll(models, method, pairs);
          matched.add(new MatchedControls(method, pairs));
        });
    return matched;
  }

  private static void requireAny(List<TrainedModel> models, List<TrainedModel> controls) {
    if (models.isEmpty() || controls.isEmpty()) {
      throw new IllegalArgumentException(
          "An audit needs at least one model and one control, but has "
              + models.size()
              + " models and "
              + controls.size()
              + " controls. Give what is missing.");
    }
  }

  private static void requireDistinct(List<TrainedModel> models, List<TrainedModel> controls) {
    Set<Path> given = new HashSet<>();
    List<TrainedModel> all = new ArrayList<>(models);
    all.addAll(controls);
    for (TrainedModel one : all) {
      if (!given.add(one.getPlace())) {
        throw new IllegalArgumentException(
            "An audit needs different models and controls but "
                + one.getDirectory()
                + " is given twice. Give each directory once.");
      }
    }
  }

  private static void requireThoughts(TrainedModel model) {
    if (!model.method().hasLatents()) {
      throw new IllegalArgumentException(
          "An audit needs a model that feeds hidden states back (method coconut) but "
              + model.getDirectory()
              + " was trained with "
              + model.method().key()
              + ". Give it as --control, or choose another model.");
    }
    if (model.getThoughts() == 0) {
      throw new IllegalArgumentException(
          "An audit needs a model that has thoughts but "
              + model.getDirectory()
              + ", trained with "
              + model.method().key()
              + ", has 0. Choose one that was trained beyond its first stage, with `c_thought` and"
              + " `max_latent_stage` above 0.");
    }
  }

  private static void requireNoLatents(TrainedModel control) {
    if (control.method().hasLatents()) {
      throw new IllegalArgumentException(
          "A control needs a method without continuous thoughts (no_thoughts, pause_as_thought,"
              + " pause, icot, no_cot, cot) but "
              + control.getDirectory()
              + " was trained with "
              + control.method().key()
              + ". Give it as --model, or choose another control.");
    }
  }

  private static void requireSeeds(List<TrainedModel> models) {
    for (int i = 0; i < models.size(); i++) {
      for (TrainedModel other : models.subList(i + 1, models.size())) {
        requireOtherSeed(models.get(i), other);
      }
    }
  }

  private static void requireOtherSeed(TrainedModel one, TrainedModel other) {
    List<String> differing = one.differences(other);
    if (!differing.equals(List.of(SEED))) {
      throw new IllegalArgumentException(
          "Several models need to be trained alike with different seeds but "
              + one.getDirectory()
              + " and "
              + other.getDirectory()
              + (differing.isEmpty()
                  ? " have the same seed"
                  : " differ in " + one.described(other, differing))
              + ". Audit others by themselves.");
    }
  }

  private static TrainedModel partner(TrainedModel control, List<TrainedModel> models) {
    TrainedModel nearest =
        models.stream()
            .min(Comparator.comparing(model -> model.differences(control).size()))
            .orElseThrow();
    List<String> differing = nearest.differences(control);
    differing.remove(METHOD);
    if (!differing.isEmpty()) {
      throw new IllegalArgumentException(
          "A control needs to differ from its model only in `method` but "
              + nearest.getDirectory()
              + " and "
              + control.getDirectory()
              + " differ in "
              + nearest.described(control, differing)
              + ". Train the control with the model's config.yaml and --set method="
              + control.method().key()
              + ".");
    }
    return nearest;
  }

  private static void requireAll(List<TrainedModel> models, Method method, List<Pair> pairs) {
    for (TrainedModel model : models) {
      if (pairs.stream().noneMatch(pair -> pair.model() == model)) {
        throw new IllegalArgumentException(
            "Every model needs a control of each method but "
                + model.getDirectory()
                + " has none of "
                + method.key()
                + ", which "
                + pairs.get(0).model().getDirectory()
                + " has. Train one with the model's config.yaml and --set method="
                + method.key()
                + ", or leave the model out.");
      }
    }
  }

  private static void requireOnce(Pair pair, List<Pair> earlier) {
    for (Pair other : earlier) {
      if (other.model() == pair.model()) {
        throw new IllegalArgumentException(
            "A model needs at most one control of a method but "
                + other.control().getDirectory()
                + " and "
                + pair.control().getDirectory()
                + " are both "
                + pair.control().method().key()
                + " with the seed of "
                + pair.model().getDirectory()
                + ". Leave one out.");
      }
    }
  }
}
