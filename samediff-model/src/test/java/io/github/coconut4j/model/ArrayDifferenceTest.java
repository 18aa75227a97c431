package io.github.coconut4j.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.INDArrayIndex;
import org.nd4j.linalg.indexing.NDArrayIndex;

class ArrayDifferenceTest {

  private static final INDArray EXPECTED =
      Nd4j.createFromArray(new float[][] {{1, -4, 2}, {0, 3, 1}});

  private static INDArray with(int row, int column, double value) {
    return EXPECTED.dup().putScalar(row, column, value);
  }

  @Test
  void isTheLargestOfAllElements() {
    ArrayDifference difference = ArrayDifference.between(with(1, 2, 1.5), EXPECTED);

    assertThat(difference.getLargest()).isCloseTo(0.5, within(1e-7));
    assertThat(difference.getMagnitude()).isEqualTo(4);
    assertThat(difference.relative()).isCloseTo(0.125, within(1e-7));
    assertThat(difference.isWithin(0.4)).isFalse();
    assertThat(difference.isWithin(0.6)).isTrue();
    assertThat(difference).hasToString("element 5 of [2, 3] is 1.5 where 1.0 was expected");
  }

  @Test
  void isZeroOfEqualArrays() {
    assertThat(ArrayDifference.between(EXPECTED, EXPECTED.dup('f')).isWithin(0)).isTrue();
  }

  /** {@code amaxNumber} passes over NaN, and {@code equals} takes infinity for any number. */
  @ParameterizedTest
  @ValueSource(doubles = {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY})
  void noNumberOnEitherSideIsEverClose(double none) {
    for (int element = 0; element < EXPECTED.length(); element++) {
      INDArray broken = with(element / 3, element % 3, none);
      assertNeverClose(ArrayDifference.between(broken, EXPECTED), none);
      assertNeverClose(ArrayDifference.between(EXPECTED, broken), none);
      assertNeverClose(ArrayDifference.between(broken, broken.dup()), none);
    }
  }

  private static void assertNeverClose(ArrayDifference difference, double none) {
    assertThat(difference.getLargest()).isNaN();
    assertThat(difference.relative()).isNaN();
    assertThat(difference.isWithin(Double.MAX_VALUE)).isFalse();
    assertThat(difference.toString()).contains("" + none);
  }

  @Test
  void isAbsoluteWhereZerosAreExpected() {
    INDArray zeros = Nd4j.zeros(3);

    assertThat(ArrayDifference.between(zeros.add(1e-6), zeros).relative())
        .isCloseTo(1e-6, within(1e-12));
  }

  @Test
  void aMaskLeavesOutWhatMeansNothing() {
    INDArray mask = Nd4j.createFromArray(new int[][] {{1, 0, 1}, {1, 1, 1}});
    INDArray broken = with(0, 1, Double.NaN);

    assertThat(ArrayDifference.between(broken, EXPECTED, mask).isWithin(0)).isTrue();
    assertThat(ArrayDifference.between(with(0, 2, 3), EXPECTED, mask).getLargest()).isEqualTo(1);
    assertThat(
            ArrayDifference.between(Nd4j.expandDims(broken, 2), Nd4j.expandDims(EXPECTED, 2), mask)
                .isWithin(0))
        .isTrue();
  }

  @Test
  void viewsAreComparedElementByElement() {
    INDArray both = Nd4j.concat(1, EXPECTED, with(0, 0, 7));
    INDArray left = both.get(NDArrayIndex.all(), columns(0));
    INDArray right = both.get(NDArrayIndex.all(), columns(3));

    assertThat(ArrayDifference.between(left, EXPECTED).isWithin(0)).isTrue();
    assertThat(ArrayDifference.between(right, EXPECTED).getLargest()).isEqualTo(6);
    assertThat(ArrayDifference.between(EXPECTED.transpose(), EXPECTED.transpose()).isWithin(0))
        .isTrue();
  }

  private static INDArrayIndex columns(int from) {
    return NDArrayIndex.interval(from, from + 3);
  }

  @Test
  void arraysOfTheSameNamesAreComparedByName() {
    Map<String, ArrayDifference> differences =
        ArrayDifference.between(
            Map.of("a", EXPECTED, "b", with(1, 0, 1)), Map.of("a", EXPECTED, "b", EXPECTED));

    assertThat(differences.get("a").getLargest()).isZero();
    assertThat(differences.get("b").getLargest()).isEqualTo(1);
  }

  @Test
  void whatCannotBeComparedIsRefused() {
    INDArray allPadding = Nd4j.createFromArray(new int[][] {{0, 0, 0}, {0, 0, 0}});
    INDArray otherBatch = Nd4j.createFromArray(new int[][] {{1, 1}, {1, 1}});

    assertRefused(() -> ArrayDifference.between(EXPECTED, EXPECTED.transpose()), "the same shape");
    assertRefused(
        () -> ArrayDifference.between(EXPECTED, EXPECTED.reshape(1, 2, 3)), "the same shape");
    assertRefused(() -> ArrayDifference.between(EXPECTED, EXPECTED, allPadding), "that counts");
    assertRefused(() -> ArrayDifference.between(EXPECTED, EXPECTED, otherBatch), "[2, 2]");
    assertRefused(() -> ArrayDifference.between(Nd4j.empty(), Nd4j.empty()), "that counts");
    assertRefused(() -> ArrayDifference.between(Map.of(), Map.of()), "the same names");
    assertRefused(
        () -> ArrayDifference.between(Map.of("a", EXPECTED), Map.of("b", EXPECTED)), "[a] and [b]");
  }

  private static void assertRefused(ThrowingCallable comparison, String message) {
    assertThatThrownBy(comparison)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }
}
