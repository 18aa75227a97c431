package io.github.coconut4j.model.latent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.function.BiFunction;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;

/** A batch's arrays are checked when it is built. */
class LatentBatchTest {

  private static final List<
          BiFunction<LatentBatch.LatentBatchBuilder, INDArray, LatentBatch.LatentBatchBuilder>>
      ARRAYS =
          List.of(
              LatentBatch.LatentBatchBuilder::inputIds,
              LatentBatch.LatentBatchBuilder::positionIds,
              LatentBatch.LatentBatchBuilder::attentionMask,
              LatentBatch.LatentBatchBuilder::latentMask,
              LatentBatch.LatentBatchBuilder::labels);

  private static LatentBatch.LatentBatchBuilder whole() {
    return LatentBatch.builder()
        .inputIds(Nd4j.ones(DataType.INT32, 2, 3))
        .positionIds(Nd4j.ones(DataType.INT32, 2, 3))
        .attentionMask(Nd4j.ones(DataType.INT32, 2, 3))
        .latentMask(Nd4j.zeros(DataType.INT32, 2, 3))
        .labels(Nd4j.ones(DataType.INT32, 2, 3));
  }

  private static void assertRefused(INDArray array, String found) {
    for (var setter : ARRAYS) {
      LatentBatch.LatentBatchBuilder builder = setter.apply(whole(), array);
      assertThatThrownBy(builder::build)
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("INT32 values of one shape")
          .hasMessageContaining(found);
    }
  }

  @Test
  void closedArraysAreRefused() {
    INDArray closed = Nd4j.ones(DataType.INT32, 2, 3);
    closed.close();
    assertRefused(closed, "an array that was closed");
  }

  @Test
  void aBatchOfSeveralArraysOfLabelsIsRefused() {
    INDArray ones = Nd4j.ones(DataType.INT32, 2, 3);
    INDArray[] features = {ones, ones, ones, Nd4j.zeros(DataType.INT32, 2, 3)};
    assertThat(LatentBatch.of(new MultiDataSet(features, new INDArray[] {ones})).getLabels())
        .isSameAs(ones);
    MultiDataSet two = new MultiDataSet(features, new INDArray[] {ones, ones});
    assertThatThrownBy(() -> LatentBatch.of(two))
        .isExactlyInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("one array of labels or none, but 2");
  }

  @Test
  void supervisionIsOfTheShapesThatItNeeds() {
    INDArray teachers = Nd4j.valueArrayOf(new long[] {2, 3}, Supervision.NONE, DataType.INT32);
    INDArray tokens = Nd4j.ones(DataType.INT32, 2, 1, 1);
    for (INDArray wrong :
        List.of(
            Nd4j.scalar(1),
            Nd4j.ones(DataType.INT32, 2),
            Nd4j.ones(DataType.INT32, 2, 1),
            Nd4j.ones(DataType.INT32, 3, 1, 1),
            Nd4j.ones(DataType.INT32, 2, 1, 1, 1),
            Nd4j.ones(DataType.FLOAT, 2, 1, 1))) {
      assertRefused(
          Supervision.builder().teachers(teachers).steps(wrong),
          "steps must be INT of shape [2, any, any]");
      assertRefused(
          Supervision.builder().teachers(teachers).targetTokens(wrong).targetProbabilities(tokens),
          "targetTokens must be INT of shape [2, any, any]");
    }
    assertRefused(
        Supervision.builder().teachers(teachers).targetTokens(tokens), "only the tokens are given");
    assertRefused(
        Supervision.builder().teachers(teachers).targetProbabilities(tokens),
        "only the probabilities are given");
    assertRefused(Supervision.builder().teachers(Nd4j.scalar(1)), "teachers must be INT");
  }

  private static void assertRefused(Supervision.SupervisionBuilder builder, String message) {
    assertThatThrownBy(builder::build)
        .isExactlyInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message)
        .hasMessageEndingWith(".");
  }

  @Test
  void arraysOfAnotherTypeAreRefused() {
    assertRefused(Nd4j.ones(DataType.INT64, 2, 3), "LONG");
    assertRefused(Nd4j.ones(DataType.FLOAT, 2, 3), "FLOAT");
  }
}
