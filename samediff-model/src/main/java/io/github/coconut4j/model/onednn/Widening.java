package io.github.coconut4j.model.onednn;

import static org.bytedeco.dnnl.global.dnnl.dnnl_bf16;
import static org.bytedeco.dnnl.global.dnnl.dnnl_f32;

import io.github.coconut4j.model.loop.Matrix;
import org.bytedeco.dnnl.dnnl_memory_desc;

/** Copies a bfloat16 matrix with {@code stride} values a row to a dense one in float32. */
record Widening(long rows, long columns, long stride) implements PrimitiveSpec {

  /** Widens a matrix to the floats at an address. */
  static void of(Primitives primitives, Matrix source, long target) {
    primitives
        .get(new Widening(source.rows(), source.columns(), source.stride()))
        .run(source.address(), target);
  }

  @Override
  public Primitive compile(Dnnl dnnl) {
    long[] dimensions = {rows, columns};
    dnnl_memory_desc from = Dnnl.strided(dnnl_bf16, dimensions, new long[] {stride, 1});
    dnnl_memory_desc to = Dnnl.strided(dnnl_f32, dimensions, new long[] {columns, 1});
    return Reorder.between(dnnl, from, to);
  }
}
