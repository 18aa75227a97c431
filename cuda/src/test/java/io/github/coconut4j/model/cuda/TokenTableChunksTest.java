package io.github.coconut4j.model.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.coconut4j.model.Precision;
import io.github.coconut4j.model.backend.TokenTable;
import io.github.coconut4j.model.backend.WeightedLabels;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Logits that are computed for some rows at a time give the results of all rows at once. */
@OnCudaShim
class TokenTableChunksTest {

  private static final int VOCABULARY = 50;
  private static final int WIDTH = 12;
  private static final int ROWS = 10;
  private static final int[] TRAINED = {3, 17, 49};

  private final Random random = new Random(8);
  private final INDArray hidden = normal(ROWS);
  private final INDArray table = normal(VOCABULARY);
  private final WeightedLabels labels =
      WeightedLabels.of(
          random.ints(ROWS, 0, VOCABULARY).toArray(), random.doubles(ROWS, 0.5, 2).toArray());

  private INDArray normal(int rows) {
    float[] values = new float[rows * WIDTH];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return Nd4j.createFromArray(values).reshape(rows, WIDTH);
  }

  /** Loss and gradients. */
  private record Results(
      double loss, INDArray hiddenGradient, INDArray tableGradient, INDArray trainedGradient) {}

  private Results results(long rowsAtOnce) {
    INDArray hiddenGradient = Nd4j.zeros(DataType.FLOAT, ROWS, WIDTH);
    INDArray tableGradient = Nd4j.zeros(DataType.FLOAT, VOCABULARY, WIDTH);
    INDArray trainedGradient = Nd4j.zeros(DataType.FLOAT, TRAINED.length, WIDTH);
    try (TokenTable tokens =
        new CudaTokenTable(CudaRuntime.get(), VOCABULARY, WIDTH, Precision.FLOAT32, rowsAtOnce)) {
      double loss = tokens.crossEntropy(hidden, table, labels);
      tokens.crossEntropyGradients(hidden, table, labels, hiddenGradient, trainedGradient, TRAINED);
      tokens.crossEntropyGradients(hidden, table, labels, hiddenGradient, tableGradient, null);
      return new Results(loss, hiddenGradient, tableGradient, trainedGradient);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 4, 9})
  void resultsDoNotDependOnTheRowsAtOnce(long rowsAtOnce) {
    Results whole = results(ROWS);
    Results chunks = results(rowsAtOnce);

    assertThat(chunks.loss()).isEqualTo(whole.loss());
    assertThat(chunks.hiddenGradient()).isEqualTo(whole.hiddenGradient());
    assertThat(difference(chunks.tableGradient(), whole.tableGradient())).isLessThan(1e-6);
    assertThat(difference(chunks.trainedGradient(), whole.trainedGradient())).isLessThan(1e-6);
    assertThat(difference(chunks.trainedGradient(), whole.tableGradient().getRows(TRAINED)))
        .isLessThan(1e-6);
  }

  private static double difference(INDArray actual, INDArray expected) {
    return DeviceCheck.difference(
        actual.dup('c').data().asFloat(), expected.dup('c').data().asFloat());
  }
}
