package io.github.coconut4j.generate;

import io.github.coconut4j.files.Presence;
import io.github.coconut4j.model.ModelFormatException;
import io.github.coconut4j.model.internal.Arguments;
import io.github.coconut4j.model.safetensors.SafetensorsFile;
import io.github.coconut4j.model.safetensors.SafetensorsWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import lombok.Getter;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The learned stop signal, {@link Halt#LEARNED}: a linear layer on the final hidden state of a
 * question's last position, whose sigmoid is the probability that the model would answer correctly
 * if its thoughts ended there.
 *
 * <p>Its parameters, {@code halt.weight} [1, D] and {@code halt.bias} [1], and the threshold that
 * was chosen with them, {@code halt.threshold} [1], are stored in a separate file in the model's
 * directory. Legend: D width of hidden states.
 */
public final class HaltHead {

  /** Name of the file in a directory of a model or an adapter. */
  public static final String FILE = "halt.safetensors";

  private static final String WEIGHT = "halt.weight";
  private static final String BIAS = "halt.bias";
  private static final String THRESHOLD = "halt.threshold";

  private final double[] weight;
  private final double bias;

  /** Default probability from which thoughts end. */
  @Getter private final double threshold;

  /**
   * Makes a head.
   *
   * @param weight D numbers that are finite as floats, at least one
   * @param bias finite as a float
   * @param threshold probability of a correct answer from which thoughts end, in (0, 1]
   * @throws IllegalArgumentException if a number is not finite, there is none, or the threshold is
   *     out of its range
   */
  public HaltHead(double[] weight, double bias, double threshold) {
    Arguments.requireNonNull(weight, "weight", "Fit it to a model.");
    if (weight.length == 0
        || !isFinite(bias)
        || !Arrays.stream(weight).allMatch(HaltHead::isFinite)) {
      throw new IllegalArgumentException(
          "A stop signal needs at least one weight and a bias, all finite, but they are "
              + Arrays.toString(weight)
              + " and "
              + bias
              + ". Fit it again.");
    }
    Halt.requireThreshold("A stop signal's threshold", threshold);
    this.weight = weight.clone();
    this.bias = bias;
    this.threshold = threshold;
  }

  /** The file has floats. */
  private static boolean isFinite(double value) {
    return Float.isFinite((float) value);
  }

  /** Width of the hidden states that it reads, D. */
  public int width() {
    return weight.length;
  }

  /**
   * Probability that the answer after this many thoughts is correct.
   *
   * @param hiddenStates [R, D], row by row
   * @param row index of a row
   * @return above or, rounded, equal to 0 and below 1, so that no thoughts end by a threshold of 1
   */
  double probability(float[] hiddenStates, int row) {
    double sum = bias;
    for (int i = 0; i < weight.length; i++) {
      sum += weight[i] * hiddenStates[row * weight.length + i];
    }
    return Math.min(1 / (1 + Math.exp(-sum)), Math.nextDown(1.0)); // not rounded to 1
  }

  /**
   * Reads the head of a directory.
   *
   * @param width width of the model's hidden states
   * @throws ModelFormatException if the file is missing, malformed or does not fit the model
   * @throws IOException if it cannot be read
   */
  public static HaltHead read(Path directory, int width) throws IOException {
    Arguments.requireNonNull(directory, "directory", "Name the model's directory.");
    Path file = directory.resolve(FILE);
    if (!Presence.isFile(file)) {
      throw problem(file, "must be there, since the model's `halt` is learned,", "no such file");
    }
    try (SafetensorsFile tensors = SafetensorsFile.open(file)) {
      if (!tensors.names().equals(Set.of(WEIGHT, BIAS, THRESHOLD))
          || !Arrays.equals(tensors.shape(WEIGHT), new long[] {1, width})
          || !Arrays.equals(tensors.shape(BIAS), new long[] {1})
          || !Arrays.equals(tensors.shape(THRESHOLD), new long[] {1})) {
        throw problem(
            file,
            "must have exactly "
                + WEIGHT
                + " [1, "
                + width
                + "], "
                + BIAS
                + " and "
                + THRESHOLD
                + " [1]",
            new TreeSet<>(tensors.names()));
      }
      return of(
          file,
          tensors.read(WEIGHT).toDoubleVector(),
          tensors.read(BIAS).getDouble(0),
          tensors.read(THRESHOLD).getDouble(0));
    }
  }

  private static HaltHead of(Path file, double[] weight, double bias, double threshold) {
    try {
      return new HaltHead(weight, bias, threshold);
    } catch (IllegalArgumentException e) {
      throw problem(file, "must hold finite numbers and a threshold in (0, 1]", "others");
    }
  }

  private static ModelFormatException problem(Path file, String requirement, Object found) {
    return new ModelFormatException(
        file.toString(),
        requirement,
        found,
        "Use the file that was saved with this model, or ask with `halt` fixed.");
  }

  /** Writes the head into a directory. */
  public void write(Path directory) throws IOException {
    Arguments.requireNonNull(directory, "directory", "Name the model's directory.");
    Map<String, INDArray> tensors = new LinkedHashMap<>();
    tensors.put(WEIGHT, floats(weight).reshape(1, weight.length));
    tensors.put(BIAS, floats(bias));
    // A tiny threshold must not become 0, which is not in the range.
    tensors.put(THRESHOLD, floats(Math.max(threshold, Float.MIN_VALUE)));
    SafetensorsWriter.write(directory.resolve(FILE), tensors, Map.of());
  }

  private static INDArray floats(double... values) {
    float[] floats = new float[values.length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) values[i];
    }
    return Nd4j.createFromArray(floats);
  }
}
