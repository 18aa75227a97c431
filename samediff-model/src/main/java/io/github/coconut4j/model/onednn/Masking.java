package io.github.coconut4j.model.onednn;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_ATTR_MULTIPLE_POST_OP_BASE;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC_0;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC_1;
import static org.bytedeco.dnnl.global.dnnl.dnnl_binary_add;
import static org.bytedeco.dnnl.global.dnnl.dnnl_binary_mul;
import static org.bytedeco.dnnl.global.dnnl.dnnl_binary_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_linear;
import static org.bytedeco.dnnl.global.dnnl.dnnl_post_ops_append_binary;
import static org.bytedeco.dnnl.global.dnnl.dnnl_post_ops_append_eltwise;
import static org.bytedeco.dnnl.global.dnnl.dnnl_post_ops_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_attr_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_u8;

import io.github.coconut4j.model.loop.Matrix;
import org.bytedeco.dnnl.dnnl_memory_desc;
import org.bytedeco.dnnl.dnnl_post_ops;
import org.bytedeco.dnnl.dnnl_primitive_attr;
import org.bytedeco.dnnl.dnnl_primitive_desc;

/**
 * y = scale · (kept ⊙ x) + r of dense matrices, where {@code kept} is one byte per value, 0 or 1, a
 * quarter of the size of floats.
 *
 * @param residual whether there is an r
 */
record Masking(long rows, long columns, float scale, boolean residual) implements PrimitiveSpec {

  /**
   * Masks a matrix; y may be x.
   *
   * @param kept address of the bytes
   * @param r or null for none
   */
  static void run(Primitives primitives, Matrix x, long kept, double scale, Matrix r, Matrix y) {
    Tiles.forEach(
        x.rows(),
        (tile, done) -> {
          Primitive primitive =
              primitives.get(new Masking(tile, x.columns(), (float) scale, r != null));
          long bytes = kept + done * x.columns();
          if (r == null) {
            primitive.run(x.row(done), bytes, y.row(done));
          } else {
            primitive.run(x.row(done), bytes, y.row(done), r.row(done));
          }
        });
  }

  @Override
  public Primitive compile(Dnnl dnnl) {
    dnnl_memory_desc values = Dnnl.dense(rows, columns);
    dnnl_memory_desc bytes =
        Dnnl.strided(dnnl_u8, new long[] {rows, columns}, new long[] {columns, 1});
    dnnl_memory_desc sum = Dnnl.dense(rows, columns);
    Primitive.Builder arguments =
        Primitive.arguments()
            .add(DNNL_ARG_SRC_0, values)
            .add(DNNL_ARG_SRC_1, bytes)
            .add(DNNL_ARG_DST, sum);
    dnnl_primitive_attr attributes = attributes(arguments);
    dnnl_primitive_desc description = new dnnl_primitive_desc();
    Dnnl.check(
        "masking",
        dnnl_binary_primitive_desc_create(
            description, dnnl.engine(), dnnl_binary_mul, values, bytes, sum, attributes));
    dnnl_primitive_attr_destroy(attributes);
    return arguments.build(dnnl, description);
  }

  private dnnl_primitive_attr attributes(Primitive.Builder arguments) {
    dnnl_post_ops operations = new dnnl_post_ops();
    Dnnl.check("post-operations", dnnl_post_ops_create(operations));
    Dnnl.check("scale", dnnl_post_ops_append_eltwise(operations, dnnl_eltwise_linear, scale, 0));
    if (residual) {
      dnnl_memory_desc addend = Dnnl.dense(rows, columns);
      Dnnl.check("residual", dnnl_post_ops_append_binary(operations, dnnl_binary_add, addend));
      arguments.add(DNNL_ARG_ATTR_MULTIPLE_POST_OP_BASE * 2 | DNNL_ARG_SRC_1, addend);
    }
    return Dnnl.newAttributes(operations);
  }
}
