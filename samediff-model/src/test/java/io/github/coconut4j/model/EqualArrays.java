package io.github.coconut4j.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Equal to the last bit and finite. ND4J's {@code equals} takes infinity for any number and calls
 * all small numbers equal.
 */
public final class EqualArrays {

  private EqualArrays() {}

  /** Demands the same arrays under the same names. */
  public static void assertEqual(Map<String, INDArray> actual, Map<String, INDArray> expected) {
    assertThat(ArrayDifference.between(actual, expected))
        .allSatisfy(
            (name, difference) ->
                assertThat(difference).matches(d -> d.isWithin(0), "finite and equal"));
  }

  /** Demands the same parameters. */
  public static void assertEqual(Weights actual, Weights expected) {
    assertEqual(actual.asMap(), expected.asMap());
  }
}
