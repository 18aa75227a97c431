package io.github.coconut4j.generate;

import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * Samples from the smallest set of tokens whose probabilities sum to {@code topP}.
 *
 * <p>Every prompt has its own random stream, so that its result does not depend on the other
 * prompts of a batch. Source: Holtzman et al., arXiv 1904.09751, section 3.1.
 */
final class NucleusSampler implements TokenSampler {

  private final double temperature;
  private final double topP;
  private final long streamSeed;
  private final Map<Integer, SplittableRandom> streams = new HashMap<>();

  /**
   * Makes a sampler.
   *
   * @param temperature divides the scores; finite and above 0
   * @param topP in (0, 1]
   * @throws IllegalArgumentException if a value is out of its range
   */
  public NucleusSampler(double temperature, double topP, long seed) {
    if (!(temperature > 0) || Double.isInfinite(temperature)) {
      throw new IllegalArgumentException(
          "The temperature needs to be finite and above 0 but is "
              + temperature
              + ". Use 0.1 to 1.5.");
    }
    requireTopP(topP);
    this.temperature = temperature;
    this.topP = topP;
    this.streamSeed = new SplittableRandom(seed).nextLong();
  }

  static void requireTopP(double topP) {
    if (!(topP > 0 && topP <= 1)) {
      throw new IllegalArgumentException(
          "top-p needs to be above 0 and at most 1 but is " + topP + ". Use 1 for all tokens.");
    }
  }

  @Override
  public int next(float[] logits, int prompt) {
    double[] probabilities = softmax(logits, prompt);
    double uniform = stream(prompt).nextDouble();
    if (topP == 1) {
      int[] tokens = likeliest(probabilities, uniform);
      return draw(tokens, tokens.length, probabilities, uniform);
    }
    int[] tokens = likeliest(probabilities, topP);
    int kept = 0;
    double mass = 0;
    while (kept < tokens.length && mass < topP) {
      mass += probabilities[tokens[kept++]];
    }
    return draw(tokens, kept, probabilities, mass * uniform);
  }

  /**
   * The likeliest tokens in order, with more than a share of the probability. Sorting all of a
   * large vocabulary would take longer than computing its scores.
   *
   * @param share in [0, 1)
   */
  private static int[] likeliest(double[] probabilities, double share) {
    // The tokens below it have less than half of the rest, whatever is rounded.
    double least = (1 - share) / 2 / probabilities.length;
    return IntStream.range(0, probabilities.length)
        .filter(token -> probabilities[token] >= least)
        .boxed()
        .sorted((a, b) -> Double.compare(probabilities[b], probabilities[a]))
        .mapToInt(Integer::intValue)
        .toArray();
  }

  private static int draw(int[] tokens, int kept, double[] probabilities, double point) {
    double below = 0;
    for (int i = 0; i < kept; i++) {
      below += probabilities[tokens[i]];
      if (point < below) {
        return tokens[i];
      }
    }
    return tokens[kept - 1];
  }

  private double[] softmax(float[] logits, int prompt) {
    double max = IntStream.range(0, logits.length).mapToDouble(i -> logits[i]).max().orElseThrow();
    if (!Double.isFinite(max)) {
      throw TokenSampler.notFinite("prompt " + prompt, max);
    }
    double[] weights = new double[logits.length];
    double sum = 0;
    for (int i = 0; i < logits.length; i++) {
      weights[i] = Math.exp((logits[i] - max) / temperature);
      sum += weights[i];
    }
    for (int i = 0; i < weights.length; i++) {
      weights[i] /= sum;
    }
    return weights;
  }

  private SplittableRandom stream(int prompt) {
    return streams.computeIfAbsent(prompt, index -> new SplittableRandom(streamSeed ^ index));
  }
}
