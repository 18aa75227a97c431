package io.github.coconut4j.model.onednn;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC_0;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC_1;
import static org.bytedeco.dnnl.global.dnnl.dnnl_binary_add;
import static org.bytedeco.dnnl.global.dnnl.dnnl_binary_mul;
import static org.bytedeco.dnnl.global.dnnl.dnnl_binary_primitive_desc_create;

import io.github.coconut4j.model.loop.Matrix;
import org.bytedeco.dnnl.dnnl_memory_desc;
import org.bytedeco.dnnl.dnnl_primitive_desc;

/**
 * The elementwise sum or product of two matrices. The second may be one row or one column, which is
 * broadcast.
 *
 * @param algorithm oneDNN's number of the operation
 * @param rows of the first and the result
 * @param columns of the first and the result
 * @param otherRows of the second: {@code rows} or 1
 * @param otherColumns of the second: {@code columns} or 1
 */
record Binary(int algorithm, long rows, long columns, long otherRows, long otherColumns)
    implements PrimitiveSpec {

  /** sum = a + b; the sum may be a. */
  static void add(Primitives primitives, Matrix a, Matrix b, Matrix sum) {
    run(dnnl_binary_add, primitives, a, b, sum);
  }

  /** product = a ⊙ b; the product may be a. */
  static void multiply(Primitives primitives, Matrix a, Matrix b, Matrix product) {
    run(dnnl_binary_mul, primitives, a, b, product);
  }

  private static void run(int algorithm, Primitives primitives, Matrix a, Matrix b, Matrix y) {
    Tiles.forEach(
        a.rows(),
        (tile, done) ->
            primitives
                .get(new Binary(algorithm, tile, a.columns(), tile, a.columns()))
                .run(a.row(done), b.row(done), y.row(done)));
  }

  /** sum = a + bias, in each row; the sum may be a. */
  static void addBias(Primitives primitives, Matrix a, Matrix bias, Matrix sum) {
    Tiles.forEach(
        a.rows(),
        (tile, done) ->
            primitives
                .get(new Binary(dnnl_binary_add, tile, a.columns(), 1, a.columns()))
                .run(a.row(done), bias.address(), sum.row(done)));
  }

  /** product = a, with each row multiplied by its number in a column; the product may be a. */
  static void multiplyRows(Primitives primitives, Matrix a, Matrix column, Matrix product) {
    Tiles.forEach(
        a.rows(),
        (tile, done) ->
            primitives
                .get(new Binary(dnnl_binary_mul, tile, a.columns(), tile, 1))
                .run(a.row(done), column.row(done), product.row(done)));
  }

  @Override
  public Primitive compile(Dnnl dnnl) {
    dnnl_memory_desc values = Dnnl.dense(rows, columns);
    dnnl_memory_desc other = Dnnl.dense(otherRows, otherColumns);
    dnnl_primitive_desc description = new dnnl_primitive_desc();
    Dnnl.check(
        "binary operation",
        dnnl_binary_primitive_desc_create(
            description, dnnl.engine(), algorithm, values, other, values, dnnl.attributes()));
    return Primitive.arguments()
        .add(DNNL_ARG_SRC_0, values)
        .add(DNNL_ARG_SRC_1, other)
        .add(DNNL_ARG_DST, Dnnl.dense(rows, columns))
        .build(dnnl, description);
  }
}
