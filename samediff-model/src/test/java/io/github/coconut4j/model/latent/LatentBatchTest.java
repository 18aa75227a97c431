package io.github.coconut4j.model.latent;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.function.BiFunction;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
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
  void arraysOfAnotherTypeAreRefused() {
    assertRefused(Nd4j.ones(DataType.INT64, 2, 3), "LONG");
    assertRefused(Nd4j.ones(DataType.FLOAT, 2, 3), "FLOAT");
  }
}
