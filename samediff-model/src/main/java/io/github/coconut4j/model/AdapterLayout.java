package io.github.coconut4j.model;

import io.github.coconut4j.model.ParameterLayout.Kind;
import io.github.coconut4j.model.ParameterLayout.Parameter;
import io.github.coconut4j.model.ParameterLayout.Role;
import io.github.coconut4j.model.internal.Arguments;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import lombok.AccessLevel;
import lombok.RequiredArgsConstructor;
import lombok.Value;
import lombok.experimental.Accessors;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The parameters that an adapter adds to a base model. */
@Value
@Accessors(fluent = true)
@RequiredArgsConstructor(access = AccessLevel.PRIVATE)
class AdapterLayout {

  /** In the order of the whole model's parameters. */
  List<Parameter> parameters;

  /**
   * Finds the parameters.
   *
   * @throws IllegalArgumentException if the model lacks a module that {@code config} names
   */
  static AdapterLayout of(LoraConfig config, TransformerConfig base) {
    TransformerConfig adapted = adapted(config, base);
    // A projection of thoughts is not a module of the base.
    ParameterLayout layout =
        ParameterLayout.of(adapted.toBuilder().thoughtMap(ThoughtMapConfig.IDENTITY).build());
    requireTargets(config, layout);
    requireTokens(config, base);
    requireSaved(config, layout);
    requireAdapters(layout);
    return new AdapterLayout(
        layout.parameters().stream()
            .filter(each -> isAdapter(each) || config.saves(module(each)))
            .toList());
  }

  /**
   * The architecture with an adapter. A table that is saved whole is no longer tied: PEFT copies
   * the module, and the table that was tied to it stays the base's.
   */
  static TransformerConfig adapted(LoraConfig config, TransformerConfig base) {
    Arguments.requireNonNull(config, "config", "Build a LoraConfig.");
    Arguments.requireNonNull(base, "base", "Read or build the base model's TransformerConfig.");
    String tokens = ParameterLayout.of(base).tokenTable();
    boolean savesTable =
        config.saves(module(tokens)) || config.saves(module(ParameterLayout.OUTPUT_EMBEDDING));
    return base.toBuilder()
        .lora(config)
        .tieWordEmbeddings(base.isTieWordEmbeddings() && !savesTable)
        .build();
  }

  private static boolean isAdapter(Parameter parameter) {
    return parameter.kind() == Kind.LORA_A
        || parameter.kind() == Kind.LORA_B
        || parameter.kind() == Kind.ROWS;
  }

  private static String module(Parameter parameter) {
    return module(parameter.name());
  }

  /** Path of the module that a parameter is in. */
  static String module(String name) {
    return name.substring(0, name.lastIndexOf('.'));
  }

  /**
   * Checks that targets are linear layers, or modules that are saved whole, which PEFT does not
   * adapt.
   */
  private static void requireTargets(LoraConfig config, ParameterLayout layout) {
    Set<String> linear = new LinkedHashSet<>();
    Set<String> others = new LinkedHashSet<>();
    for (Parameter parameter : layout.parameters()) {
      if (parameter.kind() == Kind.WEIGHT) {
        boolean isLinear = parameter.orientation() != ParameterLayout.Orientation.NONE;
        (isLinear ? linear : others).add(module(parameter));
      }
    }
    if (layout.parameters().stream().noneMatch(each -> each.role() == Role.OUTPUT_EMBEDDING)) {
      others.add(module(ParameterLayout.OUTPUT_EMBEDDING));
    }
    Set<String> known = new LinkedHashSet<>(linear);
    others.stream().filter(config::isWithinSaved).forEach(known::add);
    others.removeIf(config::isWithinSaved);
    if (config.getTargetPattern() != null) {
      require(
          config.getTargetPattern().equals(LoraConfig.ALL_LINEAR)
              || known.stream().anyMatch(config::targetsByPattern),
          config.getTargetPattern(),
          linear,
          others);
      others.stream()
          .filter(config::targetsByPattern)
          .findFirst()
          .ifPresent(path -> require(false, path, linear, others));
      return;
    }
    for (String end : config.getTargetModules()) {
      require(
          known.stream().anyMatch(path -> LoraConfig.endsIn(path, end))
              && others.stream().noneMatch(path -> LoraConfig.endsIn(path, end)),
          end,
          linear,
          others);
    }
  }

  private static void require(
      boolean holds, String target, Set<String> linear, Set<String> others) {
    if (!holds) {
      boolean isOther = others.stream().anyMatch(path -> LoraConfig.endsIn(path, target));
      throw new IllegalArgumentException(
          "target_modules must name linear layers of the model's blocks, but "
              + target
              + (isOther ? " is another module" : " is none of its modules")
              + ". They are "
              + names(linear)
              + ".");
    }
  }

  /** The distinct last parts of paths. */
  private static Set<String> names(Set<String> paths) {
    Set<String> names = new LinkedHashSet<>();
    paths.forEach(path -> names.add(path.substring(path.lastIndexOf('.') + 1)));
    return names;
  }

  private static void requireSaved(LoraConfig config, ParameterLayout layout) {
    for (String end : config.getModulesToSave()) {
      LoraConfig alone = config.toBuilder().modulesToSave(List.of(end)).build();
      List<Parameter> saved =
          layout.parameters().stream().filter(each -> alone.saves(module(each))).toList();
      if (saved.isEmpty()) {
        throw new IllegalArgumentException(
            "modules_to_save must name modules of the model, but " + end + " is none of them.");
      }
      List<String> both =
          saved.stream().filter(AdapterLayout::isAdapter).map(Parameter::name).toList();
      if (!both.isEmpty()) {
        throw new IllegalArgumentException(
            "modules_to_save must have the whole name of a module that target_modules has too, but"
                + " has only its end, "
                + end
                + " for "
                + module(module(both.get(0)))
                + ". Write the whole name, or take it out of one of the two.");
      }
    }
  }

  private static void requireAdapters(ParameterLayout layout) {
    if (layout.parameters().stream().noneMatch(each -> each.kind() == Kind.LORA_A)) {
      throw new IllegalArgumentException(
          "target_modules must have a layer that modules_to_save lacks, but all of its layers are"
              + " saved whole. Add another layer, or take one out of modules_to_save.");
    }
  }

  private static void requireTokens(LoraConfig config, TransformerConfig base) {
    boolean savesTable = config.saves(module(ParameterLayout.of(base).tokenTable()));
    if (savesTable && !config.getTrainableTokenIndices().isEmpty()) {
      throw new IllegalArgumentException(
          "A token table is trained in rows or as a whole, but trainable_token_indices and"
              + " modules_to_save both have it. Take it out of one of the two.");
    }
    for (int token : config.getTrainableTokenIndices()) {
      if (token >= base.getVocabSize()) {
        throw new IllegalArgumentException(
            "trainable_token_indices must be below the "
                + base.getVocabSize()
                + " rows of the token table, but "
                + token
                + " is not. Add the tokens to the base first.");
      }
    }
  }

  /** Rejects arrays whose names or shapes are not the adapter's. */
  void requireShapes(Map<String, INDArray> arrays) {
    Set<String> unknown = new LinkedHashSet<>(arrays.keySet());
    List<String> missing = new ArrayList<>();
    for (Parameter parameter : parameters) {
      INDArray array = arrays.get(parameter.name());
      unknown.remove(parameter.name());
      if (array == null) {
        missing.add(parameter.name());
      } else if (!Arrays.equals(array.shape(), parameter.shape())) {
        throw new IllegalArgumentException(
            "An adapter's arrays must have the shapes that its base and its rank give them, "
                + Arrays.toString(parameter.shape())
                + " for "
                + parameter.name()
                + ", but that has "
                + Arrays.toString(array.shape())
                + ".");
      }
    }
    if (!missing.isEmpty() || !unknown.isEmpty()) {
      throw new IllegalArgumentException(
          "An adapter must have exactly the arrays of its configuration, but "
              + missing.size()
              + " are missing, "
              + missing.stream().findFirst().orElse("none")
              + " first, and "
              + unknown.size()
              + " are unexpected, "
              + unknown.stream().findFirst().orElse("none")
              + " first.");
    }
  }
}
