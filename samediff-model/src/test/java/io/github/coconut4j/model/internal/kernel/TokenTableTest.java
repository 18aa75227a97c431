package io.github.coconut4j.model.internal.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.bytedeco.javacpp.FloatPointer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Look-up and tied cross-entropy against double-precision formulas and central differences. */
class TokenTableTest {

  private static final int WIDTH = 24;

  @ParameterizedTest
  @CsvSource({"7, 5, 1", "7, 5, 2", "300, 41, 2", "20011, 901, 2", "3, 1, 4"})
  void crossEntropyAndItsGradientsAgreeWithTheFormula(int vocabulary, int lines, int threads) {
    Random random = new Random(vocabulary);
    double[] table = ReferenceTransformer.normal(random, vocabulary * WIDTH, 0, 0.5);
    double[] hidden = ReferenceTransformer.normal(random, lines * WIDTH, 0, 1);
    int[] labels = random.ints(lines, 0, vocabulary).toArray();
    FloatPointer nativeTable = NativeTensors.of(table);
    FloatPointer nativeHidden = NativeTensors.of(hidden);
    FloatPointer dHidden = NativeTensors.unwritten(hidden.length);
    FloatPointer dTable = NativeTensors.unwritten(table.length);
    try (TokenTable tokens = new TokenTable(vocabulary, WIDTH, threads)) {
      double loss = tokens.crossEntropy(nativeTable, nativeHidden, labels);
      tokens.crossEntropyGradients(nativeTable, nativeHidden, labels, 3, dHidden, dTable);

      assertThat(loss).isCloseTo(loss(table, hidden, labels), within(1e-5 * (1 + loss)));
    }
    for (int sample = 0; sample < 5; sample++) {
      int at = random.nextInt(hidden.length);
      assertThat((double) dHidden.get(at))
          .isCloseTo(3 * difference(table, hidden, labels, hidden, at), within(1e-5));
    }
    for (int sample = 0; sample < 5; sample++) {
      int at = labels[random.nextInt(lines)] * WIDTH + random.nextInt(WIDTH);
      assertThat((double) dTable.get(at))
          .isCloseTo(3 * difference(table, hidden, labels, table, at), within(1e-5));
    }
  }

  @Test
  void aLabelWhoseProbabilityUnderflowsHasItsTrueLoss() {
    double[] table = {100, 0, -100, 0};
    double[] hidden = {2, 0};
    try (TokenTable tokens = new TokenTable(2, 2, 1)) {
      double loss =
          tokens.crossEntropy(NativeTensors.of(table), NativeTensors.of(hidden), new int[] {1});

      assertThat(loss).isCloseTo(400, within(1e-3));
    }
  }

  @Test
  void aTokenThatOccursTwiceGetsBothGradients() {
    int[] tokens = {2, 0, 2};
    double[] gradients = new double[3 * WIDTH];
    for (int i = 0; i < gradients.length; i++) {
      gradients[i] = i;
    }
    FloatPointer sums = NativeTensors.of(new double[3 * WIDTH]);
    try (TokenTable table = new TokenTable(3, WIDTH, 2)) {
      table.addLookUpGradients(tokens, NativeTensors.of(gradients), sums);
    }
    for (int i = 0; i < WIDTH; i++) {
      assertThat(sums.get(i)).isEqualTo(WIDTH + i);
      assertThat(sums.get(WIDTH + i)).isZero();
      assertThat(sums.get(2 * WIDTH + i)).isEqualTo(i + 2 * WIDTH + i);
    }
  }

  @Test
  void looksTokensUp() {
    double[] values = ReferenceTransformer.normal(new Random(1), 5 * WIDTH, 0, 1);
    int[] tokens = {4, 4, 0, 3};
    FloatPointer embeddings = NativeTensors.unwritten(4L * WIDTH);
    try (TokenTable table = new TokenTable(5, WIDTH, 3)) {
      table.lookUp(NativeTensors.of(values), tokens, embeddings);
    }
    for (int i = 0; i < 4 * WIDTH; i++) {
      assertThat((double) embeddings.get(i))
          .isEqualTo(values[tokens[i / WIDTH] * WIDTH + i % WIDTH]);
    }
  }

  @Test
  void refusesAnUnknownToken() {
    try (TokenTable table = new TokenTable(5, WIDTH, 1)) {
      FloatPointer values = NativeTensors.of(new double[5 * WIDTH]);

      assertThatThrownBy(() -> table.lookUp(values, new int[] {5}, values))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("from 0 to 4; found 5");
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
    double sum = 0;
    for (int line = 0; line < labels.length; line++) {
      double total = 0;
      double labelled = 0;
      for (int token = 0; token < table.length / WIDTH; token++) {
        double score = 0;
        for (int i = 0; i < WIDTH; i++) {
          score += hidden[line * WIDTH + i] * table[token * WIDTH + i];
        }
        total += Math.exp(score);
        labelled = token == labels[line] ? score : labelled;
      }
      sum += Math.log(total) - labelled;
    }
    return sum / labels.length;
  }
}
