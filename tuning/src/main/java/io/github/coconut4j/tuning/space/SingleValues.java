package io.github.coconut4j.tuning.space;

import org.deeplearning4j.arbiter.optimize.api.ParameterSpace;
import org.deeplearning4j.arbiter.optimize.parameter.FixedValue;
import org.deeplearning4j.arbiter.optimize.parameter.discrete.DiscreteParameterSpace;
import org.deeplearning4j.arbiter.optimize.parameter.integer.IntegerParameterSpace;

/** Recognises spaces with one value. */
final class SingleValues {

  private SingleValues() {}

  /** The space, or a fixed space with its only value. */
  static ParameterSpace<?> fixed(ParameterSpace<?> space) {
    boolean single =
        (space instanceof DiscreteParameterSpace<?> discrete && discrete.numValues() == 1)
            || (space instanceof IntegerParameterSpace integer
                && integer.getMin() == integer.getMax());
    if (!single) {
      return space;
    }
    space.setIndices(0); // Arbiter returns no value before this
    return new FixedValue<Object>(space.getValue(new double[1]));
  }
}
