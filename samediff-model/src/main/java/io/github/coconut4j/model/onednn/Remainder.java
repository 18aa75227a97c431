package io.github.coconut4j.model.onednn;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC_0;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC_1;
import static org.bytedeco.dnnl.global.dnnl.dnnl_bf16;
import static org.bytedeco.dnnl.global.dnnl.dnnl_binary_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_binary_sub;
import static org.bytedeco.dnnl.global.dnnl.dnnl_f32;

import io.github.coconut4j.model.loop.Matrix;
import org.bytedeco.dnnl.dnnl_memory_desc;
import org.bytedeco.dnnl.dnnl_primitive_desc;

/**
 * The rounding error of a float32 matrix in bfloat16, with {@code stride} floats per row: the
 * difference of the two, which float32 represents exactly.
 */
record Remainder(long rows, long columns, long stride) implements PrimitiveSpec {

  /**
   * Writes the differences.
   *
   * @param rounded address of the rounded values, without gaps between their rows
   * @param target address of floats; may be that of the values
   */
  static void of(Primitives primitives, Matrix values, long rounded, long target) {
    primitives
        .get(new Remainder(values.rows(), values.columns(), values.stride()))
        .run(values.address(), rounded, target);
  }

  @Override
  public Primitive compile(Dnnl dnnl) {
    long[] dimensions = {rows, columns};
    dnnl_memory_desc values = Dnnl.strided(dnnl_f32, dimensions, new long[] {stride, 1});
    dnnl_memory_desc rounded = Dnnl.strided(dnnl_bf16, dimensions, new long[] {columns, 1});
    dnnl_memory_desc target = Dnnl.dense(rows, columns);
    dnnl_primitive_desc description = new dnnl_primitive_desc();
    Dnnl.check(
        "remainder of rounding",
        dnnl_binary_primitive_desc_create(
            description,
            dnnl.engine(),
            dnnl_binary_sub,
            values,
            rounded,
            target,
            dnnl.attributes()));
    return Primitive.arguments()
        .add(DNNL_ARG_SRC_0, values)
        .add(DNNL_ARG_SRC_1, rounded)
        .add(DNNL_ARG_DST, target)
        .build(dnnl, description);
  }
}
