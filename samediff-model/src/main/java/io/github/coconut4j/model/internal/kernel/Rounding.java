package io.github.coconut4j.model.internal.kernel;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_FROM;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_TO;
import static org.bytedeco.dnnl.global.dnnl.dnnl_bf16;
import static org.bytedeco.dnnl.global.dnnl.dnnl_f32;
import static org.bytedeco.dnnl.global.dnnl.dnnl_reorder_primitive_desc_create;

import org.bytedeco.dnnl.dnnl_memory_desc;
import org.bytedeco.dnnl.dnnl_primitive_desc;

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
    dnnl_primitive_desc description = new dnnl_primitive_desc();
    Dnnl.check(
        "rounding to bfloat16",
        dnnl_reorder_primitive_desc_create(
            description, from, dnnl.engine(), to, dnnl.engine(), null));
    return Primitive.arguments()
        .add(DNNL_ARG_FROM, from)
        .add(DNNL_ARG_TO, to)
        .build(dnnl, description);
  }
}
