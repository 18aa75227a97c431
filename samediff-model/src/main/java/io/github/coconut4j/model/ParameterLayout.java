package io.github.coconut4j.model;

import io.github.coconut4j.model.internal.Arguments;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import lombok.Value;
import lombok.experimental.Accessors;

/**
 * The parameters of an architecture, in the order in which Hugging Face lists them: files, graphs,
 * ops and devices take names, shapes and order from here. Each parameter has a role.
 *
 * <p>Legend: V vocabulary, P positions, D width, F feed-forward width, Q width of all queries, K of
 * all keys, S of a head.
 */
public final class ParameterLayout {

  /** Name of an output embedding [V, D] that is a parameter of its own. */
  static final String OUTPUT_EMBEDDING = "lm_head.weight";

  /** The layer number of parameters outside the layers. */
  public static final int NO_LAYER = -1;

  /** Prefix of the names of the parameters inside the transformer. */
  private final String prefix;

  private final List<Parameter> parameters;

  /** Those that the latent loop reads. */
  private final List<Parameter> loopParameters;

  /**
   * Indices among the loop's parameters by layer (first those outside the layers), role and kind.
   */
  private final List<Map<Role, Map<Kind, Integer>>> loopIndices;

  /** The scale of an adapter, by the name of its A; empty without adapters. */
  private final Map<String, Double> adapterScales;

  /** What a parameter is for. */
  public enum Role {
    /** Token embeddings [V, D]. */
    TOKEN_EMBEDDING,
    /** Output embeddings [V, D], if they are not the token embeddings. */
    OUTPUT_EMBEDDING,
    /** Position embeddings [P, D]. */
    POSITION_EMBEDDING,
    /** The norm before attention [D]. */
    ATTENTION_NORM,
    /** Queries, keys and values side by side, from D to 3 D. */
    QUERY_KEY_VALUE,
    /** Queries, from D to Q. */
    QUERY,
    /** Keys, from D to K. */
    KEY,
    /** Values, from D to K. */
    VALUE,
    /** The norm of each head's queries [S]. */
    QUERY_NORM,
    /** The norm of each head's keys [S]. */
    KEY_NORM,
    /** Attention's output projection, from Q to D. */
    ATTENTION_OUTPUT,
    /** The norm before the feed-forward layer [D]. */
    FEED_FORWARD_NORM,
    /** The gate projection of a gated feed-forward layer, input of its activation, from D to F. */
    FEED_FORWARD_GATE,
    /** The feed-forward layer's first projection, from D to F. */
    FEED_FORWARD_UP,
    /** The feed-forward layer's second projection, from F to D. */
    FEED_FORWARD_DOWN,
    /** The norm after the last layer [D]. */
    FINAL_NORM,
    /** The first linear layer of the projection of thoughts, from D to its width. */
    THOUGHT_UP,
    /** The second linear layer of the projection of thoughts, back to D. */
    THOUGHT_DOWN,
    /** The norm of projected thoughts [D]. */
    THOUGHT_NORM
  }

  /** What a parameter is within its role. */
  public enum Kind {
    /** A matrix, a table or a norm's scale. */
    WEIGHT,
    /** A linear layer's bias [out], or a norm's shift; it follows its weight. */
    BIAS,
    /** A of a linear layer's low-rank adapter [r, in]. */
    LORA_A,
    /** B of a linear layer's low-rank adapter [out, r]. */
    LORA_B,
    /** Rows of a table that are trained separately [n, D]. */
    ROWS
  }

  /** Which dimension of a stored matrix is its layer's input. */
  public enum Orientation {
    /** [in, out], as in Hugging Face's {@code Conv1D}. */
    IN_OUT,
    /** [out, in], as in PyTorch's {@code Linear}. */
    OUT_IN,
    /** A table of rows, or a vector. */
    NONE
  }

  /** One parameter. */
  @Value
  @Accessors(fluent = true)
  public static class Parameter {

    /** Hugging Face's name. */
    String name;

    /** What it is for. */
    Role role;

    /** Its layer from 0, or {@link #NO_LAYER}. */
    int layer;

    /** What it is within its role. */
    Kind kind;

    /** How a matrix is stored. */
    Orientation orientation;

    long[] shape;

    /** Whether it is its role's bias, or a norm's shift. */
    public boolean bias() {
      return kind == Kind.BIAS;
    }

    /**
     * Whether it may be stored in bfloat16: a linear layer's weight, or a table of tokens or
     * outputs. These take most of a model's memory. A projection of thoughts is small, and
     * objectives also compute it with ND4J operations.
     */
    public boolean mayBeBfloat16() {
      boolean isTable = role == Role.TOKEN_EMBEDDING || role == Role.OUTPUT_EMBEDDING;
      boolean isProjection = role == Role.THOUGHT_UP || role == Role.THOUGHT_DOWN;
      return kind == Kind.WEIGHT && !isProjection && (isTable || orientation != Orientation.NONE);
    }

    /** Its shape as stored. */
    public long[] shape() {
      return shape.clone();
    }

    /** Number of values. */
    public double size() {
      double size = 1;
      for (long dimension : shape) {
        size *= dimension;
      }
      return size;
    }
  }

  private ParameterLayout(String prefix, LayoutBuilder builder) {
    this.prefix = prefix;
    parameters = List.copyOf(builder.parameters());
    adapterScales = Map.copyOf(builder.adapterScales());
    loopParameters =
        parameters.stream()
            .filter(parameter -> parameter.role() != Role.TOKEN_EMBEDDING)
            .filter(parameter -> parameter.role() != Role.OUTPUT_EMBEDDING)
            .toList();
    loopIndices = loopIndices(loopParameters);
  }

  /** Uses maps of enum constants, since layers look their weights up in every pass. */
  private static List<Map<Role, Map<Kind, Integer>>> loopIndices(List<Parameter> parameters) {
    List<Map<Role, Map<Kind, Integer>>> indices = new ArrayList<>();
    for (int i = 0; i < parameters.size(); i++) {
      Parameter each = parameters.get(i);
      while (indices.size() <= each.layer() - NO_LAYER) {
        indices.add(new EnumMap<>(Role.class));
      }
      indices
          .get(each.layer() - NO_LAYER)
          .computeIfAbsent(each.role(), role -> new EnumMap<>(Kind.class))
          .put(each.kind(), i);
    }
    return indices;
  }

  /**
   * The parameters of a model.
   *
   * @throws IllegalArgumentException if {@code config} is null
   */
  public static ParameterLayout of(TransformerConfig config) {
    Arguments.requireNonNull(config, "config", "Read or build the model's TransformerConfig.");
    LayoutBuilder builder = new LayoutBuilder(config.getLora());
    Family family = config.getArchitecture().family();
    family.addParameters(config, builder);
    if (config.getThoughtMap().isProjection()) {
      builder.thoughtProjection(config.getNEmbd(), config.getThoughtMap().getProjectionWidth());
    }
    if (!config.isTieWordEmbeddings()) {
      builder.table(
          OUTPUT_EMBEDDING, Role.OUTPUT_EMBEDDING, config.getVocabSize(), config.getNEmbd());
    }
    builder.inLayer(NO_LAYER).trainedRows();
    return new ParameterLayout(family.prefix(), builder);
  }

  /**
   * Total number of values of a model's parameters. It is computed from one layer, so that a
   * mistaken number of layers takes no memory, and in floating point, so that it does not overflow.
   */
  public static double valueCount(TransformerConfig config) {
    double count = 0;
    for (Parameter each : of(config.toBuilder().nLayer(1).build()).parameters) {
      count += (each.layer() == NO_LAYER ? 1 : config.getNLayer()) * each.size();
    }
    return count;
  }

  /** All parameters. */
  public List<Parameter> parameters() {
    return parameters;
  }

  /** Their names. */
  public List<String> names() {
    return parameters.stream().map(Parameter::name).toList();
  }

  /**
   * Names of the parameters of a module: for example {@code h.0}, {@code wte} or {@code
   * h.0.mlp.c_fc.weight}.
   *
   * @param module its path, with or without {@code transformer.} or {@code model.} before it and a
   *     dot after it
   * @return empty if there is no such module
   */
  public List<String> namesIn(String module) {
    String path = pathOf(module);
    String parent = path.endsWith(".") ? path : path + ".";
    return names().stream().filter(name -> (pathOf(name) + ".").startsWith(parent)).toList();
  }

  private String pathOf(String name) {
    return name.startsWith(prefix) ? name.substring(prefix.length()) : name;
  }

  /** Name of the token embeddings [V, D]. */
  public String tokenTable() {
    return parameters.stream()
        .filter(parameter -> parameter.role() == Role.TOKEN_EMBEDDING)
        .findFirst()
        .orElseThrow()
        .name();
  }

  /** Name of the output embeddings [V, D]: those of the token embeddings if the two are tied. */
  public String outputTable() {
    return parameters.stream()
        .filter(parameter -> parameter.role() == Role.OUTPUT_EMBEDDING)
        .findFirst()
        .map(Parameter::name)
        .orElseGet(this::tokenTable);
  }

  /** Shapes by name. */
  public Map<String, long[]> shapes() {
    Map<String, long[]> shapes = new LinkedHashMap<>();
    parameters.forEach(parameter -> shapes.put(parameter.name(), parameter.shape()));
    return shapes;
  }

  /**
   * The parameters that the latent loop reads: all except the tables of tokens and outputs, in
   * order.
   */
  public List<Parameter> loopParameters() {
    return loopParameters;
  }

  /** Whether a layer has a weight of that role. */
  public boolean has(Role role, int layer) {
    return find(role, layer, Kind.WEIGHT) >= 0;
  }

  /**
   * Index of a layer's weight among {@link #loopParameters}; its bias, if any, is the next.
   *
   * @throws IllegalArgumentException if the architecture has no such parameter
   */
  public int loopIndex(Role role, int layer) {
    int index = find(role, layer, Kind.WEIGHT);
    if (index < 0) {
      throw new IllegalArgumentException(
          "A parameter must be one of the architecture's, but there is none of role "
              + role
              + " in layer "
              + layer
              + ".");
    }
    return index;
  }

  /** Index of one of a layer's parameters among {@link #loopParameters}, or -1. */
  public int find(Role role, int layer, Kind kind) {
    int row = layer - NO_LAYER;
    if (row < 0 || row >= loopIndices.size()) {
      return -1;
    }
    Map<Kind, Integer> indices = loopIndices.get(row).get(role);
    return indices == null ? -1 : indices.getOrDefault(kind, -1);
  }

  /** Whether a linear layer has a low-rank adapter. */
  public boolean hasAdapters() {
    return !adapterScales.isEmpty();
  }

  /** Scale of the adapter of a layer that has one. */
  public double adapterScale(Role role, int layer) {
    return adapterScales.get(loopParameters.get(find(role, layer, Kind.LORA_A)).name());
  }

  /** Whether the weight with that index among {@link #loopParameters} has a bias. */
  public boolean hasBias(int loopIndex) {
    return loopIndex + 1 < loopParameters.size() && loopParameters.get(loopIndex + 1).bias();
  }
}
