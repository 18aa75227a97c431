package io.github.coconut4j.model;

import io.github.coconut4j.model.ParameterLayout.Parameter;
import io.github.coconut4j.model.internal.Arguments;
import io.github.coconut4j.model.internal.OpenedResources;
import io.github.coconut4j.model.safetensors.SafetensorsWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import lombok.Getter;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The parameters of a model under Hugging Face's names, such as {@code
 * transformer.h.0.attn.c_attn.weight} or {@code model.layers.0.self_attn.q_proj.weight}.
 *
 * <p>Arrays are contiguous, in 'c' order, and live: an optimiser updates them in place. Linear
 * layers have the layout of their architecture's files: GPT-2's [in, out], the others [out, in]. An
 * output embedding that is tied to the token embedding has no array of its own.
 *
 * <p>If the weights are FLOAT, those of linear layers and the tables of tokens and outputs may be
 * BFLOAT16 unless they are trained: this takes half the memory, and products read half the bytes.
 * The arithmetic of products is determined by {@link Precision}, not by the weights' type.
 *
 * <p>Close arrays only when no call of a model, decoder or optimiser that uses them is running:
 * closed ones are detected only at the beginning of a call.
 */
public final class Weights {

  /** Name of the token embeddings [V, D]. */
  @Getter private final String tokenTableName;

  /** Name of the output embeddings [V, D]: that of the token embeddings if the two are tied. */
  @Getter private final String outputTableName;

  private final Map<String, INDArray> arrays;

  /** Names of the parameters that may be BFLOAT16. */
  private final Set<String> narrowable;

  /** The token table's rows that are trained separately; null if there are none. */
  private final TokenRows rows;

  /** The trained arrays. */
  private final Map<String, INDArray> trained;

  private Weights(
      String tokenTableName,
      String outputTableName,
      Map<String, INDArray> arrays,
      Set<String> narrowable,
      TokenRows rows,
      Predicate<String> isTrained) {
    this.narrowable = narrowable;
    this.rows = rows;
    this.tokenTableName = tokenTableName;
    this.outputTableName = outputTableName;
    this.arrays = Collections.unmodifiableMap(arrays);
    Map<String, INDArray> chosen = new LinkedHashMap<>(arrays);
    chosen.keySet().removeIf(isTrained.negate());
    trained = Collections.unmodifiableMap(chosen);
  }

  static Weights of(ParameterLayout layout, Map<String, INDArray> arrays) {
    Set<String> narrowable =
        layout.parameters().stream()
            .filter(Parameter::mayBeBfloat16)
            .map(Parameter::name)
            .collect(Collectors.toUnmodifiableSet());
    return new Weights(
        layout.tokenTable(), layout.outputTable(), arrays, narrowable, null, name -> true);
  }

  /**
   * A copy of the parameters that another architecture has too; all are trained and none is
   * BFLOAT16.
   *
   * @param other for example this architecture without adapters or a map of thoughts
   */
  public Weights copyOf(TransformerConfig other) {
    ParameterLayout layout = ParameterLayout.of(other);
    Map<String, INDArray> copies = new LinkedHashMap<>();
    layout.names().forEach(name -> copies.put(name, copy(get(name), type())));
    return of(layout, copies);
  }

  private Weights with(Map<String, INDArray> others) {
    return with(others, rows, this::isTrained);
  }

  private Weights with(
      Map<String, INDArray> others, TokenRows ownRows, Predicate<String> isOwnTrained) {
    return new Weights(tokenTableName, outputTableName, others, narrowable, ownRows, isOwnTrained);
  }

  /** Names of a model's parameters, in the order of {@link #asMap()}. */
  public static List<String> names(TransformerConfig config) {
    return ParameterLayout.of(config).names();
  }

  /**
   * The parameters of a new model: matrices normal(0, {@code initializer_range}), those that
   * project onto the residual stream divided by sqrt(2 {@code n_layer}), biases 0, norms 1.
   *
   * @param seed the same seed gives the same values on every backend
   */
  public static Weights initial(TransformerConfig config, long seed) {
    return initial(config, Initialization.gpt2(config), seed);
  }

  /**
   * The parameters of a new model.
   *
   * @param initialization how they are initialized
   * @param seed the same seed gives the same values on every backend
   * @throws IllegalArgumentException if they take more memory than this process may use
   */
  public static Weights initial(
      TransformerConfig config, Initialization initialization, long seed) {
    Arguments.requireNonNull(config, "config", "Read or build the model's TransformerConfig.");
    Arguments.requireNonNull(
        initialization, "initialization", "Give one, such as Initialization.gpt2(config).");
    return Initializer.weights(config, initialization, seed);
  }

  /**
   * Reads the weights of a model directory: {@code model.safetensors}, or the files named by {@code
   * model.safetensors.index.json}, and a projection of thoughts if {@code config} has one. All
   * values become FLOAT.
   *
   * <p>Names may lack their prefix {@code transformer.} or {@code model.} and may contain prefixes
   * of training tools, such as {@code module.} and {@code _orig_mod.}. Buffers of old files are
   * skipped. An output embedding {@code lm_head.weight} that the configuration ties to the token
   * embedding must equal it, or replace it.
   *
   * @throws ModelFormatException if a file is malformed, if parameters are missing or unexpected,
   *     or if one does not have the shape that {@code config} requires
   * @throws IllegalArgumentException if they take more memory than this process may use
   * @throws IOException if a file cannot be read
   */
  public static Weights read(Path modelDirectory, TransformerConfig config) throws IOException {
    return read(modelDirectory, config, name -> false);
  }

  /**
   * As {@link #read(Path, TransformerConfig)}, with weights in BFLOAT16: as in their file, or
   * rounded to the nearest, ties to even.
   *
   * @param bfloat16 whether the weight of that name becomes BFLOAT16; only called for those of
   *     linear layers and the tables of tokens and outputs
   */
  public static Weights read(
      Path modelDirectory, TransformerConfig config, Predicate<String> bfloat16)
      throws IOException {
    Arguments.requireNonNull(modelDirectory, "modelDirectory", "Name the model's directory.");
    Arguments.requireNonNull(config, "config", "Read or build the model's TransformerConfig.");
    Arguments.requireNonNull(bfloat16, "bfloat16", "Give name -> false for none.");
    TransformerConfig plain = config.toBuilder().thoughtMap(ThoughtMapConfig.IDENTITY).build();
    try (WeightFiles files = WeightFiles.open(modelDirectory)) {
      String subject = "The model directory " + modelDirectory;
      Weights own =
          new WeightReader(subject, files, plain.getArchitecture().family())
              .weights(plain, bfloat16);
      Path projection = modelDirectory.resolve(ThoughtProjection.FILE);
      return OpenedResources.open(
          opened -> {
            opened.addAll(own.arrays.values());
            return ThoughtProjection.read(projection, config, own);
          });
    }
  }

  /**
   * Writes {@code model.safetensors}, so that Hugging Face's {@code from_pretrained} finds every
   * parameter and nothing else: BFLOAT16 weights as BF16, all other values as F32. A projection of
   * thoughts goes to a separate file.
   *
   * @throws IOException if the file cannot be written
   */
  public void write(Path modelDirectory) throws IOException {
    Arguments.requireNonNull(modelDirectory, "modelDirectory", "Name the model's directory.");
    // Hugging Face's loader requires the format: "pt" is PyTorch's layout of tensors.
    Map<String, INDArray> floats = new LinkedHashMap<>(arrays);
    floats.keySet().removeIf(ThoughtProjection::holds);
    floats.replaceAll((name, array) -> isNarrow(array) ? array : array.castTo(DataType.FLOAT));
    SafetensorsWriter.write(
        modelDirectory.resolve(WeightFiles.SINGLE), floats, Map.of("format", "pt"));
    ThoughtProjection.write(modelDirectory.resolve(ThoughtProjection.FILE), this);
  }

  /**
   * The parameter with a name.
   *
   * @throws IllegalArgumentException if the model has no such parameter
   */
  public INDArray get(String name) {
    INDArray array = arrays.get(name);
    if (array == null) {
      throw new IllegalArgumentException(
          "A parameter's name must be one of " + arrays.keySet() + ", but is " + name + ".");
    }
    return array;
  }

  /**
   * Checks that these are a model's parameters.
   *
   * @throws IllegalArgumentException if {@code config} is null, or one is missing or does not have
   *     the shape that {@code config} requires
   */
  public void requireShapes(TransformerConfig config) {
    WeightsCheck.shapes(this, config);
  }

  /** The floating-point type in which a model with these weights computes, never BFLOAT16. */
  public DataType type() {
    return isNarrow(tokenTable()) ? DataType.FLOAT : tokenTable().dataType();
  }

  private static boolean isNarrow(INDArray array) {
    return array.dataType() == DataType.BFLOAT16;
  }

  /** Names of the weights that are BFLOAT16. */
  public Set<String> bfloat16Names() {
    return arrays.entrySet().stream()
        .filter(each -> isNarrow(each.getValue()))
        .map(Map.Entry::getKey)
        .collect(Collectors.toUnmodifiableSet());
  }

  /** Whether some weights are BFLOAT16. */
  public boolean hasBfloat16() {
    return arrays.values().stream().anyMatch(Weights::isNarrow);
  }

  /**
   * Checks that all arrays have one floating-point type; with FLOAT, linear layers' weights and the
   * tables of tokens and outputs may be BFLOAT16.
   *
   * @throws IllegalArgumentException if one is not
   */
  public void requireOneType() {
    WeightsCheck.oneType(this, this::mayBeNarrow);
  }

  /**
   * A table with separately trained rows contains these rows' values, so it may not be BFLOAT16.
   */
  private boolean mayBeNarrow(String name) {
    boolean hasTrainedRows = rows != null && name.equals(tokenTableName);
    return type() == DataType.FLOAT && narrowable.contains(name) && !hasTrainedRows;
  }

  /**
   * Checks that trained parameters are not BFLOAT16, in which small steps would be lost.
   *
   * @throws IllegalArgumentException if one is
   */
  public void requireTrainable() {
    WeightsCheck.trainable(trained);
  }

  /**
   * Checks that all arrays are open.
   *
   * @throws IllegalStateException if one was closed
   */
  public void requireOpen() {
    WeightsCheck.open(arrays);
  }

  /** All parameters by name, in the order of {@link #names}; the map cannot be changed. */
  public Map<String, INDArray> asMap() {
    return arrays;
  }

  /**
   * The parameters that are trained, by name, in the order of {@link #names}; the map cannot be
   * changed. All are, unless {@link #withTrained} selected some, like PyTorch's {@code
   * requires_grad}. A model computes gradients only for these, and an optimiser updates only these
   * and has state only for these.
   */
  public Map<String, INDArray> trained() {
    return trained;
  }

  /** Whether a parameter is trained. */
  public boolean isTrained(String name) {
    return trained.containsKey(name);
  }

  /**
   * The same parameters, of which some are trained and the others frozen; all arrays are shared.
   *
   * @param names names of the trained ones; if empty, the model is only for inference
   * @throws IllegalArgumentException if a name is null or not a parameter's
   */
  public Weights withTrained(Collection<String> names) {
    Arguments.requireNonNull(names, "names", "Give the names of the parameters to train.");
    names.forEach(this::get);
    return with(arrays, rows, Set.copyOf(names)::contains);
  }

  /** The same parameters, the last of which are the rows of some tokens, unless there are none. */
  Weights withTrainedRows(int... tokens) {
    if (tokens.length == 0) {
      return this;
    }
    String last = List.copyOf(arrays.keySet()).get(arrays.size() - 1);
    TokenRows own = new TokenRows(last, tokens.clone());
    return with(arrays, own, this::isTrained);
  }

  /** Tokens whose rows of the token table are trained separately; empty if there are none. */
  public int[] trainedTokens() {
    return rows == null ? new int[0] : rows.tokens().clone();
  }

  /** Name of the rows of {@link #trainedTokens}, a parameter; null if there are none. */
  public String getTrainedRowsName() {
    return rows == null ? null : rows.name();
  }

  /**
   * Writes the separately trained rows into the token table. A model calls this before it computes.
   */
  public void writeTrainedRows() {
    if (rows != null) {
      rows.write(get(rows.name()), tokenTable());
    }
  }

  /** The token embeddings [V, D]. */
  public INDArray tokenTable() {
    return get(tokenTableName);
  }

  /** The output embeddings [V, D]: the token embeddings if the two are tied. */
  public INDArray outputTable() {
    return get(outputTableName);
  }

  /** Whether the output embeddings are the token embeddings. */
  public boolean hasTiedTables() {
    return outputTableName.equals(tokenTableName);
  }

  /**
   * The same parameters for another vocabulary; all other arrays are shared.
   *
   * @param tokens the new token embeddings [V, D]
   * @param outputs the new output embeddings [V, D]; not used if the two are tied
   * @throws IllegalArgumentException if one that is used is null
   */
  public Weights withTables(INDArray tokens, INDArray outputs) {
    Arguments.requireNonNull(tokens, "tokens", "Give the new token embeddings.");
    if (!hasTiedTables()) {
      Arguments.requireNonNull(outputs, "outputs", "Give the new output embeddings.");
    }
    Map<String, INDArray> changed = new LinkedHashMap<>(arrays);
    changed.put(tokenTableName, tokens);
    if (!hasTiedTables()) {
      changed.put(outputTableName, outputs);
    }
    return with(changed);
  }

  /**
   * A copy in another floating-point type, for example for gradient checks in DOUBLE. With
   * BFLOAT16, only linear layers' weights and the tables of tokens and outputs have this type,
   * rounded to the nearest, ties to even; the others are FLOAT.
   */
  public Weights castTo(DataType type) {
    DataType others = type == DataType.BFLOAT16 ? DataType.FLOAT : type;
    Map<String, INDArray> cast = new LinkedHashMap<>(arrays);
    cast.replaceAll((name, array) -> copy(array, narrowable.contains(name) ? type : others));
    return with(cast);
  }

  /** A copy of an array, of a type. */
  static INDArray copy(INDArray array, DataType type) {
    return array.dataType() == type ? array.dup('c') : array.castTo(type);
  }

  /**
   * The same parameters, with those FLOAT arrays in BFLOAT16 that are not trained and may be
   * BFLOAT16, rounded to the nearest, ties to even. All other arrays are shared.
   */
  public Weights frozenInBfloat16() {
    Map<String, INDArray> cast = new LinkedHashMap<>(arrays);
    cast.replaceAll(
        (name, array) ->
            mayBeNarrow(name) && !isTrained(name) ? array.castTo(DataType.BFLOAT16) : array);
    return with(cast);
  }

  /** The same parameters, with BFLOAT16 arrays converted to FLOAT; all other arrays are shared. */
  public Weights widened() {
    Map<String, INDArray> cast = new LinkedHashMap<>(arrays);
    cast.replaceAll((name, array) -> isNarrow(array) ? array.castTo(DataType.FLOAT) : array);
    return with(cast);
  }
}
