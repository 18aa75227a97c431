package io.github.coconut4j.train;

import io.github.coconut4j.config.ConfigException;
import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.model.LoraAdapter;
import io.github.coconut4j.model.ParameterLayout;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.Weights;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Selects a model's parameters that a run trains: all except those of frozen modules. */
final class TrainedParameters {

  /** Number of a block's modules that an error shows as examples of paths. */
  private static final int SHOWN = 12;

  private TrainedParameters() {}

  /**
   * Names of the parameters that are trained.
   *
   * @throws ConfigException if a frozen module is not in the model, or no parameter is left
   */
  static List<String> of(TrainingConfig config, TransformerConfig architecture) {
    ParameterLayout layout = ParameterLayout.of(architecture);
    List<String> trained = new ArrayList<>(layout.names());
    List<String> modules = modules(config);
    for (String module : modules) {
      List<String> names = layout.namesIn(module.strip());
      if (names.isEmpty()) {
        throw unknown(module, layout);
      }
      trained.removeAll(names);
    }
    if (trained.isEmpty()) {
      throw ConfigException.of(
          "frozen", "to leave a parameter to train", modules, "Take a module out of the list.");
    }
    return trained;
  }

  private static List<String> modules(TrainingConfig config) {
    return config.getFrozen() == null ? List.of() : config.getFrozen();
  }

  /**
   * The weights of an adapter's base; only a projection of thoughts is trained, unless it is
   * frozen.
   */
  static Weights withFrozen(TrainingConfig config, MappedModel base) {
    ParameterLayout layout = ParameterLayout.of(base.getArchitecture());
    List<String> trained = new ArrayList<>(layout.names());
    modules(config).forEach(module -> trained.removeAll(layout.namesIn(module.strip())));
    return base.getWeights().withTrained(trained);
  }

  /**
   * Rejects frozen modules of a model with an adapter if they do not exist, or if the adapter
   * trains parameters in them. The model's own parameters are not trained anyway.
   *
   * @param base the architecture of the model
   * @throws ConfigException naming the module
   */
  static void requireBesideFrozen(
      TrainingConfig config, TransformerConfig base, LoraAdapter adapter) {
    ParameterLayout layout = ParameterLayout.of(adapter.on(base));
    for (String module : modules(config)) {
      List<String> names = layout.namesIn(module.strip());
      if (names.isEmpty()) {
        throw unknown(module, layout);
      }
      names.stream()
          .filter(adapter.asMap()::containsKey)
          .findFirst()
          .ifPresent(
              name -> {
                throw ConfigException.of(
                    "frozen",
                    "modules that no adapter of `lora` trains anything in",
                    "`" + module + "`, where " + name + " is trained",
                    "Take it out of `frozen`, or its layers out of `lora.target_modules`; for rows"
                        + " of tokens set `lora.train_new_tokens: false`.");
              });
    }
  }

  private static ConfigException unknown(String module, ParameterLayout layout) {
    String some = layout.names().stream().limit(SHOWN).collect(Collectors.joining(", "));
    return ConfigException.of(
        "frozen",
        "modules of the model",
        "`" + module + "`, which no parameter belongs to",
        "Its first parameters are "
            + some
            + "; name a whole part of such a path, without `transformer.` or `model.`.");
  }
}
