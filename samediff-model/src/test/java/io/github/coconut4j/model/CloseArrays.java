package io.github.coconut4j.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Equal up to rounding. An array with an element that is not finite is close to none. */
public final class CloseArrays {

  /** What an array whose expected elements are all 0 may differ by. */
  private static final double LEAST = 1e-6;

  private CloseArrays() {}

  /**
   * Requires close arrays under the same names.
   *
   * @param relative largest difference, as a fraction of an expected array's largest magnitude
   */
  public static void assertClose(
      Map<String, INDArray> actual, Map<String, INDArray> expected, double relative) {
    assertThat(ArrayDifference.between(actual, expected))
        .allSatisfy(
            (name, difference) ->
                assertThat(difference)
                    .as(name)
                    .matches(
                        d -> d.isWithin(relative * d.getMagnitude() + LEAST),
                        "within " + relative));
  }

  /**
   * Requires close arrays.
   *
   * @param bound largest difference of two elements
   */
  public static void assertWithin(double bound, INDArray actual, INDArray expected) {
    assertThat(ArrayDifference.between(actual, expected))
        .matches(difference -> difference.isWithin(bound), "within " + bound);
  }
}
