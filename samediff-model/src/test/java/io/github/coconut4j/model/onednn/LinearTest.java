package io.github.coconut4j.model.onednn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.coconut4j.model.Precision;
import io.github.coconut4j.model.loop.LinearWeights;
import io.github.coconut4j.model.loop.Matrix;
import io.github.coconut4j.model.loop.ReferenceTransformer;
import java.util.Random;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Loader;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A linear layer, with weights below and above the size where its method changes. */
class LinearTest {

  @BeforeAll
  static void load() {
    Loader.load(dnnl.class);
  }

  @ParameterizedTest
  @CsvSource({
    "1, 5, 7, 7, 7, false", "300, 12, 20, 25, 31, false", "300, 12, 20, 20, 20, true",
    "3, 520, 530, 530, 530, true", "259, 520, 530, 600, 700, false", "0, 4, 4, 4, 4, false"
  })
  void forwardAgreesWithPlainLoops(
      int lines, int in, int out, int weightStride, int outStride, boolean hasResidual) {
    for (boolean outIn : new boolean[] {false, true}) {
      for (boolean hasBias : new boolean[] {false, true}) {
        check(lines, in, out, weightStride, outStride, hasResidual, outIn, hasBias);
      }
    }
  }

  private static void check(
      int lines,
      int in,
      int out,
      int weightStride,
      int outStride,
      boolean hasResidual,
      boolean outIn,
      boolean hasBias) {
    Random random = new Random(4);
    double[] x = ReferenceTransformer.normal(random, lines * in + 1, 0, 1);
    double[] w = ReferenceTransformer.normal(random, Math.max(in, out) * weightStride, 0, 0.1);
    double[] bias = ReferenceTransformer.normal(random, out, 0, 1);
    double[] residual = ReferenceTransformer.normal(random, lines * out + 1, 0, 1);
    FloatPointer y = NativeTensors.unwritten((long) lines * outStride + 1);
    FloatPointer nativeX = NativeTensors.of(x);
    FloatPointer nativeW = NativeTensors.of(w);
    FloatPointer nativeBias = NativeTensors.of(bias);
    FloatPointer nativeResidual = NativeTensors.of(residual);
    try (OneDnnOperations operations = new OneDnnOperations(Precision.FLOAT32)) {
      operations
          .linear()
          .forward(
              Matrix.dense(nativeX.address(), lines, in),
              new LinearWeights(
                  outIn
                      ? new Matrix(nativeW.address(), out, in, weightStride, nativeW)
                      : new Matrix(nativeW.address(), in, out, weightStride, nativeW),
                  hasBias ? Matrix.dense(nativeBias.address(), 1, out) : null,
                  outIn),
              hasResidual ? Matrix.dense(nativeResidual.address(), lines, out) : null,
              new Matrix(y.address(), lines, out, outStride, y));
    }
    assertThat(nativeX.isNull() || nativeW.isNull() || nativeBias.isNull()).isFalse();
    for (int line = 0; line < lines; line++) {
      for (int column = 0; column < out; column++) {
        double expected =
            (hasBias ? bias[column] : 0) + (hasResidual ? residual[line * out + column] : 0);
        for (int i = 0; i < in; i++) {
          expected +=
              x[line * in + i] * w[outIn ? column * weightStride + i : i * weightStride + column];
        }
        assertThat((double) y.get((long) line * outStride + column))
            .isCloseTo(expected, within(1e-4));
      }
      for (int column = out; column < outStride; column++) {
        assertThat(y.get((long) line * outStride + column)).isEqualTo(12345);
      }
    }
  }
}
