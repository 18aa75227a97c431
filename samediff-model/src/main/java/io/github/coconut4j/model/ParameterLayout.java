package io.github.coconut4j.model;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import lombok.Value;
import lombok.experimental.Accessors;

/**
 * The parameters of an architecture, in the order in which Hugging Face lists them: files, graphs,
 * ops and devices take names, shapes and order from here. An architecture is one list; what its
 * parameters are for are their roles.
 *
 * <p>Legend: V vocabulary, P positions, D width, F feed-forward width.
 */
public final class ParameterLayout {

  /** Begins every parameter's name in a {@code GPT2LMHeadModel}. */
  static final String PREFIX = "transformer.";

  /** Name of the token embeddings [V, D], which are the output embeddings too. */
  static final String TOKEN_EMBEDDING = PREFIX + "wte.weight";

  /** The layer of parameters that belong to none. */
  public static final int NO_LAYER = -1;

  private final List<Parameter> parameters = new ArrayList<>();

  /** Of weights among the loop's parameters, by layer. */
  private final Map<Integer, Map<Role, Integer>> loopIndices = new HashMap<>();

  /** What a parameter is for. */
  public enum Role {
    /** Token embeddings [V, D]. */
    TOKEN_EMBEDDING,
    /** Position embeddings [P, D]. */
    POSITION_EMBEDDING,
    /** The norm before attention [D]. */
    ATTENTION_NORM,
    /** Queries, keys and values side by side, [D, 3 D]. */
    QUERY_KEY_VALUE,
    /** Attention's output projection [D, D]. */
    ATTENTION_OUTPUT,
    /** The norm before the feed-forward layer [D]. */
    FEED_FORWARD_NORM,
    /** The feed-forward layer's first projection [D, F]. */
    FEED_FORWARD_UP,
    /** The feed-forward layer's second projection [F, D]. */
    FEED_FORWARD_DOWN,
    /** The norm after the last layer [D]. */
    FINAL_NORM
  }

  /** Which dimension of a stored matrix is its layer's input. */
  public enum Orientation {
    /** [in, out], as in Hugging Face's {@code Conv1D}. */
    IN_OUT,
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

    /** Whether it is its role's bias; a norm's is its shift. A bias stands after its weight. */
    boolean bias;

    /** How a matrix is stored. */
    Orientation orientation;

    long[] shape;

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

  private ParameterLayout(TransformerConfig config) {
    long d = config.getNEmbd();
    addTable(TOKEN_EMBEDDING, Role.TOKEN_EMBEDDING, config.getVocabSize(), d);
    addTable(PREFIX + "wpe.weight", Role.POSITION_EMBEDDING, config.getNPositions(), d);
    for (int layer = 0; layer < config.getNLayer(); layer++) {
      addBlock(layer, d, config.innerSize());
    }
    addNorm(PREFIX + "ln_f", Role.FINAL_NORM, NO_LAYER, d);
    List<Parameter> loop = loopParameters();
    for (int i = 0; i < loop.size(); i++) {
      loopIndices
          .computeIfAbsent(loop.get(i).layer(), layer -> new EnumMap<>(Role.class))
          .putIfAbsent(loop.get(i).role(), i);
    }
  }

  /** The parameters of a model. */
  public static ParameterLayout of(TransformerConfig config) {
    return new ParameterLayout(config);
  }

  private void addBlock(int layer, long d, long f) {
    String block = PREFIX + "h." + layer + ".";
    addNorm(block + "ln_1", Role.ATTENTION_NORM, layer, d);
    addLinear(block + "attn.c_attn", Role.QUERY_KEY_VALUE, layer, d, 3 * d);
    addLinear(block + "attn.c_proj", Role.ATTENTION_OUTPUT, layer, d, d);
    addNorm(block + "ln_2", Role.FEED_FORWARD_NORM, layer, d);
    addLinear(block + "mlp.c_fc", Role.FEED_FORWARD_UP, layer, d, f);
    addLinear(block + "mlp.c_proj", Role.FEED_FORWARD_DOWN, layer, f, d);
  }

  private void addTable(String name, Role role, long rows, long columns) {
    add(name, role, NO_LAYER, false, Orientation.NONE, rows, columns);
  }

  private void addNorm(String name, Role role, int layer, long width) {
    add(name + ".weight", role, layer, false, Orientation.NONE, width);
    add(name + ".bias", role, layer, true, Orientation.NONE, width);
  }

  private void addLinear(String name, Role role, int layer, long in, long out) {
    add(name + ".weight", role, layer, false, Orientation.IN_OUT, in, out);
    add(name + ".bias", role, layer, true, Orientation.NONE, out);
  }

  private void add(
      String name, Role role, int layer, boolean bias, Orientation orientation, long... shape) {
    parameters.add(new Parameter(name, role, layer, bias, orientation, shape));
  }

  /** All parameters. */
  public List<Parameter> parameters() {
    return List.copyOf(parameters);
  }

  /** Their names. */
  public List<String> names() {
    return parameters.stream().map(Parameter::name).toList();
  }

  /** Shapes by name. */
  public Map<String, long[]> shapes() {
    Map<String, long[]> shapes = new LinkedHashMap<>();
    parameters.forEach(parameter -> shapes.put(parameter.name(), parameter.shape()));
    return shapes;
  }

  /** What the latent loop reads: all but the token table, in order. */
  public List<Parameter> loopParameters() {
    return parameters.stream()
        .filter(parameter -> parameter.role() != Role.TOKEN_EMBEDDING)
        .toList();
  }

  /**
   * Number of a layer's weight among {@link #loopParameters}; its bias is the next.
   *
   * @throws IllegalArgumentException if the architecture has no such parameter
   */
  public int loopIndex(Role role, int layer) {
    Integer index = loopIndices.getOrDefault(layer, Map.of()).get(role);
    if (index == null) {
      throw new IllegalArgumentException(
          "A parameter must be one of the architecture's, but there is none of role "
              + role
              + " in layer "
              + layer
              + ".");
    }
    return index;
  }
}
