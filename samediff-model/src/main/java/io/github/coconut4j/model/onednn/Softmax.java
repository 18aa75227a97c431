package io.github.coconut4j.model.onednn;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;
import static org.bytedeco.dnnl.global.dnnl.dnnl_forward_training;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_desc_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_softmax_accurate;
import static org.bytedeco.dnnl.global.dnnl.dnnl_softmax_backward_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_softmax_forward_primitive_desc_create;

import io.github.coconut4j.model.loop.Matrix;
import org.bytedeco.dnnl.dnnl_memory_desc;
import org.bytedeco.dnnl.dnnl_primitive_desc;

/**
 * The softmax of each row, or its gradient. Attention's scores are not divided into tiles: their
 * number is limited, and few shapes occur.
 *
 * @param gradient whether it is the gradient
 */
record Softmax(boolean gradient, long rows, long columns) implements PrimitiveSpec {

  private static final int LAST_AXIS = 1;

  /** x = softmax(x). */
  static void forward(Primitives primitives, Matrix x) {
    primitives.get(new Softmax(false, x.rows(), x.columns())).run(x.address(), x.address());
  }

  /** x = softmax(x), tile by tile, for any number of rows. */
  static void forwardByTiles(Primitives primitives, Matrix x) {
    Tiles.forEach(x.rows(), (tile, done) -> forward(primitives, x.rows(done, tile)));
  }

  /** dp = p ⊙ (dp - Σ p ⊙ dp) over each row of probabilities p. */
  static void backward(Primitives primitives, Matrix p, Matrix dp) {
    primitives
        .get(new Softmax(true, p.rows(), p.columns()))
        .run(p.address(), dp.address(), dp.address());
  }

  @Override
  public Primitive compile(Dnnl dnnl) {
    dnnl_memory_desc values = Dnnl.dense(rows, columns);
    dnnl_primitive_desc forward = forwardDescription(dnnl, values);
    if (!gradient) {
      return Primitive.arguments()
          .add(DNNL_ARG_SRC, values)
          .add(DNNL_ARG_DST, Dnnl.dense(rows, columns))
          .build(dnnl, forward);
    }
    dnnl_primitive_desc description = new dnnl_primitive_desc();
    Dnnl.check(
        "softmax's gradient",
        dnnl_softmax_backward_primitive_desc_create(
            description,
            dnnl.engine(),
            dnnl_softmax_accurate,
            values,
            values,
            values,
            LAST_AXIS,
            forward,
            dnnl.attributes()));
    dnnl_primitive_desc_destroy(forward);
    return Primitive.arguments()
        .add(DNNL_ARG_DST, values)
        .add(DNNL_ARG_DIFF_DST, Dnnl.dense(rows, columns))
        .add(DNNL_ARG_DIFF_SRC, Dnnl.dense(rows, columns))
        .build(dnnl, description);
  }

  private static dnnl_primitive_desc forwardDescription(Dnnl dnnl, dnnl_memory_desc values) {
    dnnl_primitive_desc description = new dnnl_primitive_desc();
    Dnnl.check(
        "softmax",
        dnnl_softmax_forward_primitive_desc_create(
            description,
            dnnl.engine(),
            dnnl_forward_training,
            dnnl_softmax_accurate,
            values,
            values,
            LAST_AXIS,
            dnnl.attributes()));
    return description;
  }
}
