package io.github.coconut4j.model.internal.kernel;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;
import static org.bytedeco.dnnl.global.dnnl.dnnl_forward_training;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_desc_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_softmax_accurate;
import static org.bytedeco.dnnl.global.dnnl.dnnl_softmax_backward_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_softmax_forward_primitive_desc_create;

import org.bytedeco.dnnl.dnnl_memory_desc;
import org.bytedeco.dnnl.dnnl_primitive_desc;

/** The softmax of each line of [lines, width], and its gradient. */
final class Softmax {

  private static final int LAST_AXIS = 1;

  private Softmax() {}

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

  /** Arguments: X, P; P may be X. */
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

  /** Arguments: P, dP, dX; dX may be dP. dX = P ⊙ (dP - Σ P ⊙ dP). */
  record Backward(long lines, long width) implements PrimitiveSpec {
    @Override
    public Primitive compile(Dnnl dnnl) {
      dnnl_memory_desc values = Dnnl.dense(lines, width);
      dnnl_primitive_desc forward = forwardDescription(dnnl, values);
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
          .add(DNNL_ARG_DIFF_DST, Dnnl.dense(lines, width))
          .add(DNNL_ARG_DIFF_SRC, Dnnl.dense(lines, width))
          .build(dnnl, description);
    }
  }
}
