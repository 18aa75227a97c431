package io.github.coconut4j.model.internal.kernel;

import io.github.coconut4j.model.Precision;
import java.util.function.LongFunction;

/**
 * The operations of a transformer layer on matrices of [lines, …] for one thread. All addresses are
 * of dense row-major float32 matrices unless a distance between lines is given.
 */
final class Kernels implements AutoCloseable {

  private final Primitives primitives = new Primitives();
  private final Gemm gemm = new Gemm();

  private final Linear linear;
  private final NativeFloats zeros = new NativeFloats();

  Kernels(Precision precision) {
    linear = new Linear(primitives, precision);
  }

  Primitives primitives() {
    return primitives;
  }

  Gemm gemm() {
    return gemm;
  }

  Linear linear() {
    return linear;
  }

  void gelu(long lines, int width, long x, long y) {
    lineByLine(lines, width, tile -> new Gelu.Forward(tile, width), x, y);
  }

  /** The softmax of each line, in place. */
  void softmax(long lines, int width, long x) {
    lineByLine(lines, width, tile -> new Softmax.Forward(tile, width), x, x);
  }

  /** dx = dy ⊙ gelu'(x); dx may be x or dy. */
  void geluBackward(long lines, int width, long x, long dy, long dx) {
    lineByLine(lines, width, tile -> new Gelu.Backward(tile, width), x, dy, dx);
  }

  /** sum = a + b; the sum may be a. */
  void add(long lines, int width, long a, long b, long sum) {
    lineByLine(lines, width, tile -> new Add(tile, width), a, b, sum);
  }

  /** An operation on matrices of one shape that takes their lines apart. */
  private void lineByLine(
      long lines, int width, LongFunction<PrimitiveSpec> operation, long... matrices) {
    Tiles.forEach(
        lines,
        (tile, done) -> {
          Primitive primitive = primitives.get(operation.apply(tile));
          for (int i = 0; i < matrices.length; i++) {
            primitive.bind(i, matrices[i] + done * width * Float.BYTES);
          }
          primitive.execute();
        });
  }

  /** So many zeros, which nobody writes. */
  long zeros(long count) {
    return zeros.requireInitialized(count);
  }

  @Override
  public void close() {
    linear.close();
    primitives.close();
    zeros.close();
  }
}
