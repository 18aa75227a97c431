package io.github.coconut4j.model.onednn;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_SCALE;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_SHIFT;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_MEAN;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SCALE;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SHIFT;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_VARIANCE;
import static org.bytedeco.dnnl.global.dnnl.dnnl_backward;
import static org.bytedeco.dnnl.global.dnnl.dnnl_forward_training;
import static org.bytedeco.dnnl.global.dnnl.dnnl_layer_normalization_backward_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_layer_normalization_forward_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_desc_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_use_scale;
import static org.bytedeco.dnnl.global.dnnl.dnnl_use_shift;

import io.github.coconut4j.model.loop.Matrix;
import org.bytedeco.dnnl.dnnl_memory_desc;
import org.bytedeco.dnnl.dnnl_primitive_desc;

/**
 * Layer normalization of each row, which stores mean and variance, or its gradient.
 *
 * @param gradient whether it is the gradient
 */
record LayerNorm(boolean gradient, long rows, long columns, float epsilon)
    implements PrimitiveSpec {

  private static final int FLAGS = dnnl_use_scale | dnnl_use_shift;

  /**
   * y = (x - mean) / sqrt(variance + epsilon) ⊙ scale + shift.
   *
   * @param statistics [2, n], written: means, variances
   */
  static void forward(
      Primitives primitives,
      Matrix x,
      Matrix scale,
      Matrix shift,
      float epsilon,
      Matrix statistics,
      Matrix y) {
    Tiles.forEach(
        x.rows(),
        (tile, done) -> {
          Matrix own = statistics.columns(done, tile);
          primitives
              .get(new LayerNorm(false, tile, x.columns(), epsilon))
              .run(
                  x.row(done),
                  y.row(done),
                  own.row(0),
                  own.row(1),
                  scale.address(),
                  shift.address());
        });
  }

  /**
   * Writes dx of a tile of rows, and their contributions to the gradients of scale and shift.
   *
   * @param dx may be dy
   * @param sums [2, d], written
   */
  static void backward(
      Primitives primitives,
      Matrix x,
      Matrix statistics,
      Matrix scale,
      float epsilon,
      Matrix dy,
      Matrix dx,
      Matrix sums) {
    primitives
        .get(new LayerNorm(true, x.rows(), x.columns(), epsilon))
        .run(
            x.address(),
            dy.address(),
            statistics.row(0),
            statistics.row(1),
            scale.address(),
            dx.address(),
            sums.row(0),
            sums.row(1));
  }

  @Override
  public Primitive compile(Dnnl dnnl) {
    dnnl_memory_desc values = Dnnl.dense(rows, columns);
    dnnl_memory_desc statistics = Dnnl.dense(rows);
    dnnl_primitive_desc forward = forwardDescription(dnnl, values, statistics);
    return gradient
        ? backward(dnnl, forward, values, statistics)
        : Primitive.arguments()
            .add(DNNL_ARG_SRC, values)
            .add(DNNL_ARG_DST, Dnnl.dense(rows, columns))
            .add(DNNL_ARG_MEAN, statistics)
            .add(DNNL_ARG_VARIANCE, Dnnl.dense(rows))
            .add(DNNL_ARG_SCALE, Dnnl.dense(columns))
            .add(DNNL_ARG_SHIFT, Dnnl.dense(columns))
            .build(dnnl, forward);
  }

  private dnnl_primitive_desc forwardDescription(
      Dnnl dnnl, dnnl_memory_desc values, dnnl_memory_desc statistics) {
    dnnl_primitive_desc description = new dnnl_primitive_desc();
    Dnnl.check(
        "layer normalization",
        dnnl_layer_normalization_forward_primitive_desc_create(
            description,
            dnnl.engine(),
            dnnl_forward_training,
            values,
            values,
            statistics,
            epsilon,
            FLAGS,
            dnnl.attributes()));
    return description;
  }

  private Primitive backward(
      Dnnl dnnl,
      dnnl_primitive_desc forward,
      dnnl_memory_desc values,
      dnnl_memory_desc statistics) {
    dnnl_primitive_desc description = new dnnl_primitive_desc();
    Dnnl.check(
        "layer normalization's gradient",
        dnnl_layer_normalization_backward_primitive_desc_create(
            description,
            dnnl.engine(),
            dnnl_backward,
            values,
            values,
            values,
            statistics,
            epsilon,
            FLAGS,
            forward,
            dnnl.attributes()));
    dnnl_primitive_desc_destroy(forward);
    return Primitive.arguments()
        .add(DNNL_ARG_SRC, values)
        .add(DNNL_ARG_DIFF_DST, Dnnl.dense(rows, columns))
        .add(DNNL_ARG_MEAN, statistics)
        .add(DNNL_ARG_VARIANCE, Dnnl.dense(rows))
        .add(DNNL_ARG_SCALE, Dnnl.dense(columns))
        .add(DNNL_ARG_DIFF_SRC, Dnnl.dense(rows, columns))
        .add(DNNL_ARG_DIFF_SCALE, Dnnl.dense(columns))
        .add(DNNL_ARG_DIFF_SHIFT, Dnnl.dense(columns))
        .build(dnnl, description);
  }
}
