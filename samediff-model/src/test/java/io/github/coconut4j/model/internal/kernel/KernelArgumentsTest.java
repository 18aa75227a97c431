package io.github.coconut4j.model.internal.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** The kernels read and write within the arrays that they are given. */
class KernelArgumentsTest {

  private static INDArray floats(long... shape) {
    return Nd4j.ones(DataType.FLOAT, shape);
  }

  private static void assertRefused(Runnable call) {
    assertThatThrownBy(call::run).isExactlyInstanceOf(IllegalArgumentException.class);
  }

  private static AdamWKernel.Step step() {
    return AdamWKernel.Step.builder()
        .learningRate(0.1)
        .epsilon(1)
        .gradientFactor(1)
        .number(1)
        .build();
  }

  @Test
  void anUpdatesArraysHaveItsParametersShape() {
    try (AdamWKernel kernel = new AdamWKernel()) {
      for (long[] other : new long[][] {{4, 5}, {5, 5}, {6, 4}, {24}, {1}, {}}) {
        for (int wrong = 0; wrong < 3; wrong++) {
          INDArray[] arrays = {floats(4, 6), floats(4, 6), floats(4, 6)};
          arrays[wrong] = floats(other);
          assertRefused(
              () ->
                  kernel.update(
                      List.of(
                          new AdamWKernel.Parameter(floats(4, 6), arrays[0], arrays[1], arrays[2])),
                      step()));
        }
      }
      assertRefused(() -> kernel.norm(List.of(Nd4j.ones(DataType.DOUBLE, 3))));
      assertRefused(() -> kernel.norm(List.of(floats(4, 6).transpose())));
      assertThat(kernel.norm(List.of(floats(4, 4)))).isEqualTo(4);
    }
  }

  @Test
  void aTablesArraysHaveItsSize() {
    try (TokenTableKernel kernel = new TokenTableKernel(7, 4)) {
      int[] tokens = {1, 6};
      for (INDArray table : List.of(floats(6, 4), floats(7, 3), floats(28), floats(4, 7))) {
        assertRefused(() -> kernel.lookUp(table, tokens, floats(2, 4)));
        assertRefused(() -> kernel.scatterAdd(floats(2, 4), tokens, table));
        assertRefused(() -> kernel.logits(table, floats(2, 4), floats(2, 7)));
        assertRefused(() -> kernel.meanCrossEntropy(floats(2, 4), table, tokens));
      }
      for (INDArray rows : List.of(floats(1, 4), floats(3, 4), floats(2, 3), floats(8))) {
        assertRefused(() -> kernel.lookUp(floats(7, 4), tokens, rows));
        assertRefused(() -> kernel.scatterAdd(rows, tokens, floats(7, 4)));
        assertRefused(() -> kernel.meanCrossEntropy(rows, floats(7, 4), tokens));
        assertRefused(
            () ->
                kernel.crossEntropyGradients(
                    floats(2, 4), floats(7, 4), tokens, 1, rows, floats(7, 4)));
      }
      assertRefused(() -> kernel.logits(floats(7, 4), floats(2, 4), floats(2, 6)));
      for (int token : new int[] {-1, 7, Integer.MAX_VALUE}) {
        assertRefused(() -> kernel.lookUp(floats(7, 4), new int[] {token}, floats(1, 4)));
        assertRefused(() -> kernel.scatterAdd(floats(1, 4), new int[] {token}, floats(7, 4)));
        assertRefused(() -> kernel.meanCrossEntropy(floats(1, 4), floats(7, 4), new int[] {token}));
      }
    }
  }

  @Test
  void factorsOfAProductFitEachOther() {
    try (ProductKernel kernel = new ProductKernel()) {
      for (INDArray wrong : List.of(floats(3, 5), floats(4, 6), floats(20))) {
        assertRefused(() -> kernel.multiplyTogether(floats(2, 4), wrong, floats(2, 5)));
        assertRefused(() -> kernel.multiplyApart(floats(2, 4), floats(4, 5), wrong));
      }
    }
  }

  @Test
  void bytesLieInTheirArray() {
    INDArray array = floats(3);
    assertThat(HostMemory.bytes(array, 4, 12).remaining()).isEqualTo(8);
    for (long[] range : new long[][] {{-1, 4}, {0, 13}, {8, 4}, {1L << 40, (1L << 40) + 1}}) {
      assertThatThrownBy(() -> HostMemory.bytes(array, range[0], range[1]))
          .isInstanceOf(IndexOutOfBoundsException.class);
    }
  }

  @Test
  void closedArraysAreRefused() {
    INDArray closed = floats(7, 4);
    closed.close();
    try (TokenTableKernel kernel = new TokenTableKernel(7, 4)) {
      assertThatThrownBy(() -> kernel.lookUp(closed, new int[] {1}, floats(1, 4)))
          .isExactlyInstanceOf(IllegalStateException.class)
          .hasMessageContaining("closed");
    }
    assertThatThrownBy(() -> HostMemory.bytes(closed, 0, 4))
        .isExactlyInstanceOf(IllegalStateException.class);
  }

  @Test
  void aPointerHoldsAndWatchesTheMemoryOfAView() {
    INDArray whole = floats(4, 4);
    HostFloats pointer = HostFloats.of(whole.getRow(2));
    assertThat(pointer.requireOpen().get(3)).isEqualTo(1);
    whole.close();
    assertThatThrownBy(pointer::requireOpen).isExactlyInstanceOf(IllegalStateException.class);
  }

  @Test
  void aDecodingThatWasNotStartedOrWasClosedDoesNotRun() {
    DecodingKernel kernel = new DecodingKernel(1, 2, 8, 1e-5, floats(7, 4));
    List<Runnable> calls =
        List.of(
            kernel::logits,
            kernel::hiddenStates,
            () -> kernel.advance(new int[0], new int[0]),
            () -> kernel.takeBack(0, floats(1, 4)),
            () -> kernel.retain(new int[] {0}));
    for (int closed = 0; closed < 2; closed++) {
      for (Runnable call : calls) {
        assertThatThrownBy(call::run).isExactlyInstanceOf(IllegalStateException.class);
      }
      kernel.close();
    }
  }
}
