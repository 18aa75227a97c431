package io.github.coconut4j.model.internal.kernel;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_backward_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_forward_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_gelu_tanh;
import static org.bytedeco.dnnl.global.dnnl.dnnl_forward_training;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_desc_destroy;

import org.bytedeco.dnnl.dnnl_memory_desc;
import org.bytedeco.dnnl.dnnl_primitive_desc;

/** GPT-2's activation, the tanh form of the Gaussian error linear unit, on [lines, width]. */
final class Gelu {

  private Gelu() {}

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

  /** Arguments: X, Y. */
  record Forward(long lines, long width) implements PrimitiveSpec {
    @Override
    public Primitive compile(Dnnl dnnl) {
      dnnl_memory_desc values = Dnnl.dense(lines, width);
      return Primitive.arguments()
          .add(DNNL_ARG_SRC, values)
          .add(DNNL_ARG_DST, Dnnl.dense(lines, width))
          .build(dnnl, forwardDescription(dnnl, values));
    }
  }

  /** Arguments: X, dY, dX; dX may be X or dY. */
  record Backward(long lines, long width) implements PrimitiveSpec {
    @Override
    public Primitive compile(Dnnl dnnl) {
      dnnl_memory_desc values = Dnnl.dense(lines, width);
      dnnl_primitive_desc forward = forwardDescription(dnnl, values);
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
          .add(DNNL_ARG_DIFF_DST, Dnnl.dense(lines, width))
          .add(DNNL_ARG_DIFF_SRC, Dnnl.dense(lines, width))
          .build(dnnl, description);
    }
  }
}
