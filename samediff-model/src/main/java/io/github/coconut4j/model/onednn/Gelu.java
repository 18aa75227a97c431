package io.github.coconut4j.model.onednn;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_backward_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_forward_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_gelu_tanh;
import static org.bytedeco.dnnl.global.dnnl.dnnl_forward_training;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_desc_destroy;

import io.github.coconut4j.model.loop.Matrix;
import org.bytedeco.dnnl.dnnl_memory_desc;
import org.bytedeco.dnnl.dnnl_primitive_desc;

/**
 * GPT-2's activation, the tanh form of the Gaussian error linear unit, or its gradient.
 *
 * @param gradient whether it is the gradient
 */
record Gelu(boolean gradient, long rows, long columns) implements PrimitiveSpec {

  /** y = gelu(x); y may be x. */
  static void forward(Primitives primitives, Matrix x, Matrix y) {
    Tiles.forEach(
        x.rows(),
        (tile, done) ->
            primitives.get(new Gelu(false, tile, x.columns())).run(x.row(done), y.row(done)));
  }

  /** dx = dy ⊙ gelu'(x); dx may be x or dy. */
  static void backward(Primitives primitives, Matrix x, Matrix dy, Matrix dx) {
    Tiles.forEach(
        x.rows(),
        (tile, done) ->
            primitives
                .get(new Gelu(true, tile, x.columns()))
                .run(x.row(done), dy.row(done), dx.row(done)));
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
        "gelu's gradient",
        dnnl_eltwise_backward_primitive_desc_create(
            description,
            dnnl.engine(),
            dnnl_eltwise_gelu_tanh,
            values,
            values,
            values,
            0,
            0,
            forward,
            dnnl.attributes()));
    dnnl_primitive_desc_destroy(forward);
    return Primitive.arguments()
        .add(DNNL_ARG_SRC, values)
        .add(DNNL_ARG_DIFF_DST, Dnnl.dense(rows, columns))
        .add(DNNL_ARG_DIFF_SRC, Dnnl.dense(rows, columns))
        .build(dnnl, description);
  }

  private static dnnl_primitive_desc forwardDescription(Dnnl dnnl, dnnl_memory_desc values) {
    dnnl_primitive_desc description = new dnnl_primitive_desc();
    Dnnl.check(
        "gelu",
        dnnl_eltwise_forward_primitive_desc_create(
            description,
            dnnl.engine(),
            dnnl_forward_training,
            dnnl_eltwise_gelu_tanh,
            values,
            values,
            0,
            0,
            dnnl.attributes()));
    return description;
  }
}
