package io.github.coconut4j.model.internal.kernel;

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

import org.bytedeco.dnnl.dnnl_memory_desc;
import org.bytedeco.dnnl.dnnl_primitive_desc;

/**
 * Layer normalisation of the lines of X [lines, width]: y = (x - mean) / sqrt(variance + epsilon) ·
 * scale + shift, keeping mean and variance for the way back.
 */
final class LayerNorm {

  private LayerNorm() {}

  private static final int FLAGS = dnnl_use_scale | dnnl_use_shift;

  private static dnnl_primitive_desc forwardDescription(
      Dnnl dnnl, dnnl_memory_desc values, dnnl_memory_desc statistics, float epsilon) {
    dnnl_primitive_desc description = new dnnl_primitive_desc();
    Dnnl.check(
        "layer normalisation",
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

  /** Arguments: X, Y, mean [lines], variance [lines], scale [width], shift [width]. */
  record Forward(long lines, long width, float epsilon) implements PrimitiveSpec {
    @Override
    public Primitive compile(Dnnl dnnl) {
      dnnl_memory_desc values = Dnnl.dense(lines, width);
      dnnl_memory_desc statistics = Dnnl.dense(lines);
      return Primitive.arguments()
          .add(DNNL_ARG_SRC, values)
          .add(DNNL_ARG_DST, Dnnl.dense(lines, width))
          .add(DNNL_ARG_MEAN, statistics)
          .add(DNNL_ARG_VARIANCE, Dnnl.dense(lines))
          .add(DNNL_ARG_SCALE, Dnnl.dense(width))
          .add(DNNL_ARG_SHIFT, Dnnl.dense(width))
          .build(dnnl, forwardDescription(dnnl, values, statistics, epsilon));
    }
  }

  /**
   * Arguments: X, dY, mean, variance, scale, dX, and the sums over the lines dScale and dShift. All
   * outputs are overwritten.
   */
  record Backward(long lines, long width, float epsilon) implements PrimitiveSpec {
    @Override
    public Primitive compile(Dnnl dnnl) {
      dnnl_memory_desc values = Dnnl.dense(lines, width);
      dnnl_memory_desc statistics = Dnnl.dense(lines);
      dnnl_primitive_desc forward = forwardDescription(dnnl, values, statistics, epsilon);
      dnnl_primitive_desc description = new dnnl_primitive_desc();
      Dnnl.check(
          "layer normalisation's gradient",
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
          .add(DNNL_ARG_DIFF_DST, Dnnl.dense(lines, width))
          .add(DNNL_ARG_MEAN, statistics)
          .add(DNNL_ARG_VARIANCE, Dnnl.dense(lines))
          .add(DNNL_ARG_SCALE, Dnnl.dense(width))
          .add(DNNL_ARG_DIFF_SRC, Dnnl.dense(lines, width))
          .add(DNNL_ARG_DIFF_SCALE, Dnnl.dense(width))
          .add(DNNL_ARG_DIFF_SHIFT, Dnnl.dense(width))
          .build(dnnl, description);
    }
  }
}
