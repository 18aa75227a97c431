package io.github.coconut4j.model.onednn;

import static org.bytedeco.dnnl.global.dnnl.dnnl_bf16;
import static org.bytedeco.dnnl.global.dnnl.dnnl_f32;

import io.github.coconut4j.model.loop.Matrix;
import org.bytedeco.dnnl.dnnl_memory_desc;

/**
 * Copies a matrix with {@code stride} values per row to a dense one, from float32 to bfloat16 or
 * back.
 *
 * @param narrows whether it is to bfloat16
 */
record Conversion(boolean narrows, long rows, long columns, long stride) implements PrimitiveSpec {

  /** Rounds a matrix in float32 to the bfloat16 values at an address. */
  static void round(Primitives primitives, Matrix source, long target) {
    run(true, primitives, source, target);
  }

  /** Converts a matrix in bfloat16 to the floats at an address. */
  static void widen(Primitives primitives, Matrix source, long target) {
    run(false, primitives, source, target);
  }

  private static void run(boolean narrows, Primitives primitives, Matrix source, long target) {
    primitives
        .get(new Conversion(narrows, source.rows(), source.columns(), source.stride()))
        .run(source.address(), target);
  }

  @Override
  public Primitive compile(Dnnl dnnl) {
    long[] dimensions = {rows, columns};
    dnnl_memory_desc from =
        Dnnl.strided(narrows ? dnnl_f32 : dnnl_bf16, dimensions, new long[] {stride, 1});
    dnnl_memory_desc to =
        Dnnl.strided(narrows ? dnnl_bf16 : dnnl_f32, dimensions, new long[] {columns, 1});
    return Reorder.between(dnnl, from, to);
  }
}
