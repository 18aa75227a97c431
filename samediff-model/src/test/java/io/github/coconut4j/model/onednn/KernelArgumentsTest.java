package io.github.coconut4j.model.onednn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.coconut4j.model.backend.Backends;
import io.github.coconut4j.model.backend.OptimizerStep;
import io.github.coconut4j.model.backend.TokenTable;
import io.github.coconut4j.model.backend.WeightedLabels;
import io.github.coconut4j.model.loop.Matrix;
import io.github.coconut4j.model.memory.HostMemory;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataBuffer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** What backends offer reads and writes within the arrays that it is given. */
class KernelArgumentsTest {

  private static INDArray floats(long... shape) {
    return Nd4j.ones(DataType.FLOAT, shape);
  }

  private static void assertRefused(Runnable call) {
    assertThatThrownBy(call::run).isExactlyInstanceOf(IllegalArgumentException.class);
  }

  private static OptimizerStep operations() {
    return Backends.named("onednn").optimizerStep();
  }

  private static TokenTable tokenTable() {
    return Backends.named("onednn").tokenTable(DataType.FLOAT, 7, 4);
  }

  @Test
  void anUpdatesArraysHaveItsParametersShape() {
    OptimizerStep.Settings settings =
        OptimizerStep.Settings.builder().learningRate(0.1).step(1).build();
    try (OptimizerStep kernel = operations()) {
      for (long[] other : new long[][] {{4, 5}, {5, 5}, {6, 4}, {24}, {1}, {}}) {
        for (int wrong = 0; wrong < 3; wrong++) {
          INDArray[] arrays = {floats(4, 6), floats(4, 6), floats(4, 6)};
          arrays[wrong] = floats(other);
          assertRefused(
              () ->
                  kernel.adamW(
                      List.of(
                          new OptimizerStep.Parameter<>(
                              floats(4, 6), arrays[0], arrays[1], arrays[2])),
                      settings));
        }
      }
      assertRefused(() -> kernel.norm(List.of(Nd4j.ones(DataType.DOUBLE, 3))));
      assertRefused(() -> kernel.norm(List.of(floats(4, 6).transpose())));
      assertThat(kernel.norm(List.of(floats(4, 4)))).isEqualTo(4);
    }
  }

  @Test
  void aTablesArraysHaveItsSize() {
    try (TokenTable kernel = tokenTable()) {
      int[] tokens = {1, 6};
      WeightedLabels labels = WeightedLabels.mean(tokens);
      for (INDArray table : List.of(floats(6, 4), floats(7, 3), floats(28), floats(4, 7))) {
        assertRefused(() -> kernel.lookUp(table, tokens, floats(2, 4)));
        assertRefused(() -> kernel.scatterAdd(floats(2, 4), tokens, table));
        assertRefused(() -> kernel.logits(table, floats(2, 4), floats(2, 7)));
        assertRefused(() -> kernel.crossEntropy(floats(2, 4), table, labels));
      }
      for (INDArray rows : List.of(floats(1, 4), floats(3, 4), floats(2, 3), floats(8))) {
        assertRefused(() -> kernel.lookUp(floats(7, 4), tokens, rows));
        assertRefused(() -> kernel.scatterAdd(rows, tokens, floats(7, 4)));
        assertRefused(() -> kernel.crossEntropy(rows, floats(7, 4), labels));
        assertRefused(
            () ->
                kernel.crossEntropyGradients(
                    floats(2, 4), floats(7, 4), labels, rows, floats(7, 4)));
      }
      assertRefused(() -> kernel.logits(floats(7, 4), floats(2, 4), floats(2, 6)));
      for (int token : new int[] {-1, 7, Integer.MAX_VALUE}) {
        assertRefused(() -> kernel.lookUp(floats(7, 4), new int[] {token}, floats(1, 4)));
        assertRefused(() -> kernel.scatterAdd(floats(1, 4), new int[] {token}, floats(7, 4)));
        WeightedLabels outside = WeightedLabels.mean(new int[] {token});
        assertRefused(() -> kernel.crossEntropy(floats(1, 4), floats(7, 4), outside));
      }
    }
  }

  @Test
  void onlyADenseArraysBytesAreCopied() throws IOException {
    List<Integer> slices = new ArrayList<>();
    HostMemory.read(floats(3), (slice, offset) -> slices.add(slice.remaining()));
    assertThat(slices).containsExactly(12);
    INDArray whole = floats(4, 6);
    for (INDArray other : List.of(whole.transpose(), whole.getColumn(5), whole.dup('f'))) {
      assertThatThrownBy(() -> HostMemory.read(other, (slice, offset) -> slices.add(-1)))
          .isExactlyInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("dup('c')");
    }
    assertThat(slices).hasSize(1);
  }

  @Test
  void closedArraysAreRefused() {
    INDArray closed = floats(7, 4);
    closed.close();
    try (TokenTable kernel = tokenTable()) {
      assertThatThrownBy(() -> kernel.lookUp(closed, new int[] {1}, floats(1, 4)))
          .isExactlyInstanceOf(IllegalStateException.class)
          .hasMessageContaining("closed");
    }
    assertThatThrownBy(() -> HostMemory.read(closed, (slice, offset) -> slice.clear()))
        .isExactlyInstanceOf(IllegalStateException.class);
  }

  /** The memory of its operations is freed. */
  @Test
  void aClosedDeviceIsRefused() {
    TokenTable kernel = tokenTable();
    kernel.close();
    assertThatThrownBy(() -> kernel.lookUp(floats(7, 4), new int[] {1}, floats(1, 4)))
        .isExactlyInstanceOf(IllegalStateException.class)
        .hasMessageContainingAll("must be open", "open it again");
  }

  @Test
  void aMatrixLiesWhereItsViewDoesAndHoldsTheMemory() {
    INDArray whole = floats(4, 4);
    whole.putScalar(2, 3, 5);
    try (OneDnnDevice device = new OneDnnDevice(1)) {
      Matrix row = device.output(whole.getRow(2), "a row", 4);
      assertThat(new FloatAddress().at(row.address()).get(3)).isEqualTo(5);
      assertThat(row.columns(3, 1).owner()).isInstanceOf(DataBuffer.class);
    }
  }
}
