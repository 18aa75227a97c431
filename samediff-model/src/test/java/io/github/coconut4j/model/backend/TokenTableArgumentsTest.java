package io.github.coconut4j.model.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** A token table rejects arguments that would make native code access other memory. */
class TokenTableArgumentsTest {

  private static final int VOCABULARY = 5;
  private static final int WIDTH = 24;

  static List<String> backends() {
    return List.of("onednn", "nd4j");
  }

  private static TokenTable tokenTable(String backend) {
    return Backends.named(backend).tokenTable(DataType.FLOAT, VOCABULARY, WIDTH);
  }

  private static INDArray unwritten(long rows) {
    return Nd4j.valueArrayOf(new long[] {rows, WIDTH}, 12345f);
  }

  private static INDArray ones(DataType type, long... shape) {
    return Nd4j.ones(type, shape);
  }

  @ParameterizedTest
  @MethodSource("backends")
  void refusesAnUnknownToken(String backend) {
    try (TokenTable table = tokenTable(backend)) {
      assertThatThrownBy(() -> table.lookUp(unwritten(5), new int[] {5}, unwritten(1)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContainingAll("0", "4", "5");
    }
  }

  @Test
  void weightsAreOneForEachLabelAndFinite() {
    int[] tokens = {1, 2};
    double[][] wrong = {null, {}, {1}, {1, 1, 1}, {1, Double.NaN}, {Double.NEGATIVE_INFINITY, 1}};
    for (double[] weights : wrong) {
      assertRefused(() -> WeightedLabels.of(tokens, weights));
    }
    assertRefused(() -> WeightedLabels.of(null, new double[2]));
    assertRefused(() -> WeightedLabels.mean(tokens).times(Double.NaN));
    assertThatThrownBy(() -> WeightedLabels.mean(tokens).range(1, 3))
        .isInstanceOf(IndexOutOfBoundsException.class);
  }

  @ParameterizedTest
  @MethodSource("backends")
  void arraysHaveTheTablesTypeAndWidthAndARowForEachToken(String backend) {
    INDArray values = ones(DataType.FLOAT, 5, WIDTH);
    int[] tokens = {1, 2, 3};
    WeightedLabels labels = WeightedLabels.mean(tokens);
    try (TokenTable table = tokenTable(backend)) {
      for (INDArray rows : rowsOtherThan3()) {
        assertRefused(() -> table.lookUp(values, tokens, rows));
        assertRefused(() -> table.scatterAdd(rows, tokens, values));
        assertRefused(() -> table.crossEntropy(rows, values, labels));
        assertRefused(() -> gradients(table, rows, values, unwritten(3), unwritten(5)));
        assertRefused(() -> gradients(table, unwritten(3), values, rows, unwritten(5)));
      }
      for (INDArray other : tablesOtherThan5()) {
        assertRefused(() -> table.lookUp(other, tokens, unwritten(3)));
        assertRefused(() -> table.scatterAdd(unwritten(3), tokens, other));
        assertRefused(() -> table.logits(other, unwritten(3), ones(DataType.FLOAT, 3, 5)));
        assertRefused(() -> table.crossEntropy(unwritten(3), other, labels));
        assertRefused(() -> gradients(table, unwritten(3), other, unwritten(3), unwritten(5)));
        assertRefused(() -> gradients(table, unwritten(3), values, unwritten(3), other));
      }
      assertRefused(() -> table.logits(values, unwritten(3), ones(DataType.FLOAT, 3, 4)));
      assertRefused(() -> table.logits(values, unwritten(3), ones(DataType.FLOAT, 2, 5)));
      assertRefused(() -> table.logits(values, unwritten(3), ones(DataType.DOUBLE, 3, 5)));
    }
    assertThat(values).isEqualTo(ones(DataType.FLOAT, 5, WIDTH));
  }

  private static List<INDArray> rowsOtherThan3() {
    return List.of(
        unwritten(2),
        unwritten(4),
        ones(DataType.FLOAT, 3, WIDTH - 1),
        ones(DataType.FLOAT, 3, WIDTH + 1),
        ones(DataType.FLOAT, 3L * WIDTH),
        ones(DataType.FLOAT16, 3, WIDTH),
        ones(DataType.DOUBLE, 3, WIDTH));
  }

  private static List<INDArray> tablesOtherThan5() {
    return List.of(
        unwritten(4),
        unwritten(6),
        ones(DataType.FLOAT, 5, WIDTH + 1),
        ones(DataType.FLOAT16, 5, WIDTH),
        ones(DataType.DOUBLE, 5, WIDTH));
  }

  private static void gradients(
      TokenTable table,
      INDArray hidden,
      INDArray values,
      INDArray hiddenGradient,
      INDArray tableGradient) {
    WeightedLabels labels = WeightedLabels.mean(new int[] {1, 2, 3});
    table.crossEntropyGradients(hidden, values, labels, hiddenGradient, tableGradient);
  }

  private static void assertRefused(ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageMatching("(?s).* but .*");
  }

  @ParameterizedTest
  @MethodSource("backends")
  void closedArraysAreRefused(String backend) {
    INDArray closed = unwritten(5);
    closed.close();
    try (TokenTable table = tokenTable(backend)) {
      for (ThrowingCallable call :
          List.<ThrowingCallable>of(
              () -> table.lookUp(closed, new int[] {1}, unwritten(1)),
              () -> table.lookUp(unwritten(5), new int[5], closed),
              () -> table.scatterAdd(closed, new int[5], unwritten(5)),
              () -> table.logits(closed, unwritten(1), ones(DataType.FLOAT, 1, 5)),
              () -> table.logits(unwritten(5), closed, ones(DataType.FLOAT, 5, 5)),
              () -> table.crossEntropy(closed, unwritten(5), WeightedLabels.mean(new int[5])))) {
        assertThatThrownBy(call)
            .isInstanceOf(IllegalStateException.class)
            .hasMessageContaining("closed");
      }
    }
  }

  @ParameterizedTest
  @MethodSource("backends")
  void missingArgumentsAreRefused(String backend) {
    INDArray rows = unwritten(1);
    INDArray values = unwritten(5);
    int[] tokens = {1};
    WeightedLabels labels = WeightedLabels.mean(tokens);
    try (TokenTable table = tokenTable(backend)) {
      for (ThrowingCallable call :
          List.<ThrowingCallable>of(
              () -> table.lookUp(values, null, rows),
              () -> table.lookUp(null, tokens, rows),
              () -> table.lookUp(values, tokens, null),
              () -> table.scatterAdd(rows, null, values),
              () -> table.scatterAdd(null, tokens, values),
              () -> table.scatterAdd(rows, tokens, null),
              () -> table.logits(null, rows, ones(DataType.FLOAT, 1, 5)),
              () -> table.logits(values, null, ones(DataType.FLOAT, 1, 5)),
              () -> table.logits(values, rows, null),
              () -> table.crossEntropy(rows, values, null),
              () -> table.crossEntropy(null, values, labels),
              () -> table.crossEntropy(rows, null, labels),
              () -> table.crossEntropyGradients(rows, values, null, rows, values),
              () -> table.crossEntropyGradients(null, values, labels, rows, values),
              () -> table.crossEntropyGradients(rows, null, labels, rows, values),
              () -> table.crossEntropyGradients(rows, values, labels, null, values))) {
        assertThatThrownBy(call)
            .isExactlyInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("null");
      }
    }
  }
}
