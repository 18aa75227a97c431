package io.github.coconut4j.model.onednn;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC_0;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC_1;
import static org.bytedeco.dnnl.global.dnnl.dnnl_binary_add;
import static org.bytedeco.dnnl.global.dnnl.dnnl_binary_primitive_desc_create;

import io.github.coconut4j.model.loop.Matrix;
import org.bytedeco.dnnl.dnnl_memory_desc;
import org.bytedeco.dnnl.dnnl_primitive_desc;

/**
 * The sum of two matrices, of which the second may be one row that is added to all.
 *
 * @param rows of the first and the sum
 * @param addedRows of the second: {@code rows} or 1
 */
record Add(long rows, long addedRows, long columns) implements PrimitiveSpec {

  /** sum = a + b; the sum may be a. */
  static void matrices(Primitives primitives, Matrix a, Matrix b, Matrix sum) {
    Tiles.forEach(
        a.rows(),
        (tile, done) ->
            primitives
                .get(new Add(tile, tile, a.columns()))
                .run(a.row(done), b.row(done), sum.row(done)));
  }

  /** sum = a + bias in each row; the sum may be a. */
  static void bias(Primitives primitives, Matrix a, Matrix bias, Matrix sum) {
    Tiles.forEach(
        a.rows(),
        (tile, done) ->
            primitives
                .get(new Add(tile, 1, a.columns()))
                .run(a.row(done), bias.address(), sum.row(done)));
  }

  @Override
  public Primitive compile(Dnnl dnnl) {
    dnnl_memory_desc values = Dnnl.dense(rows, columns);
    dnnl_memory_desc added = Dnnl.dense(addedRows, columns);
    dnnl_primitive_desc description = new dnnl_primitive_desc();
    Dnnl.check(
        "addition",
        dnnl_binary_primitive_desc_create(
            description, dnnl.engine(), dnnl_binary_add, values, added, values, dnnl.attributes()));
    return Primitive.arguments()
        .add(DNNL_ARG_SRC_0, values)
        .add(DNNL_ARG_SRC_1, added)
        .add(DNNL_ARG_DST, Dnnl.dense(rows, columns))
        .build(dnnl, description);
  }
}
