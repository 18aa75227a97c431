package io.github.coconut4j.model.onednn;

import io.github.coconut4j.model.Activation;
import io.github.coconut4j.model.Precision;
import io.github.coconut4j.model.loop.Attention;
import io.github.coconut4j.model.loop.AttentionShape;
import io.github.coconut4j.model.loop.DeviceMemory;
import io.github.coconut4j.model.loop.LayerOperations;
import io.github.coconut4j.model.loop.Linear;
import io.github.coconut4j.model.loop.MaskedRows;
import io.github.coconut4j.model.loop.Matrix;
import io.github.coconut4j.model.loop.WorkerLayout;
import java.util.Arrays;

/** The operations of a transformer's layers on oneDNN, for one thread. */
final class OneDnnOperations implements LayerOperations {

  private final Primitives primitives = new Primitives();
  private final Gemm gemm = new Gemm();
  private final OneDnnLinear linear;
  private final NativeFloats zeros = new NativeFloats();
  private final NativeFloats normGradients = new NativeFloats();
  private final NativeFloats gates = new NativeFloats();
  private final OneDnnDropout dropout = new OneDnnDropout(primitives);
  private final RmsNormGradient rmsNormGradient = new RmsNormGradient(primitives, gemm);

  /** Null until the first rotation. */
  private Rotation rotation;

  /** Buffers that the attentions of all layers share; null until the first attention is made. */
  private OneDnnAttention.Scratch attention;

  private final FloatAddress pointer = new FloatAddress();
  private final Bfloat16Values bfloat16Values = new Bfloat16Values();
  private float[] first = {};
  private float[] second = {};

  OneDnnOperations(Precision precision) {
    linear = new OneDnnLinear(primitives, precision);
  }

  Primitives primitives() {
    return primitives;
  }

  Gemm gemm() {
    return gemm;
  }

  @Override
  public DeviceMemory memory() {
    return new NativeFloats();
  }

  @Override
  public void start(WorkerLayout layout) {
    attention.blocks().start(layout);
    dropout.start();
  }

  @Override
  public void dropout(MaskedRows rows, Matrix x, Matrix residual, Matrix y) {
    dropout.run(rows, x, residual, y);
  }

  @Override
  public Linear linear() {
    return linear;
  }

  @Override
  public Attention attention(AttentionShape shape) {
    if (attention == null) {
      attention = new OneDnnAttention.Scratch(shape.heads(), shape.group(), dropout);
    }
    KeyValueCache cache = new KeyValueCache(this, shape.keyValueHeads(), shape.headSize());
    return new OneDnnAttention(primitives, attention, cache, shape);
  }

  @Override
  public void copyRows(Matrix source, int[] sourceRows, Matrix target, int[] targetRows) {
    int width = rowArrays(source);
    int count = sourceRows == null ? targetRows.length : sourceRows.length;
    for (int i = 0; i < count; i++) {
      read(source.row(index(sourceRows, i)), source.bfloat16(), width);
      pointer.at(target.row(index(targetRows, i))).put(first, 0, width);
    }
  }

  @Override
  public void addRows(Matrix a, int[] aRows, Matrix b, int[] bRows, Matrix sum, int[] sumRows) {
    int width = rowArrays(a);
    for (int row = 0; row < sumRows.length; row++) {
      pointer.at(a.row(index(aRows, row))).get(first, 0, width);
      pointer.at(b.row(index(bRows, row))).get(second, 0, width);
      for (int i = 0; i < width; i++) {
        first[i] += second[i];
      }
      pointer.at(sum.row(sumRows[row])).put(first, 0, width);
    }
  }

  /** Reads a row of float32 or bfloat16 values as floats. */
  private void read(long address, boolean bfloat16, int width) {
    if (bfloat16) {
      bfloat16Values.read(address, first, width);
    } else {
      pointer.at(address).get(first, 0, width);
    }
  }

  private static int index(int[] rows, int i) {
    return rows == null ? i : rows[i];
  }

  /** Copies rows to Java arrays and adds there, since the JVM vectorises these loops. */
  private int rowArrays(Matrix matrix) {
    int width = (int) matrix.columns();
    if (first.length < width) {
      first = new float[width];
      second = new float[width];
    }
    return width;
  }

  @Override
  public void scale(Matrix x, float factor) {
    int width = rowArrays(x);
    for (long row = 0; row < x.rows(); row++) {
      pointer.at(x.row(row)).get(first, 0, width);
      for (int i = 0; i < width; i++) {
        first[i] *= factor;
      }
      pointer.at(x.row(row)).put(first, 0, width);
    }
  }

  @Override
  public void copy(Matrix source, Matrix target) {
    Floats.copy(source.address(), target.address(), source.rows() * source.columns());
  }

  @Override
  public void clear(Matrix matrix) {
    if (matrix.rows() > 0) {
      Floats.clear(matrix.address(), matrix.rows() * matrix.columns());
    }
  }

  @Override
  public void fill(Matrix matrix, float value) {
    int width = rowArrays(matrix);
    Arrays.fill(first, 0, width, value);
    for (long row = 0; row < matrix.rows(); row++) {
      pointer.at(matrix.row(row)).put(first, 0, width);
    }
  }

  @Override
  public void add(Matrix a, Matrix b, Matrix sum) {
    Binary.add(primitives, a, b, sum);
  }

  @Override
  public void activation(Activation f, Matrix x, Matrix y) {
    ElementWise.forward(primitives, f, x, y);
  }

  @Override
  public void activationGradient(Activation f, Matrix x, Matrix dy, Matrix dx) {
    ElementWise.backward(primitives, f, x, dy, dx);
  }

  @Override
  public void gate(Activation f, Matrix gate, Matrix x, Matrix y) {
    Tiles.forEach(
        x.rows(),
        (tile, done) -> {
          Matrix product = y.rows(done, tile);
          ElementWise.forward(primitives, f, gate.rows(done, tile), product);
          Binary.multiply(primitives, product, x.rows(done, tile), product);
        });
  }

  @Override
  public void gateGradient(Activation f, Matrix gate, Matrix x, Matrix dy) {
    Tiles.forEach(
        x.rows(),
        (tile, done) -> {
          Matrix ownGate = gate.rows(done, tile);
          Matrix ownX = x.rows(done, tile);
          Matrix ownDy = dy.rows(done, tile);
          Matrix dx = Matrix.dense(gates.require(tile * x.columns()), tile, x.columns());
          ElementWise.forward(primitives, f, ownGate, dx);
          Binary.multiply(primitives, dx, ownDy, dx);
          Binary.multiply(primitives, ownX, ownDy, ownX); // f(gate)'s gradient
          ElementWise.backward(primitives, f, ownGate, ownX, ownGate);
          copy(dx, ownX);
        });
  }

  @Override
  public void rotate(Matrix x, double[] frequencies, int[] positionIds, boolean back) {
    if (rotation == null || !rotation.isOf(frequencies)) {
      rotation = new Rotation(frequencies);
    }
    int width = rowArrays(x);
    for (int row = 0; row < positionIds.length; row++) {
      pointer.at(x.row(row)).get(first, 0, width);
      rotation.turn(first, second, width, positionIds[row], back);
      pointer.put(second, 0, width);
    }
  }

  @Override
  public void rmsNorm(Matrix x, Matrix scale, float epsilon, Matrix statistics, Matrix y) {
    RmsNorm.forward(primitives, x, scale, epsilon, statistics, y);
  }

  @Override
  public void rmsNormGradient(
      Matrix x,
      Matrix statistics,
      Matrix scale,
      float epsilon,
      Matrix dy,
      Matrix dx,
      Matrix scaleGradient) {
    rmsNormGradient.run(x, statistics, scale, epsilon, dy, dx, scaleGradient);
  }

  @Override
  public void layerNorm(
      Matrix x, Matrix scale, Matrix shift, float epsilon, Matrix statistics, Matrix y) {
    LayerNorm.forward(primitives, x, scale, shift, epsilon, statistics, y);
  }

  @Override
  public void layerNormGradient(
      Matrix x,
      Matrix statistics,
      Matrix scale,
      float epsilon,
      Matrix dy,
      Matrix dx,
      Matrix parameterGradients) {
    int[] both = {0, 1};
    Matrix sums = Matrix.dense(normGradients.require(2 * x.columns()), 2, x.columns());
    Tiles.forEach(
        x.rows(),
        (tile, done) -> {
          LayerNorm.backward(
              primitives,
              x.rows(done, tile),
              statistics.columns(done, tile),
              scale,
              epsilon,
              dy.rows(done, tile),
              dx.rows(done, tile),
              sums);
          addRows(parameterGradients, both, sums, both, parameterGradients, both);
        });
  }

  /** An array of at least this many zeros; it must not be written. */
  long zeros(long count) {
    return zeros.requireInitialized(count);
  }

  @Override
  public void close() {
    linear.close();
    if (attention != null) {
      attention.close();
    }
    primitives.close();
    zeros.close();
    normGradients.close();
    gates.close();
    dropout.close();
    rmsNormGradient.close();
  }
}
