package io.github.coconut4j.model.onednn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.coconut4j.model.Precision;
import io.github.coconut4j.model.loop.Linear;
import io.github.coconut4j.model.loop.LinearWeights;
import io.github.coconut4j.model.loop.Matrix;
import java.util.List;
import java.util.Random;
import org.bytedeco.javacpp.FloatPointer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The linear layers' products in bfloat16 against sums in double precision over factors rounded
 * here, so that only the order of the sums may differ.
 */
class Bfloat16LinearTest {

  private static final double TOLERANCE = 1e-4;

  private final Random random = new Random(7);

  @BeforeEach
  void requireBfloat16() {
    assumeTrue(
        new OneDnnBackend().unsupportedReason(Precision.BF16).isEmpty(),
        "the processor does not multiply in bfloat16");
  }

  @ParameterizedTest
  @CsvSource({
    "32, 8, 12, 12, false, false", "300, 65, 40, 50, true, false", "77, 520, 530, 600, true, false",
    "32, 8, 12, 12, false, true", "300, 65, 40, 70, true, true", "77, 520, 530, 600, true, true"
  })
  void forward(int lines, int in, int out, int weightStride, boolean hasResidual, boolean outIn) {
    float[] x = normal(lines * in);
    float[] w = normal(Math.max(in, out) * weightStride);
    float[] bias = normal(out);
    float[] residual = normal(lines * out);
    try (OneDnnOperations operations = new OneDnnOperations(Precision.BF16);
        FloatPointer nativeX = new FloatPointer(x);
        FloatPointer nativeW = new FloatPointer(w);
        FloatPointer nativeBias = new FloatPointer(bias);
        FloatPointer nativeResidual = new FloatPointer(residual);
        FloatPointer y = NativeTensors.unwritten((long) lines * out)) {
      operations
          .linear()
          .forward(
              Matrix.dense(nativeX.address(), lines, in),
              weights(
                  nativeW,
                  in,
                  out,
                  weightStride,
                  Matrix.dense(nativeBias.address(), 1, out),
                  outIn),
              hasResidual ? Matrix.dense(nativeResidual.address(), lines, out) : null,
              Matrix.dense(y.address(), lines, out));
      for (int line = 0; line < lines; line++) {
        for (int column = 0; column < out; column++) {
          double expected = bias[column] + (hasResidual ? residual[line * out + column] : 0);
          for (int i = 0; i < in; i++) {
            expected +=
                rounded(x[line * in + i]) * rounded(w[index(i, column, weightStride, outIn)]);
          }
          assertThat((double) y.get((long) line * out + column))
              .isCloseTo(expected, within(TOLERANCE));
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "40, 9, 6, 6, 6, false", "290, 64, 130, 200, 390, false",
    "40, 9, 6, 6, 9, true", "290, 64, 130, 200, 390, true"
  })
  void gradientsOfInputs(
      int lines, int in, int out, int gradientStride, int weightStride, boolean outIn) {
    float[] dy = normal(lines * gradientStride);
    float[] w = normal(Math.max(in, out) * weightStride);
    try (OneDnnOperations operations = new OneDnnOperations(Precision.BF16);
        FloatPointer nativeDy = new FloatPointer(dy);
        FloatPointer nativeW = new FloatPointer(w);
        FloatPointer dx = NativeTensors.unwritten((long) lines * in)) {
      operations
          .linear()
          .inputGradient(
              new Matrix(nativeDy.address(), lines, out, gradientStride, nativeDy),
              weights(nativeW, in, out, weightStride, null, outIn),
              false,
              Matrix.dense(dx.address(), lines, in));
      operations
          .linear()
          .inputGradient(
              new Matrix(nativeDy.address(), lines, out, gradientStride, nativeDy),
              weights(nativeW, in, out, weightStride, null, outIn),
              true,
              Matrix.dense(dx.address(), lines, in));
      for (int line = 0; line < lines; line++) {
        for (int column = 0; column < in; column++) {
          double expected = 0;
          for (int i = 0; i < out; i++) {
            expected +=
                2
                    * rounded(dy[line * gradientStride + i])
                    * rounded(w[index(column, i, weightStride, outIn)]);
          }
          assertThat((double) dx.get((long) line * in + column))
              .isCloseTo(expected, within(TOLERANCE));
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "20, 13, 9, 7, 7, 7, false", "1, 300, 65, 48, 50, 144, false",
    "20, 13, 9, 7, 7, 9, true", "1, 300, 65, 48, 50, 144, true"
  })
  void gradientsOfWeights(
      int first, int second, int in, int out, int gradientStride, int weightStride, boolean outIn) {
    int lines = first + second;
    float[] x = normal(lines * in);
    float[] dy = normal(lines * gradientStride);
    try (OneDnnOperations operations = new OneDnnOperations(Precision.BF16);
        FloatPointer nativeX = new FloatPointer(x);
        FloatPointer nativeDy = new FloatPointer(dy);
        FloatPointer dw = NativeTensors.unwritten((long) Math.max(in, out) * weightStride);
        FloatPointer db = NativeTensors.unwritten(out)) {
      Matrix wholeX = Matrix.dense(nativeX.address(), lines, in);
      Matrix wholeDy = new Matrix(nativeDy.address(), lines, out, gradientStride, nativeDy);
      operations
          .linear()
          .parameterGradients(
              List.of(
                  new Linear.Term(wholeX.rows(0, first), wholeDy.rows(0, first)),
                  new Linear.Term(wholeX.rows(first, second), wholeDy.rows(first, second))),
              false,
              weights(dw, in, out, weightStride, Matrix.dense(db.address(), 1, out), outIn));
      for (int row = 0; row < in; row++) {
        for (int column = 0; column < out; column++) {
          double expected = 0;
          for (int line = 0; line < lines; line++) {
            expected += rounded(x[line * in + row]) * rounded(dy[line * gradientStride + column]);
          }
          assertThat((double) dw.get(index(row, column, weightStride, outIn)))
              .isCloseTo(expected, within(TOLERANCE));
        }
      }
    }
  }

  private static LinearWeights weights(
      FloatPointer values, int in, int out, int stride, Matrix bias, boolean outIn) {
    Matrix weight =
        outIn
            ? new Matrix(values.address(), out, in, stride, values)
            : new Matrix(values.address(), in, out, stride, values);
    return new LinearWeights(weight, bias, outIn);
  }

  /** Where the weight from an input to an output is stored. */
  private static int index(int in, int out, int stride, boolean outIn) {
    return outIn ? out * stride + in : in * stride + out;
  }

  private float[] normal(int count) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  /** To the nearest bfloat16, ties to even: the upper half of a float's bits. */
  private static double rounded(float value) {
    int bits = Float.floatToIntBits(value);
    int tie = (bits >>> 16) & 1;
    return Float.intBitsToFloat((bits + 0x7fff + tie) & 0xffff0000);
  }
}
