package io.github.coconut4j.model;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A checkpoint of Coconut's published implementation, exported from PyTorch to one safetensors
 * file. Parameters have GPT-2's names with the prefix {@code base_causallm.}, or without a prefix
 * for a model trained without latents.
 *
 * <p>The file has no {@code config.json}: sizes are taken from the tensors.
 */
public final class PublishedCheckpoint implements AutoCloseable {

  /** Width of a head in every published GPT-2. */
  private static final int HEAD_SIZE = 64;

  private static final Pattern LAYER = Pattern.compile("transformer\\.h\\.(\\d{1,6})\\..*");

  private final Path file;
  private final WeightFiles files;

  /** Reads a GPT-2's names. */
  private final WeightReader reader;

  private PublishedCheckpoint(Path file, WeightFiles files) {
    this.file = file;
    this.files = files;
    this.reader = reader(Architecture.GPT2.family());
  }

  /**
   * Opens an exported checkpoint.
   *
   * @throws ModelFormatException if it is not in the safetensors format, for example a file of
   *     PyTorch's own format
   * @throws IOException if it cannot be read
   */
  public static PublishedCheckpoint open(Path file) throws IOException {
    WeightFiles files = WeightFiles.ofFile(file);
    try {
      return new PublishedCheckpoint(file, files);
    } catch (RuntimeException e) {
      files.close();
      throw e;
    }
  }

  /**
   * The architecture, derived from the tensors' shapes.
   *
   * @param heads number of attention heads, which the shapes do not tell, or null for heads of
   *     width 64 as in all published GPT-2s
   * @throws ModelFormatException if a tensor is missing, or the width is not a multiple of 64 and
   *     {@code heads} is null
   */
  public TransformerConfig architecture(Integer heads) {
    Map<String, long[]> shapes = reader.shapes();
    long[] tokens = matrix(shapes, "wte.weight"); // [V, D]
    int width = Math.toIntExact(tokens[1]);
    return TransformerConfig.builder()
        .vocabSize(Math.toIntExact(tokens[0]))
        .nPositions(Math.toIntExact(matrix(shapes, "wpe.weight")[0]))
        .nEmbd(width)
        .nInner(Math.toIntExact(matrix(shapes, "h.0.mlp.c_fc.weight")[1]))
        .nLayer(layers(shapes))
        .nHead(heads == null ? standardHeads(width) : heads)
        .bosTokenId(tokens[0] > TokenIds.GPT2_END_OF_TEXT ? TokenIds.GPT2_END_OF_TEXT : null)
        .eosTokenId(tokens[0] > TokenIds.GPT2_END_OF_TEXT ? TokenIds.GPT2_END_OF_TEXT : null)
        .build();
  }

  /**
   * A copy of a configuration with as many tokens as the file has embeddings. The configuration of
   * the model that training started from does not count added tokens.
   */
  public TransformerConfig withStoredVocabulary(TransformerConfig base) {
    Family family = base.getArchitecture().family();
    long[] table = reader(family).shapes().get(family.tokenTable());
    return table == null || table.length != 2
        ? base // rejected with the other shapes when weights are read
        : base.toBuilder().vocabSize(Math.toIntExact(table[0])).build();
  }

  private WeightReader reader(Family family) {
    return new WeightReader(file.toString(), files, family);
  }

  /**
   * Reads the parameters.
   *
   * @throws ModelFormatException if one is missing, unexpected or of a shape other than {@code
   *     config} requires
   * @throws IOException if the file cannot be read
   */
  public Weights weights(TransformerConfig config) throws IOException {
    return reader(config.getArchitecture().family()).weights(config, name -> false);
  }

  private long[] matrix(Map<String, long[]> shapes, String name) {
    long[] shape = shapes.get(Architecture.GPT2.family().prefix() + name);
    if (shape == null || shape.length != 2) {
      throw new ModelFormatException(
          file.toString(),
          "must have a matrix transformer." + name + ", with base_causallm. before it or not",
          shapes.keySet().stream().limit(5).collect(Collectors.joining(", ")) + ", …",
          "Export the state_dict of a GPT-2 model, or give another model's config.json with --config.");
    }
    return shape;
  }

  private static int layers(Map<String, long[]> shapes) {
    return shapes.keySet().stream()
        .map(LAYER::matcher)
        .filter(Matcher::matches)
        .mapToInt(layer -> Integer.parseInt(layer.group(1)) + 1)
        .max()
        .orElse(1);
  }

  private int standardHeads(int width) {
    if (width % HEAD_SIZE != 0) {
      throw new ModelFormatException(
          file.toString(),
          "must have a width that is a multiple of " + HEAD_SIZE + " for heads of GPT-2's width",
          width,
          "Give the number of heads with --heads, or the model's config.json with --config.");
    }
    return width / HEAD_SIZE;
  }

  @Override
  public void close() throws IOException {
    files.close();
  }
}
