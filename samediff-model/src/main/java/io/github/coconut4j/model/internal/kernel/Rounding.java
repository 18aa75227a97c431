package io.github.coconut4j.model.internal.kernel;

import static org.bytedeco.dnnl.global.dnnl.dnnl_bf16;
import static org.bytedeco.dnnl.global.dnnl.dnnl_f32;

import org.bytedeco.dnnl.dnnl_memory_desc;

/**
 * Copies a float32 matrix with {@code stride} floats a line to a dense one in bfloat16. Arguments:
 * source, target.
 */
record Rounding(long lines, long columns, long stride) implements PrimitiveSpec {

  @Override
  public Primitive compile(Dnnl dnnl) {
    long[] dimensions = {lines, columns};
    dnnl_memory_desc from = Dnnl.strided(dnnl_f32, dimensions, new long[] {stride, 1});
    dnnl_memory_desc to = Dnnl.strided(dnnl_bf16, dimensions, new long[] {columns, 1});
    return Reorder.between(dnnl, from, to);
  }
}
