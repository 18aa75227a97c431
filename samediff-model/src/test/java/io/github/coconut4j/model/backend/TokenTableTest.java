package io.github.coconut4j.model.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.coconut4j.model.ArrayDifference;
import io.github.coconut4j.model.loop.ReferenceTransformer;
import java.util.List;
import java.util.Random;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Look-up and tied cross-entropy against double-precision formulas and central differences. */
class TokenTableTest {

  private static final int WIDTH = 24;

  private final int threadsBefore = CpuThreads.count();

  static List<String> backends() {
    return List.of("onednn", "nd4j");
  }

  /** Backend, vocabulary, rows and threads. */
  static List<Arguments> sizes() {
    return List.of(
        Arguments.of("onednn", 7, 5, 1),
        Arguments.of("onednn", 7, 5, 2),
        Arguments.of("onednn", 300, 41, 2),
        Arguments.of("onednn", 3, 1, 4),
        Arguments.of("nd4j", 300, 41, 1));
  }

  static List<Arguments> weightedSizes() {
    return List.of(
        Arguments.of("onednn", 300, 41, 2),
        Arguments.of("onednn", 20_011, 901, 2),
        Arguments.of("onednn", 3, 1, 4),
        Arguments.of("nd4j", 300, 41, 1));
  }

  @AfterEach
  void restoreThreads() {
    CpuThreads.setCount(threadsBefore);
  }

  private static TokenTable tokenTable(String backend, int vocabulary, int width, int threads) {
    CpuThreads.setCount(threads);
    return Backends.named(backend).tokenTable(DataType.FLOAT, vocabulary, width);
  }

  private static INDArray array(double[] values, int columns) {
    float[] floats = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      floats[i] = (float) values[i];
    }
    return Nd4j.createFromArray(floats).reshape(values.length / columns, columns);
  }

  private static INDArray unwritten(long rows) {
    return Nd4j.valueArrayOf(new long[] {rows, WIDTH}, 12345f);
  }

  @ParameterizedTest
  @MethodSource("sizes")
  void crossEntropyAndItsGradientsAgreeWithTheFormula(
      String backend, int vocabulary, int rows, int threads) {
    Random random = new Random(vocabulary);
    double[] table = ReferenceTransformer.normal(random, vocabulary * WIDTH, 0, 0.5);
    double[] hidden = ReferenceTransformer.normal(random, rows * WIDTH, 0, 1);
    int[] labels = random.ints(rows, 0, vocabulary).toArray();
    INDArray dHidden = unwritten(rows);
    INDArray dTable = unwritten(vocabulary);
    try (TokenTable tokens = tokenTable(backend, vocabulary, WIDTH, threads)) {
      INDArray values = array(table, WIDTH);
      INDArray states = array(hidden, WIDTH);
      WeightedLabels mean = WeightedLabels.mean(labels);
      double loss = tokens.crossEntropy(states, values, mean);
      tokens.crossEntropyGradients(states, values, mean.times(3), dHidden, dTable);
      INDArray withFrozenTable = unwritten(rows);
      tokens.crossEntropyGradients(states, values, mean.times(3), withFrozenTable, null);
      assertThat(ArrayDifference.between(withFrozenTable, dHidden).isWithin(1e-6)).isTrue();
      assertThat(loss).isCloseTo(loss(table, hidden, labels), within(1e-5 * (1 + loss)));
    }
    for (int sample = 0; sample < 5; sample++) {
      int at = random.nextInt(hidden.length);
      assertThat(dHidden.getDouble(at / WIDTH, at % WIDTH))
          .isCloseTo(3 * difference(table, hidden, labels, hidden, at), within(1e-5));
    }
    for (int sample = 0; sample < 5; sample++) {
      int at = labels[random.nextInt(rows)] * WIDTH + random.nextInt(WIDTH);
      assertThat(dTable.getDouble(at / WIDTH, at % WIDTH))
          .isCloseTo(3 * difference(table, hidden, labels, table, at), within(1e-5));
    }
  }

  /** A vocabulary of 20011 is computed in several chunks. */
  @ParameterizedTest
  @MethodSource("weightedSizes")
  void weightsMultiplyEachLabelsLossAndGradient(
      String backend, int vocabulary, int rows, int threads) {
    Random random = new Random(rows);
    double[] table = ReferenceTransformer.normal(random, vocabulary * WIDTH, 0, 0.5);
    double[] hidden = ReferenceTransformer.normal(random, rows * WIDTH, 0, 1);
    int[] labels = random.ints(rows, 0, vocabulary).toArray();
    double[] weights = random.doubles(rows, -1, 2).toArray();
    weights[rows / 2] = 0;
    INDArray dHidden = unwritten(rows);
    INDArray dTable = unwritten(vocabulary);
    double loss;
    try (TokenTable tokens = tokenTable(backend, vocabulary, WIDTH, threads)) {
      INDArray values = array(table, WIDTH);
      INDArray states = array(hidden, WIDTH);
      WeightedLabels weighted = WeightedLabels.of(labels, weights);
      loss = tokens.crossEntropy(states, values, weighted);
      tokens.crossEntropyGradients(states, values, weighted, dHidden, dTable);
      INDArray withFrozenTable = unwritten(rows);
      tokens.crossEntropyGradients(states, values, weighted, withFrozenTable, null);
      assertThat(ArrayDifference.between(withFrozenTable, dHidden).isWithin(1e-6)).isTrue();
    }

    double[] logTotals = logTotals(table, hidden);
    double[] losses =
        IntStream.range(0, rows)
            .mapToDouble(
                row -> weights[row] * (logTotals[row] - score(table, labels[row], hidden, row)))
            .toArray();
    assertThat(loss)
        .isCloseTo(
            DoubleStream.of(losses).sum(),
            within(1e-5 + 1e-6 * DoubleStream.of(losses).map(Math::abs).sum()));
    for (int row : List.of(0, rows / 2, random.nextInt(rows), rows - 1)) {
      double[] expected = new double[WIDTH];
      for (int token = 0; token < vocabulary; token++) {
        double share = Math.exp(score(table, token, hidden, row) - logTotals[row]);
        double factor = weights[row] * (share - (token == labels[row] ? 1 : 0));
        addRow(expected, factor, table, token);
      }
      assertRow(dHidden, row, expected);
    }
    for (int token : List.of(0, labels[0], labels[random.nextInt(rows)], vocabulary - 1)) {
      double[] expected = new double[WIDTH];
      for (int row = 0; row < rows; row++) {
        double share = Math.exp(score(table, token, hidden, row) - logTotals[row]);
        double factor = weights[row] * (share - (token == labels[row] ? 1 : 0));
        addRow(expected, factor, hidden, row);
      }
      assertRow(dTable, token, expected);
    }
  }

  private static void addRow(double[] sum, double factor, double[] matrix, int row) {
    for (int i = 0; i < WIDTH; i++) {
      sum[i] += factor * matrix[row * WIDTH + i];
    }
  }

  private static void assertRow(INDArray actual, int row, double[] expected) {
    for (int i = 0; i < WIDTH; i++) {
      assertThat(actual.getDouble(row, i))
          .as("row %d, column %d", row, i)
          .isCloseTo(expected[i], within(2e-5));
    }
  }

  @ParameterizedTest
  @MethodSource("backends")
  void aLabelWhoseProbabilityUnderflowsHasItsTrueLoss(String backend) {
    INDArray table = array(new double[] {100, 0, -100, 0}, 2);
    try (TokenTable tokens = tokenTable(backend, 2, 2, 1)) {
      INDArray hidden = array(new double[] {2, 0}, 2);
      double loss = tokens.crossEntropy(hidden, table, WeightedLabels.mean(new int[] {1}));
      assertThat(loss).isCloseTo(400, within(1e-3));
    }
  }

  @ParameterizedTest
  @MethodSource("backends")
  void aTokenThatOccursTwiceGetsBothGradients(String backend) {
    double[] gradients = new double[3 * WIDTH];
    for (int i = 0; i < gradients.length; i++) {
      gradients[i] = i;
    }
    INDArray sums = Nd4j.zeros(DataType.FLOAT, 3, WIDTH);
    try (TokenTable table = tokenTable(backend, 3, WIDTH, 2)) {
      table.scatterAdd(array(gradients, WIDTH), new int[] {2, 0, 2}, sums);
    }
    for (int i = 0; i < WIDTH; i++) {
      assertThat(sums.getDouble(0, i)).isEqualTo(WIDTH + i);
      assertThat(sums.getDouble(1, i)).isZero();
      assertThat(sums.getDouble(2, i)).isEqualTo(i + 2 * WIDTH + i);
    }
  }

  @ParameterizedTest
  @MethodSource("backends")
  void looksTokensUp(String backend) {
    double[] values = ReferenceTransformer.normal(new Random(1), 5 * WIDTH, 0, 1);
    int[] tokens = {4, 4, 0, 3};
    INDArray embeddings = unwritten(4);
    try (TokenTable table = tokenTable(backend, 5, WIDTH, 3)) {
      table.lookUp(array(values, WIDTH), tokens, embeddings);
    }
    for (int i = 0; i < 4 * WIDTH; i++) {
      assertThat(embeddings.getDouble(i / WIDTH, i % WIDTH))
          .isEqualTo(values[tokens[i / WIDTH] * WIDTH + i % WIDTH]);
    }
  }

  @ParameterizedTest
  @MethodSource("backends")
  void logitsAreProductsWithTheTable(String backend) {
    double[] table = ReferenceTransformer.normal(new Random(1), 5 * WIDTH, 0, 1);
    double[] hidden = ReferenceTransformer.normal(new Random(2), 3 * WIDTH, 0, 1);
    INDArray logits = Nd4j.valueArrayOf(new long[] {3, 5}, 12345f);
    try (TokenTable tokens = tokenTable(backend, 5, WIDTH, 2)) {
      tokens.logits(array(table, WIDTH), array(hidden, WIDTH), logits);
    }
    for (int row = 0; row < 3; row++) {
      for (int token = 0; token < 5; token++) {
        double score = 0;
        for (int i = 0; i < WIDTH; i++) {
          score += hidden[row * WIDTH + i] * table[token * WIDTH + i];
        }
        assertThat(logits.getDouble(row, token)).isCloseTo(score, within(1e-5));
      }
    }
  }

  private static double difference(
      double[] table, double[] hidden, int[] labels, double[] tensor, int index) {
    double value = tensor[index];
    tensor[index] = value + 1e-5;
    double above = loss(table, hidden, labels);
    tensor[index] = value - 1e-5;
    double below = loss(table, hidden, labels);
    tensor[index] = value;
    return (above - below) / 2e-5;
  }

  private static double loss(double[] table, double[] hidden, int[] labels) {
    double[] logTotals = logTotals(table, hidden);
    double sum = 0;
    for (int row = 0; row < labels.length; row++) {
      sum += logTotals[row] - score(table, labels[row], hidden, row);
    }
    return sum / labels.length;
  }

  /** For each row the logarithm of the sum of exp(score) over all tokens. */
  private static double[] logTotals(double[] table, double[] hidden) {
    double[] logTotals = new double[hidden.length / WIDTH];
    for (int row = 0; row < logTotals.length; row++) {
      double total = 0;
      for (int token = 0; token < table.length / WIDTH; token++) {
        total += Math.exp(score(table, token, hidden, row));
      }
      logTotals[row] = Math.log(total);
    }
    return logTotals;
  }

  private static double score(double[] table, int token, double[] hidden, int row) {
    double score = 0;
    for (int i = 0; i < WIDTH; i++) {
      score += hidden[row * WIDTH + i] * table[token * WIDTH + i];
    }
    return score;
  }
}
