package io.github.coconut4j.model.objective;

/** The weight of a term of an objective. */
final class Weight {

  private Weight() {}

  /**
   * Checks a weight and returns it.
   *
   * @throws IllegalArgumentException if it is negative or not finite
   */
  static double checked(String name, double weight) {
    if (!(weight >= 0) || Double.isInfinite(weight)) {
      throw new IllegalArgumentException(
          "An objective's %s must be a finite number of at least 0, but is %s. Change it."
              .formatted(name, weight));
    }
    return weight;
  }
}
