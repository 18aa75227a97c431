package io.github.coconut4j.model.internal.kernel;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC_0;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC_1;
import static org.bytedeco.dnnl.global.dnnl.dnnl_binary_add;
import static org.bytedeco.dnnl.global.dnnl.dnnl_binary_primitive_desc_create;

import org.bytedeco.dnnl.dnnl_memory_desc;
import org.bytedeco.dnnl.dnnl_primitive_desc;

/** The sum of two tensors [lines, width]. Arguments: A, B, sum; the sum may be A. */
record Add(long lines, long width) implements PrimitiveSpec {

  @Override
  public Primitive compile(Dnnl dnnl) {
    dnnl_memory_desc values = Dnnl.dense(lines, width);
    dnnl_primitive_desc description = new dnnl_primitive_desc();
    Dnnl.check(
        "addition",
        dnnl_binary_primitive_desc_create(
            description,
            dnnl.engine(),
            dnnl_binary_add,
            values,
            values,
            values,
            dnnl.attributes()));
    return Primitive.arguments()
        .add(DNNL_ARG_SRC_0, values)
        .add(DNNL_ARG_SRC_1, Dnnl.dense(lines, width))
        .add(DNNL_ARG_DST, Dnnl.dense(lines, width))
        .build(dnnl, description);
  }
}
