package io.github.coconut4j.model;

import io.github.coconut4j.model.ParameterLayout.Kind;
import io.github.coconut4j.model.ParameterLayout.Parameter;
import io.github.coconut4j.model.internal.Arguments;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import lombok.Getter;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The trained parameters beside a frozen base model: low-rank adapters of linear layers, and
 * modules that are saved whole. The arrays are live and belong to the adapter; those of the base
 * are shared by all adapters on it.
 *
 * <pre>{@code
 * LoraAdapter adapter = LoraAdapter.initial(lora, config, base, 1);
 * LatentTransformer model =
 *     LatentTransformer.create(adapter.on(config), adapter.on(config, base), LatentLoops.AUTO);
 * }</pre>
 */
public final class LoraAdapter {

  private static final String REMEDY = "Lower the adapter's rank.";

  /** Which layers have adapters, and their ranks. */
  @Getter private final LoraConfig config;

  private final Map<String, INDArray> arrays;

  private LoraAdapter(LoraConfig config, Map<String, INDArray> arrays) {
    this.config = config;
    this.arrays = Collections.unmodifiableMap(arrays);
  }

  /**
   * Makes an adapter from arrays.
   *
   * @param base the architecture of the base model
   * @param arrays by parameter name, for example {@code transformer.h.0.mlp.c_fc.lora_A.weight}
   * @throws IllegalArgumentException if the model lacks a module that {@code config} names, or
   *     names or shapes of the arrays do not match
   */
  public static LoraAdapter of(
      LoraConfig config, TransformerConfig base, Map<String, INDArray> arrays) {
    Arguments.requireNonNull(arrays, "arrays", "Give the adapter's arrays by parameter name.");
    AdapterLayout layout = AdapterLayout.of(config, base);
    layout.requireShapes(arrays);
    Map<String, INDArray> ordered = new LinkedHashMap<>();
    layout.parameters().forEach(each -> ordered.put(each.name(), arrays.get(each.name())));
    return new LoraAdapter(config, ordered);
  }

  /**
   * Initializes an adapter that does not change the model's outputs yet: A is sampled from
   * U(-1/√in, 1/√in), which is Kaiming's distribution with a = √5, B is 0, and modules that are
   * saved whole start as copies of the base's.
   *
   * @param base the architecture of the base model
   * @param seed the same seed gives the same values
   * @throws IllegalArgumentException if the model lacks a module that {@code config} names, or the
   *     adapter takes more memory than this process may use
   */
  public static LoraAdapter initial(
      LoraConfig config, TransformerConfig base, Weights weights, long seed) {
    Arguments.requireNonNull(weights, "weights", "Give the base model's weights.");
    SplittableRandom random = new SplittableRandom(seed);
    DataType type = weights.type();
    Map<String, INDArray> arrays = new LinkedHashMap<>();
    AdapterLayout layout = AdapterLayout.of(config, base);
    layout.parameters().forEach(LoraAdapter::requireArray);
    double bytes = Float.BYTES * layout.parameters().stream().mapToDouble(Parameter::size).sum();
    WeightsCheck.room("An adapter", "takes", bytes, REMEDY);
    for (Parameter parameter : layout.parameters()) {
      INDArray array =
          switch (parameter.kind()) {
            case LORA_A -> uniform(parameter.shape(), random).castTo(type);
            case LORA_B -> Nd4j.zeros(type, parameter.shape());
            case ROWS -> Weights.copy(weights.tokenTable().getRows(tokens(config)), type);
            default -> Weights.copy(start(parameter, weights), type);
          };
      arrays.put(parameter.name(), array);
    }
    return new LoraAdapter(config, arrays);
  }

  /** A is sampled into a Java array, whose length is limited. */
  private static void requireArray(Parameter parameter) {
    if (parameter.kind() == Kind.LORA_A && parameter.size() > Integer.MAX_VALUE / 2.0) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "An adapter's A must have at most 2^30 values, but %s has %.0f. %s",
              parameter.name(),
              parameter.size(),
              REMEDY));
    }
  }

  private static int[] tokens(LoraConfig config) {
    return indices(config.getTrainableTokenIndices());
  }

  private static int[] indices(List<Integer> tokens) {
    return tokens.stream().mapToInt(Integer::intValue).toArray();
  }

  /** An output embedding that is tied in the base starts as a copy of the token embedding. */
  private static INDArray start(Parameter parameter, Weights weights) {
    return weights.asMap().containsKey(parameter.name())
        ? weights.get(parameter.name())
        : weights.outputTable();
  }

  /**
   * Reads an adapter in PEFT's format: {@code adapter_config.json} and {@code
   * adapter_model.safetensors}. Half-precision, bfloat16 and double values become FLOAT.
   *
   * @param base the architecture of the base model
   * @throws ModelFormatException if a file is malformed, uses an unsupported option, or does not
   *     belong to the model
   * @throws IOException if a file cannot be read
   */
  public static LoraAdapter read(Path directory, TransformerConfig base) throws IOException {
    return AdapterFiles.read(directory, base);
  }

  /**
   * As {@link #read(Path, TransformerConfig)}. Also rejects a base whose weights' SHA-256 differs
   * from the one in the adapter's files, if they have one.
   *
   * @param baseDirectory the model directory of the base
   */
  public static LoraAdapter read(
      Path directory, BaseDirectory baseDirectory, TransformerConfig base) throws IOException {
    AdapterFiles.requireBase(directory, baseDirectory);
    return AdapterFiles.read(directory, base);
  }

  /**
   * Path or name of the base model in an adapter's {@code adapter_config.json}; null if it has
   * none.
   *
   * @throws ModelFormatException if the file is malformed or uses an unsupported option
   */
  public static String baseName(Path directory) throws IOException {
    return PeftConfig.read(directory).base();
  }

  /** Name of a parameter in {@code adapter_model.safetensors}. */
  public static String storedName(String parameter) {
    return AdapterFiles.PREFIX + parameter;
  }

  /**
   * Writes {@code adapter_config.json} and {@code adapter_model.safetensors} as PEFT does, with
   * values as F32.
   *
   * @param base the base model's architecture
   * @param baseDirectory its model directory, whose path and weights' SHA-256 are written, or null
   * @throws IOException if a file cannot be read or written
   */
  public void write(Path directory, TransformerConfig base, BaseDirectory baseDirectory)
      throws IOException {
    String name = baseDirectory == null ? null : baseDirectory.path().toString();
    String sum = baseDirectory == null ? null : baseDirectory.weightsSum();
    AdapterFiles.write(directory, this, base, name, sum);
  }

  /**
   * This adapter for further training, with a dropout rate and with more tokens whose rows are
   * trained and start as the base's. All arrays except these rows are shared.
   *
   * @param moreTokens ids that the adapter does not train yet
   * @param base the architecture of the base model
   * @throws IllegalArgumentException if a value is out of its range
   */
  public LoraAdapter continued(
      double dropout, List<Integer> moreTokens, TransformerConfig base, Weights weights) {
    List<Integer> all = new ArrayList<>(config.getTrainableTokenIndices());
    all.addAll(moreTokens);
    LoraConfig next = config.toBuilder().loraDropout(dropout).trainableTokenIndices(all).build();
    Map<String, INDArray> own = new LinkedHashMap<>(arrays);
    if (!moreTokens.isEmpty()) {
      INDArray table = weights.tokenTable();
      INDArray rows = Weights.copy(table.getRows(indices(moreTokens)), weights.type());
      own.merge(rowsName(next, base), rows, (known, more) -> Nd4j.concat(0, known, more));
    }
    return of(next, base, own);
  }

  private static String rowsName(LoraConfig config, TransformerConfig base) {
    return AdapterLayout.of(config, base).parameters().stream()
        .filter(each -> each.kind() == Kind.ROWS)
        .findFirst()
        .orElseThrow()
        .name();
  }

  private static INDArray uniform(long[] shape, SplittableRandom random) {
    float[] values = new float[(int) (shape[0] * shape[1])];
    double bound = 1 / Math.sqrt((double) shape[1]);
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (bound * (2 * random.nextDouble() - 1));
    }
    return Nd4j.create(values, shape, 'c');
  }

  /** Live arrays by parameter name; the map cannot be changed. */
  public Map<String, INDArray> asMap() {
    return arrays;
  }

  /** The base model's architecture with this adapter. */
  public TransformerConfig on(TransformerConfig base) {
    return AdapterLayout.adapted(config, base);
  }

  /**
   * The base model's weights together with this adapter's. Only the adapter's are trained, and
   * those of a projection of thoughts that are trained in {@code weights}. All arrays are shared,
   * except a token table with trained rows: each call copies it, since lookup and logits read one
   * table and other adapters have other rows. The copy is FLOAT if the base's table is BFLOAT16.
   *
   * @param base the base model's architecture
   * @throws IllegalArgumentException if the weights do not have the architecture's shapes, or not
   *     the adapter's type
   */
  public Weights on(TransformerConfig base, Weights weights) {
    return on(base, weights, false);
  }

  /**
   * As {@link #on(TransformerConfig, Weights)}, for base weights that nothing else uses: nothing is
   * copied, and trained rows are written into the base's token table.
   */
  public Weights onOwn(TransformerConfig base, Weights weights) {
    return on(base, weights, true);
  }

  private Weights on(TransformerConfig base, Weights weights, boolean own) {
    weights.requireShapes(base);
    TransformerConfig adapted = on(base);
    Map<String, INDArray> all = new LinkedHashMap<>();
    for (Parameter parameter : ParameterLayout.of(adapted).parameters()) {
      INDArray array = arrays.get(parameter.name());
      all.put(parameter.name(), array == null ? start(parameter, weights) : array);
    }
    if (!config.getTrainableTokenIndices().isEmpty()) {
      all.computeIfPresent(
          weights.getTokenTableName(),
          (name, table) ->
              own && table.dataType() == weights.type()
                  ? table
                  : Weights.copy(table, weights.type()));
    }
    Set<String> trained = new LinkedHashSet<>(arrays.keySet());
    weights.trained().keySet().stream().filter(ThoughtProjection::holds).forEach(trained::add);
    Weights joined =
        Weights.of(ParameterLayout.of(adapted), all)
            .withTrainedRows(tokens(config))
            .withTrained(trained);
    joined.requireOneType();
    return joined;
  }

  /**
   * The weights of an equivalent model without adapters: W + s · (B · A), in the orientation of W.
   *
   * @param base the base model's architecture
   * @return weights of the architecture {@code on(base)} without its adapters; arrays that no
   *     adapter changes are shared, and {@link #closeMerged} closes the others
   * @throws IllegalArgumentException as {@link #on(TransformerConfig, Weights)}, or if base and
   *     merged weights together take more memory than this process may use
   */
  public Weights merged(TransformerConfig base, Weights weights) {
    TransformerConfig adapted = on(base);
    weights.requireShapes(base);
    requireRoomToMerge(adapted, weights);
    Weights joined = on(base, weights);
    joined.writeTrainedRows();
    ParameterLayout layout = ParameterLayout.of(adapted);
    Map<String, INDArray> merged = new LinkedHashMap<>();
    TransformerConfig plain = adapted.toBuilder().lora(null).build();
    for (Parameter parameter : ParameterLayout.of(plain).parameters()) {
      INDArray array = joined.get(parameter.name());
      merged.put(
          parameter.name(),
          isAdapted(layout, parameter) ? merged(layout, joined, parameter) : array);
    }
    return Weights.of(ParameterLayout.of(plain), merged);
  }

  private static boolean isAdapted(ParameterLayout layout, Parameter parameter) {
    return parameter.kind() == Kind.WEIGHT
        && layout.find(parameter.role(), parameter.layer(), Kind.LORA_A) >= 0;
  }

  /** The base stays in memory beside the weights that adapters change, and the token table. */
  private void requireRoomToMerge(TransformerConfig adapted, Weights weights) {
    ParameterLayout layout = ParameterLayout.of(adapted);
    double known =
        weights.asMap().values().stream()
            .mapToDouble(array -> (double) array.length() * array.dataType().width())
            .sum();
    double changed =
        layout.parameters().stream()
            .filter(parameter -> isAdapted(layout, parameter))
            .mapToDouble(Parameter::size)
            .sum();
    if (!config.getTrainableTokenIndices().isEmpty()) {
      changed += weights.tokenTable().length();
    }
    WeightsCheck.room(
        "A model and its weights merged with an adapter",
        "take",
        known + weights.type().width() * changed,
        "Merge them on a machine with more memory.");
  }

  /**
   * Closes what {@link #merged} made: the arrays that belong neither to the base nor to this
   * adapter.
   *
   * @param merged weights that nothing uses any more
   * @param weights the base model's, from which they were made
   */
  public void closeMerged(Weights merged, Weights weights) {
    Set<INDArray> shared = Collections.newSetFromMap(new IdentityHashMap<>());
    shared.addAll(weights.asMap().values());
    shared.addAll(arrays.values());
    merged.asMap().values().stream()
        .filter(array -> !shared.contains(array))
        .forEach(INDArray::close);
  }

  /** W + s · (B · A); the product is transposed if the weight is stored as [in, out]. */
  private static INDArray merged(ParameterLayout layout, Weights joined, Parameter weight) {
    List<Parameter> parameters = layout.loopParameters();
    int a = layout.find(weight.role(), weight.layer(), Kind.LORA_A);
    int b = layout.find(weight.role(), weight.layer(), Kind.LORA_B);
    INDArray stored = joined.get(weight.name());
    INDArray whole = stored.castTo(joined.type());
    try (INDArray product =
        joined.get(parameters.get(b).name()).mmul(joined.get(parameters.get(a).name()))) {
      product.muli(layout.adapterScale(weight.role(), weight.layer()));
      return whole.add(
          weight.orientation() == ParameterLayout.Orientation.IN_OUT
              ? product.transpose()
              : product);
    } finally {
      if (whole != stored) {
        whole.close();
      }
    }
  }
}
