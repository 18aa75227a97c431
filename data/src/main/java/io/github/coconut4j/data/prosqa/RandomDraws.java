package io.github.coconut4j.data.prosqa;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.random.RandomGenerator;

/** Samples from distributions that {@link RandomGenerator} does not offer. */
final class RandomDraws {

  private RandomDraws() {}

  /** A Poisson random number, by multiplying uniform ones (Knuth); for small means. */
  static int poisson(double mean, RandomGenerator random) {
    double limit = Math.exp(-mean);
    int count = 0;
    for (double product = random.nextDouble(); product > limit; product *= random.nextDouble()) {
      count++;
    }
    return count;
  }

  /** An index with probability proportional to its weight, or -1 if all weights are 0. */
  static int weighted(double[] weights, RandomGenerator random) {
    double sum = 0;
    for (double weight : weights) {
      sum += weight;
    }
    double left = random.nextDouble() * sum;
    int last = -1;
    for (int i = 0; i < weights.length; i++) {
      if (weights[i] > 0) {
        last = i;
        left -= weights[i];
        if (left < 0) {
          return i;
        }
      }
    }
    return last;
  }

  /** One element, all with equal probability. */
  static <T> T element(List<T> elements, RandomGenerator random) {
    return elements.get(random.nextInt(elements.size()));
  }

  /** The elements in random order, all orders with equal probability (Fisher and Yates). */
  static <T> List<T> shuffled(List<T> elements, RandomGenerator random) {
    List<T> shuffled = new ArrayList<>(elements);
    for (int i = shuffled.size() - 1; i > 0; i--) {
      Collections.swap(shuffled, i, random.nextInt(i + 1));
    }
    return shuffled;
  }
}
