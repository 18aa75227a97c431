package io.github.coconut4j.model.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.coconut4j.model.Precision;
import io.github.coconut4j.model.loop.Linear;
import io.github.coconut4j.model.loop.LinearWeights;
import io.github.coconut4j.model.loop.Matrix;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.ShortPointer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Compares the linear layers' bfloat16 products with sums in double precision of factors that are
 * rounded here, so that only the order of the sums may differ.
 */
@OnCudaShim
class Bfloat16LinearTest {

  private static final double TOLERANCE = 1e-4;
  private static final int LINES = 37;
  private static final int IN = 13;
  private static final int OUT = 21;

  /** Larger than the number of columns, as for a part of a wider matrix. */
  private static final int STRIDE = 30;

  private final Random random = new Random(7);
  private final QueuedGpu gpu = CudaRuntime.get().gpu();
  private final List<GpuMemory> memories = new ArrayList<>();

  private CudaOperations operations(boolean isPlain) {
    Products products = isPlain ? new PlainProducts(gpu) : new CublasLtProducts(gpu);
    CudaOperations operations = new CudaOperations(gpu, products, Precision.BF16, true);
    operations.start();
    return operations;
  }

  @AfterEach
  void free() {
    memories.forEach(GpuMemory::close);
  }

  /** Values in the GPU's memory. */
  private Matrix matrix(float[] values, int rows, int columns) {
    GpuMemory memory = new GpuMemory(gpu);
    memories.add(memory);
    long address = memory.require(values.length);
    write(values, address);
    return new Matrix(address, rows, columns, values.length / rows, null);
  }

  private void write(float[] values, long address) {
    try (FloatPointer host = new FloatPointer(values)) {
      gpu.upload(host, address, (long) values.length * Float.BYTES);
    }
  }

  private float[] read(Matrix matrix) {
    float[] values = new float[Math.toIntExact(matrix.rows() * matrix.stride())];
    try (FloatPointer host = new FloatPointer(values.length)) {
      gpu.download(matrix.address(), host, (long) values.length * Float.BYTES);
      host.get(values);
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

  /** The nearest bfloat16 value, ties to even. */
  private static double rounded(float value) {
    int bits = Float.floatToIntBits(value);
    int tie = (bits >>> 16) & 1;
    return Float.intBitsToFloat((bits + 0x7fff + tie) & 0xffff0000);
  }

  /** The bias is added separately if cuBLASLt has no product with a bias for these types. */
  @Test
  void aBiasIsAddedAfterAProductWithoutOne() {
    CudaShim.blas().shim_refuse_bias(1);
    CudaShim.load().shim_clear_log();
    try {
      outputsAndGradientsAreSumsOfRoundedFactors(false, true);
    } finally {
      CudaShim.blas().shim_refuse_bias(0);
    }
    assertThat(CudaShim.load().shim_log()).contains("launch addBias");
  }

  @ParameterizedTest
  @CsvSource({"false, false", "false, true", "true, false", "true, true"})
  void outputsAndGradientsAreSumsOfRoundedFactors(boolean isPlain, boolean outIn) {
    float[] w = normal((outIn ? OUT : IN) * STRIDE);
    float[] x = normal(LINES * IN);
    float[] dy = normal(LINES * STRIDE);
    float[] bias = normal(OUT);
    float[] residual = normal(LINES * OUT);
    Matrix weight = matrix(w, outIn ? OUT : IN, outIn ? IN : OUT);
    LinearWeights weights = new LinearWeights(weight, matrix(bias, 1, OUT), outIn);
    try (CudaOperations operations = operations(isPlain)) {
      Linear linear = operations.linear();
      Matrix y = matrix(residual, LINES, OUT);
      linear.forward(matrix(x, LINES, IN), weights, y, y);
      Matrix gradient = matrix(dy, LINES, OUT);
      Matrix dx = matrix(new float[LINES * IN], LINES, IN);
      linear.inputGradient(gradient, weights, false, dx);
      linear.inputGradient(gradient, weights, true, dx);
      Matrix dw = matrix(new float[w.length], outIn ? OUT : IN, outIn ? IN : OUT);
      Matrix db = matrix(new float[OUT], 1, OUT);
      Linear.Term all = new Linear.Term(matrix(x, LINES, IN), gradient);
      linear.parameterGradients(
          List.of(
              new Linear.Term(all.x().rows(0, 9), all.dy().rows(0, 9)),
              new Linear.Term(all.x().rows(9, LINES - 9), all.dy().rows(9, LINES - 9))),
          false,
          new LinearWeights(dw, db, outIn));

      assertOutputs(read(y), x, w, outIn, bias, residual);
      assertInputGradients(read(dx), dy, w, outIn);
      assertWeightGradients(read(dw), x, dy, outIn);
      for (int o = 0; o < OUT; o++) {
        double sum = 0;
        for (int line = 0; line < LINES; line++) {
          sum += dy[line * STRIDE + o];
        }
        assertThat((double) read(db)[o]).as("not rounded").isCloseTo(sum, within(1e-5));
      }
    }
  }

  /** Where the weight from an input to an output is stored. */
  private static int index(int in, int out, boolean outIn) {
    return outIn ? out * STRIDE + in : in * STRIDE + out;
  }

  private static void assertOutputs(
      float[] y, float[] x, float[] w, boolean outIn, float[] bias, float[] residual) {
    for (int line = 0; line < LINES; line++) {
      for (int o = 0; o < OUT; o++) {
        double expected = bias[o] + residual[line * OUT + o];
        for (int i = 0; i < IN; i++) {
          expected += rounded(x[line * IN + i]) * rounded(w[index(i, o, outIn)]);
        }
        assertThat((double) y[line * OUT + o]).isCloseTo(expected, within(TOLERANCE));
      }
    }
  }

  private static void assertInputGradients(float[] dx, float[] dy, float[] w, boolean outIn) {
    for (int line = 0; line < LINES; line++) {
      for (int i = 0; i < IN; i++) {
        double expected = 0;
        for (int o = 0; o < OUT; o++) {
          expected += 2 * rounded(dy[line * STRIDE + o]) * rounded(w[index(i, o, outIn)]);
        }
        assertThat((double) dx[line * IN + i]).isCloseTo(expected, within(TOLERANCE));
      }
    }
  }

  private static void assertWeightGradients(float[] dw, float[] x, float[] dy, boolean outIn) {
    for (int i = 0; i < IN; i++) {
      for (int o = 0; o < OUT; o++) {
        double expected = 0;
        for (int line = 0; line < LINES; line++) {
          expected += rounded(x[line * IN + i]) * rounded(dy[line * STRIDE + o]);
        }
        assertThat((double) dw[index(i, o, outIn)]).isCloseTo(expected, within(TOLERANCE));
      }
    }
  }

  /** Products of a bfloat16 weight, some rows of which are one tile, and float32 rows. */
  @ParameterizedTest
  @CsvSource({
    "false, false, 37",
    "false, true, 37",
    "true, false, 37",
    "true, true, 37",
    "true, false, 70"
  })
  void aBfloat16WeightIsMultipliedInFloat32(boolean multiplies, boolean outIn, int lines) {
    float[] w = normal((outIn ? OUT : IN) * STRIDE);
    float[] x = normal(lines * IN);
    float[] bias = normal(OUT);
    float[] residual = normal(lines * OUT);
    Matrix wide = matrix(w, outIn ? OUT : IN, outIn ? IN : OUT);
    int perTile = 5 * (int) wide.columns() + 1;
    for (Products products : List.of(new PlainProducts(gpu), new CublasLtProducts(gpu))) {
      CudaShim.load().shim_clear_log();
      try (products;
          Bfloat16Copies copies = new Bfloat16Copies(gpu);
          WidenedProducts widened = new WidenedProducts(gpu, products, multiplies, perTile)) {
        Matrix y = matrix(residual, lines, OUT);
        Operand weight = new Operand(copies.first(wide), outIn);
        widened.multiply(matrix(x, lines, IN), weight, matrix(bias, 1, OUT), y, y);
        float[] values = read(y);
        for (int line = 0; line < lines; line++) {
          for (int o = 0; o < OUT; o++) {
            double expected = bias[o] + residual[line * OUT + o];
            for (int i = 0; i < IN; i++) {
              expected += x[line * IN + i] * rounded(w[index(i, o, outIn)]);
            }
            assertThat((double) values[line * OUT + o]).isCloseTo(expected, within(1e-5));
          }
        }
      }
      assertThat(CudaShim.load().shim_log().lines().anyMatch("launch splitRows"::equals))
          .isEqualTo(multiplies && lines == 37);
    }
  }

  /** A weight is rounded once per batch; the next batch reads the updated weight. */
  @Test
  void eachBatchReadsTheNewestWeights() {
    float[] x = normal(LINES * IN);
    Matrix rows = matrix(x, LINES, IN);
    Matrix weight = matrix(normal(IN * STRIDE), IN, OUT);
    LinearWeights weights = new LinearWeights(weight, null, false);
    Matrix y = matrix(new float[LINES * OUT], LINES, OUT);
    try (CudaOperations operations = operations(true)) {
      CudaShim.Driver driver = CudaShim.load();
      driver.shim_clear_log();
      operations.linear().forward(rows, weights, null, y);
      operations.linear().forward(rows, weights, null, y);
      gpu.submit();
      assertThat(driver.shim_log().lines().filter("launch roundRows"::equals)).hasSize(3);
      operations.linear().forward(rows.rows(0, 2), weights, null, y.rows(0, 2));
      gpu.submit();
      assertThat(driver.shim_log().lines().filter("launch roundRows"::equals)).hasSize(4);

      float[] changed = normal(IN * STRIDE);
      write(changed, weight.address());
      operations.start();
      operations.linear().forward(rows, weights, null, y);
      assertOutputs(read(y), x, changed, false, new float[OUT], new float[LINES * OUT]);
    }
  }

  /** Bits of a float and of its bfloat16 value: exact, ties, the largest, infinity and NaN. */
  @ParameterizedTest
  @CsvSource({
    "3f800000, 3f80", "3f808000, 3f80", "3f818000, 3f82", "3f808001, 3f81", "bf807fff, bf80",
    "7f7fffff, 7f80", "ff800000, ff80", "7f800001, 7fc0", "00000001, 0000", "80000000, 8000"
  })
  void valuesAreRoundedToTheNearestTiesToEven(String bits, String expected) {
    Matrix values = matrix(new float[] {0}, 1, 1);
    gpu.upload(new int[] {Integer.parseUnsignedInt(bits, 16)}, values.address());
    try (Bfloat16Copies copies = new Bfloat16Copies(gpu)) {
      Matrix copy = copies.first(values);
      gpu.copy(copy.address(), values.address(), Short.BYTES);
      short[] read = new short[2];
      try (ShortPointer host = new ShortPointer(2)) {
        gpu.download(values.address(), host, Float.BYTES);
        host.get(read);
      }
      assertThat(Integer.toHexString(read[0] & 0xffff))
          .isEqualTo(Integer.toHexString(Integer.parseInt(expected, 16)));
    }
  }

  @Test
  void gpusWithoutBfloat16AreNamed() {
    assertThat(CudaBackend.bfloat16Problem(80)).isEmpty();
    assertThat(CudaBackend.bfloat16Problem(75).orElseThrow())
        .contains("8.0 (Ampere)", "is 7.5", "Choose float32");
  }
}
