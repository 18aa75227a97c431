package io.github.coconut4j.model;

import io.github.coconut4j.model.ParameterLayout.Parameter;
import io.github.coconut4j.model.internal.OpenedResources;
import io.github.coconut4j.model.memory.HostMemory;
import java.io.IOException;
import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Reads a model's parameters from files and checks them against the configuration.
 *
 * <p>It also accepts files that Hugging Face's library does not write today: names without {@code
 * transformer.} or {@code model.}, as in OpenAI's GPT-2; names with the prefixes of compiled,
 * distributed and other wrapping modules; buffers of old versions; a tied output embedding that is
 * stored a second time or instead of the token embedding.
 */
final class WeightReader {

  /**
   * Parts of names from modules that wrap the model or its blocks: torch.compile,
   * DistributedDataParallel, FullyShardedDataParallel, checkpointed activations, Lightning, the
   * published Coconut; also {@code transformer} itself, which may be missing or doubled.
   */
  private static final Set<String> WRAPPERS =
      Set.of(
          "_orig_mod",
          "module",
          "_fsdp_wrapped_module",
          "_checkpoint_wrapped_module",
          "_forward_module",
          "model",
          "base_model",
          "base_causallm",
          "transformer");

  /** A second reference to the token table in the published Coconut's wrapper. */
  private static final String WRAPPED_TABLE = "embedding.weight";

  private static final int MAX_NAMED = 12;

  private final String subject;
  private final WeightFiles files;
  private final Map<String, String> storedNames = new LinkedHashMap<>();

  /**
   * Maps stored tensors to the names of parameters.
   *
   * @param subject name of the files in error messages
   * @param family the family whose names are expected
   */
  WeightReader(String subject, WeightFiles files, Family family) {
    this.subject = subject;
    this.files = files;
    for (String stored : files.names()) {
      String name = unwrapped(stored);
      if (!name.equals(WRAPPED_TABLE) && !family.buffers().test(name)) {
        boolean output = name.equals(ParameterLayout.OUTPUT_EMBEDDING);
        addName(output ? name : family.prefix() + name, stored);
      }
    }
    if (!storedNames.containsKey(family.tokenTable())
        && storedNames.containsKey(ParameterLayout.OUTPUT_EMBEDDING)) {
      storedNames.put(family.tokenTable(), storedNames.remove(ParameterLayout.OUTPUT_EMBEDDING));
    }
  }

  private static String unwrapped(String stored) {
    return Stream.of(stored.split("\\.", -1))
        .filter(part -> !WRAPPERS.contains(part))
        .collect(Collectors.joining("."));
  }

  /** Shapes as stored, by full name. */
  Map<String, long[]> shapes() {
    Map<String, long[]> shapes = new LinkedHashMap<>();
    storedNames.forEach((name, stored) -> shapes.put(name, files.shape(stored)));
    return shapes;
  }

  /**
   * Checks names and shapes against the configuration before values are read.
   *
   * @throws ModelFormatException if one is missing, unexpected or of the wrong shape
   */
  private void check(TransformerConfig config) {
    // Checked before the expected names are listed, since their number also comes from a file.
    check(
        config.getNLayer() <= storedNames.size(),
        "must have parameters of the " + config.getNLayer() + " layers of its config.json",
        storedNames.size() + " tensors");
    Map<String, long[]> expected = ParameterLayout.of(config).shapes();
    checkOutputStored(config);
    checkNames(expected.keySet());
    checkShapes(expected);
  }

  /**
   * Reads checked arrays by name in the order of {@link Weights#names}, in 'c' order.
   *
   * @param bfloat16 the parameters that become BFLOAT16; others become FLOAT
   */
  private Map<String, INDArray> read(
      TransformerConfig config, Predicate<Parameter> bfloat16, OpenedResources opened)
      throws IOException {
    ParameterLayout layout = ParameterLayout.of(config);
    Map<String, INDArray> arrays = new LinkedHashMap<>();
    for (Parameter parameter : layout.parameters()) {
      DataType type = bfloat16.test(parameter) ? DataType.BFLOAT16 : DataType.FLOAT;
      INDArray array = opened.add(files.read(storedNames.get(parameter.name()), type));
      arrays.put(parameter.name(), array);
    }
    if (config.isTieWordEmbeddings()) {
      checkTied(arrays.get(layout.tokenTable()));
    }
    return arrays;
  }

  /**
   * Checks and reads the parameters.
   *
   * @param bfloat16 whether the weight of that name becomes BFLOAT16; only called for those that
   *     may
   */
  Weights weights(TransformerConfig config, Predicate<String> bfloat16) throws IOException {
    WeightsCheck.plain(config);
    check(config);
    ParameterLayout layout = ParameterLayout.of(config);
    Predicate<Parameter> narrow =
        parameter -> parameter.mayBeBfloat16() && bfloat16.test(parameter.name());
    WeightsCheck.room(
        config,
        layout.parameters().stream().anyMatch(narrow) ? Short.BYTES : Float.BYTES,
        "Take a smaller model, or a machine with more memory.");
    return Weights.of(layout, OpenedResources.open(opened -> read(config, narrow, opened)));
  }

  private void addName(String name, String stored) {
    String other = storedNames.put(name, stored);
    check(other == null, "must hold each parameter once", "both " + other + " and " + stored);
  }

  private void checkOutputStored(TransformerConfig config) {
    check(
        config.isTieWordEmbeddings() || storedNames.containsKey(ParameterLayout.OUTPUT_EMBEDDING),
        "must have an output embedding, lm_head.weight, where tie_word_embeddings is false",
        "none");
  }

  private void checkNames(Collection<String> expected) {
    List<String> missing = new ArrayList<>(expected);
    missing.removeAll(storedNames.keySet());
    List<String> unexpected = new ArrayList<>();
    storedNames.forEach(
        (name, stored) -> {
          if (!expected.contains(name) && !name.equals(ParameterLayout.OUTPUT_EMBEDDING)) {
            unexpected.add(stored);
          }
        });
    check(
        missing.isEmpty() && unexpected.isEmpty(),
        "must have exactly the parameters of its config.json",
        "missing " + listed(missing) + " and unexpected " + listed(unexpected));
  }

  private void checkShapes(Map<String, long[]> expected) {
    List<String> wrong = new ArrayList<>();
    expected.forEach(
        (name, shape) -> {
          long[] found = files.shape(storedNames.get(name));
          if (!Arrays.equals(found, shape)) {
            wrong.add(
                name + " " + Arrays.toString(found) + " instead of " + Arrays.toString(shape));
          }
        });
    check(wrong.isEmpty(), "must have the shapes of its config.json", listed(wrong));
  }

  /**
   * Hugging Face's library ties the two silently, which would change a model that was trained
   * untied.
   */
  private void checkTied(INDArray tokenEmbedding) throws IOException {
    String stored = storedNames.get(ParameterLayout.OUTPUT_EMBEDDING);
    if (stored == null) {
      return;
    }
    try (INDArray outputEmbedding = files.read(stored, tokenEmbedding.dataType())) {
      check(
          outputEmbedding.equalShapes(tokenEmbedding)
              && HostMemory.slices(outputEmbedding).equals(HostMemory.slices(tokenEmbedding)),
          "must have an output embedding (lm_head.weight) equal to its token embedding where"
              + " tie_word_embeddings is true",
          "different values");
    } finally {
      Reference.reachabilityFence(tokenEmbedding); // the slices do not keep it reachable
    }
  }

  private static String listed(List<String> items) {
    if (items.isEmpty()) {
      return "none";
    }
    if (items.size() <= MAX_NAMED) {
      return String.join(", ", items);
    }
    return String.join(", ", items.subList(0, MAX_NAMED))
        + " and "
        + (items.size() - MAX_NAMED)
        + " more";
  }

  private void check(boolean holds, String requirement, String found) {
    if (!holds) {
      throw new ModelFormatException(
          subject,
          requirement,
          found,
          "Use the config.json and the weights of one and the same model.");
    }
  }
}
