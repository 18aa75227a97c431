package io.github.coconut4j.model.backend;

import io.github.coconut4j.model.internal.Arguments;
import java.util.Arrays;
import java.util.Objects;
import lombok.EqualsAndHashCode;

/** The tokens to predict at n positions, and the weight of each in a cross-entropy. */
@EqualsAndHashCode
public final class WeightedLabels {

  private final int[] tokens;
  private final double[] weights;

  private WeightedLabels(int[] tokens, double[] weights) {
    this.tokens = tokens;
    this.weights = weights;
  }

  /**
   * Labels with weights.
   *
   * @param tokens [n]
   * @param weights [n], finite
   * @throws IllegalArgumentException if an argument is null, or there is not one finite weight for
   *     each token
   */
  public static WeightedLabels of(int[] tokens, double[] weights) {
    requireTokens(tokens);
    requireWeights(weights, tokens.length);
    return new WeightedLabels(tokens.clone(), weights.clone());
  }

  /**
   * Labels with the weight 1 / n each, for the mean.
   *
   * @throws IllegalArgumentException if {@code tokens} is null
   */
  public static WeightedLabels mean(int[] tokens) {
    requireTokens(tokens);
    double[] weights = new double[tokens.length];
    Arrays.fill(weights, 1.0 / tokens.length);
    return new WeightedLabels(tokens.clone(), weights);
  }

  /**
   * Checks labels against a vocabulary.
   *
   * @throws IllegalArgumentException if they are null or a token is not in the vocabulary
   */
  public static void require(WeightedLabels labels, int vocabulary) {
    Arguments.requireNonNull(labels, "labels", "Make them with WeightedLabels.mean(tokens).");
    Arguments.requireTokens(labels.tokens, vocabulary);
  }

  private static void requireTokens(int[] tokens) {
    Arguments.requireNonNull(tokens, "tokens", "Give a token for each row.");
  }

  private static void requireWeights(double[] weights, int count) {
    if (weights == null || weights.length != count) {
      throw new IllegalArgumentException(
          "Weights must be one for each of "
              + count
              + " labels, but are "
              + (weights == null ? "null" : weights.length)
              + ". Give 1 / n each for the mean.");
    }
    for (double weight : weights) {
      if (!Double.isFinite(weight)) {
        throw new IllegalArgumentException(
            "Weights of labels must be finite, but one is " + weight + ". Change it.");
      }
    }
  }

  /** The same tokens with each weight multiplied by a factor. */
  public WeightedLabels times(double factor) {
    double[] scaled = Arrays.stream(weights).map(weight -> weight * factor).toArray();
    requireWeights(scaled, tokens.length);
    return new WeightedLabels(tokens, scaled);
  }

  /**
   * The labels of some rows.
   *
   * @param from the first row
   * @param to the row after the last
   * @throws IndexOutOfBoundsException if there are no such rows
   */
  public WeightedLabels range(int from, int to) {
    Objects.checkFromToIndex(from, to, tokens.length); // copyOfRange would add zeros
    return new WeightedLabels(
        Arrays.copyOfRange(tokens, from, to), Arrays.copyOfRange(weights, from, to));
  }

  /** Number of labels, n. */
  public int size() {
    return tokens.length;
  }

  /** The tokens [n]; a copy. */
  public int[] tokens() {
    return tokens.clone();
  }

  /** The weights [n]; a copy. */
  public double[] weights() {
    return weights.clone();
  }
}
