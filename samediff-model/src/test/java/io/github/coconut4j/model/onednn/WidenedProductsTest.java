package io.github.coconut4j.model.onednn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.coconut4j.model.Precision;
import io.github.coconut4j.model.loop.Linear;
import io.github.coconut4j.model.loop.LinearWeights;
import io.github.coconut4j.model.loop.Matrix;
import java.util.Random;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.ShortPointer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Compares linear layers with bfloat16 weights with sums in double precision. */
class WidenedProductsTest {

  private final Random random = new Random(7);

  /** What a processor multiplies in bfloat16. */
  enum Bfloat16 {
    NOTHING,
    VECTORS,
    MATRICES
  }

  /** Few rows and many, more than a tile of the weight, gaps between rows, either orientation. */
  @ParameterizedTest
  @CsvSource({
    "1, 5, 3, 5, 3, true, VECTORS",
    "3, 70, 65, 80, 90, true, VECTORS",
    "64, 33, 40, 33, 40, true, VECTORS",
    "65, 33, 40, 50, 44, true, VECTORS",
    "9, 1030, 530, 1030, 530, true, VECTORS",
    "70, 1030, 530, 1030, 530, true, VECTORS",
    "1, 5, 3, 3, 3, false, VECTORS",
    "3, 70, 65, 80, 90, false, VECTORS",
    "65, 33, 40, 50, 44, false, VECTORS",
    "70, 1030, 530, 530, 530, false, VECTORS",
    "3, 70, 65, 80, 90, true, NOTHING",
    "70, 1030, 530, 1030, 530, true, NOTHING",
    "3, 70, 65, 80, 90, false, NOTHING",
    "70, 1030, 530, 530, 530, false, NOTHING",
    "64, 33, 40, 33, 40, true, MATRICES",
    "9, 1030, 530, 1030, 530, true, MATRICES",
    "9, 1030, 530, 530, 530, false, VECTORS",
    "9, 1030, 530, 530, 530, false, MATRICES",
    "9, 70, 65, 80, 65, true, VECTORS"
  })
  void productsAreThoseOfFloats(
      int rows, int in, int out, int stride, int outStride, boolean outIn, Bfloat16 processor) {
    boolean multiplies = processor != Bfloat16.NOTHING;
    assumeTrue(!multiplies || OneDnnBackend.hasBfloat16(), "the processor lacks bfloat16");
    int xStride = in + 3;
    float[] x = normal(rows * xStride);
    short[] w = bfloat16(Math.max(in, out) * stride);
    float[] before = normal(rows * outStride);
    try (Primitives primitives = new Primitives();
        WidenedProducts products =
            new WidenedProducts(
                primitives, new Gemm(), multiplies, processor == Bfloat16.MATRICES);
        FloatPointer nativeX = new FloatPointer(x);
        ShortPointer nativeW = new ShortPointer(w);
        FloatPointer y = NativeTensors.unwritten((long) rows * outStride);
        FloatPointer sum = new FloatPointer(before)) {
      Matrix input = new Matrix(nativeX.address(), rows, in, xStride, nativeX);
      LinearWeights weights = weights(nativeW, in, out, stride, null, outIn);
      products.times(input, weights, false, new Matrix(y.address(), rows, out, outStride, y));
      products.times(input, weights, true, new Matrix(sum.address(), rows, out, outStride, sum));
      for (int row = 0; row < rows; row++) {
        for (int column = 0; column < outStride; column++) {
          int index = row * outStride + column;
          double expected = 0;
          double size = 1;
          for (int i = 0; column < out && i < in; i++) {
            double term = x[row * xStride + i] * value(w[index(i, column, stride, outIn)]);
            expected += term;
            size += Math.abs(term);
          }
          double rounding = 1e-6 * size; // of a sum in float32
          assertThat((double) y.get(index))
              .isCloseTo(column < out ? expected : 12345, within(rounding));
          assertThat((double) sum.get(index)).isCloseTo(before[index] + expected, within(rounding));
        }
      }
    }
  }

  /** GPT-2's queries, keys and values are in one matrix, so the rows of y have gaps. */
  @ParameterizedTest
  @CsvSource({
    "FLOAT32, 5, 40, 24, 24, false", "FLOAT32, 90, 40, 24, 30, false", "BF16, 5, 40, 24, 24, false",
    "FLOAT32, 5, 40, 24, 24, true", "FLOAT32, 90, 40, 24, 24, true", "BF16, 90, 40, 24, 24, true"
  })
  void biasAndResidualAreAddedOnce(
      Precision precision, int rows, int in, int out, int outStride, boolean hasResidual) {
    assumeTrue(new OneDnnBackend().unsupportedReason(precision).isEmpty());
    float[] x = exact(rows * in);
    short[] w = bfloat16(in * out);
    float[] bias = normal(out);
    float[] residual = normal(rows * out);
    try (OneDnnOperations operations = new OneDnnOperations(precision);
        FloatPointer nativeX = new FloatPointer(x);
        ShortPointer nativeW = new ShortPointer(w);
        FloatPointer nativeBias = new FloatPointer(bias);
        FloatPointer nativeResidual = new FloatPointer(residual);
        FloatPointer y = NativeTensors.unwritten((long) rows * outStride)) {
      Matrix biasRow = Matrix.dense(nativeBias.address(), 1, out);
      operations
          .linear()
          .forward(
              Matrix.dense(nativeX.address(), rows, in),
              weights(nativeW, in, out, in, biasRow, true),
              hasResidual ? Matrix.dense(nativeResidual.address(), rows, out) : null,
              new Matrix(y.address(), rows, out, outStride, y));
      for (int row = 0; row < rows; row++) {
        for (int column = 0; column < out; column++) {
          double expected = bias[column] + (hasResidual ? residual[row * out + column] : 0);
          for (int i = 0; i < in; i++) {
            expected += x[row * in + i] * value(w[index(i, column, in, true)]);
          }
          assertThat((double) y.get((long) row * outStride + column))
              .isCloseTo(expected, within(1e-4));
        }
      }
    }
  }

  @Test
  void onlyWeightsMayBeBfloat16() {
    Matrix floats = Matrix.dense(64, 2, 2);
    Matrix narrow = new Matrix(64, 2, 2, 2, true, null);
    assertThatThrownBy(() -> new Gemm().times(1, floats, narrow, 0, floats))
        .isInstanceOf(IllegalArgumentException.class);
    try (OneDnnOperations operations = new OneDnnOperations(Precision.FLOAT32)) {
      Linear linear = operations.linear();
      LinearWeights weights = new LinearWeights(narrow, null, true);
      assertThatThrownBy(() -> linear.forward(narrow, weights, null, floats))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> linear.inputGradient(floats, weights, false, narrow))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> linear.forward(floats, weights, null, Matrix.dense(64, 2, 3)))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  private static LinearWeights weights(
      ShortPointer values, int in, int out, int stride, Matrix bias, boolean outIn) {
    Matrix weight =
        outIn
            ? new Matrix(values.address(), out, in, stride, true, values)
            : new Matrix(values.address(), in, out, stride, true, values);
    return new LinearWeights(weight, bias, outIn);
  }

  private static int index(int in, int out, int stride, boolean outIn) {
    return outIn ? out * stride + in : in * stride + out;
  }

  private static double value(short bits) {
    return Float.intBitsToFloat(bits << 16);
  }

  private short[] bfloat16(int count) {
    short[] bits = new short[count];
    for (int i = 0; i < count; i++) {
      bits[i] = (short) (Float.floatToIntBits((float) random.nextGaussian()) >>> 16);
    }
    return bits;
  }

  /** Values that bfloat16 holds. */
  private float[] exact(int count) {
    float[] values = new float[count];
    short[] bits = bfloat16(count);
    for (int i = 0; i < count; i++) {
      values[i] = Float.intBitsToFloat(bits[i] << 16);
    }
    return values;
  }

  private float[] normal(int count) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }
}
