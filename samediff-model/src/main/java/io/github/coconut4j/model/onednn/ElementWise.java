package io.github.coconut4j.model.onednn;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_backward_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_forward_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_gelu_erf;
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_gelu_tanh;
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_relu;
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_swish;
import static org.bytedeco.dnnl.global.dnnl.dnnl_forward_training;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_desc_destroy;

import io.github.coconut4j.model.Activation;
import io.github.coconut4j.model.loop.Matrix;
import org.bytedeco.dnnl.dnnl_memory_desc;
import org.bytedeco.dnnl.dnnl_primitive_desc;

/**
 * An activation of each element, or its gradient.
 *
 * @param algorithm oneDNN's number of the activation
 * @param alpha its parameter
 * @param gradient whether it is the gradient
 */
record ElementWise(int algorithm, float alpha, boolean gradient, long rows, long columns)
    implements PrimitiveSpec {

  private static ElementWise of(Activation f, boolean gradient, long rows, long columns) {
    int algorithm =
        switch (f) {
          case GELU_NEW, GELU_PYTORCH_TANH -> dnnl_eltwise_gelu_tanh;
          case GELU -> dnnl_eltwise_gelu_erf;
          case RELU -> dnnl_eltwise_relu;
          case SILU -> dnnl_eltwise_swish;
        };
    // oneDNN's swish is x · sigmoid(alpha · x); its relu has the slope alpha below 0.
    return new ElementWise(algorithm, f == Activation.SILU ? 1 : 0, gradient, rows, columns);
  }

  /** y = f(x); y may be x. */
  static void forward(Primitives primitives, Activation f, Matrix x, Matrix y) {
    Tiles.forEach(
        x.rows(),
        (tile, done) ->
            primitives.get(of(f, false, tile, x.columns())).run(x.row(done), y.row(done)));
  }

  /** dx = dy ⊙ f'(x); dx may be x or dy. */
  static void backward(Primitives primitives, Activation f, Matrix x, Matrix dy, Matrix dx) {
    Tiles.forEach(
        x.rows(),
        (tile, done) ->
            primitives
                .get(of(f, true, tile, x.columns()))
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
        "an activation's gradient",
        dnnl_eltwise_backward_primitive_desc_create(
            description,
            dnnl.engine(),
            algorithm,
            values,
            values,
            values,
            alpha,
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

  private dnnl_primitive_desc forwardDescription(Dnnl dnnl, dnnl_memory_desc values) {
    dnnl_primitive_desc description = new dnnl_primitive_desc();
    Dnnl.check(
        "activation",
        dnnl_eltwise_forward_primitive_desc_create(
            description,
            dnnl.engine(),
            dnnl_forward_training,
            algorithm,
            values,
            values,
            alpha,
            0,
            dnnl.attributes()));
    return description;
  }
}
