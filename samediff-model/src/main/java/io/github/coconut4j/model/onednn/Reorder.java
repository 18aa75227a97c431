package io.github.coconut4j.model.onednn;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_FROM;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_TO;
import static org.bytedeco.dnnl.global.dnnl.dnnl_reorder_primitive_desc_create;

import org.bytedeco.dnnl.dnnl_memory_desc;
import org.bytedeco.dnnl.dnnl_primitive_desc;

/** Copies [sequences, heads, rows, columns] from one layout to another. */
record Reorder(long sequences, long heads, long rows, long columns, Layout source, Layout target)
    implements PrimitiveSpec {

  void run(Primitives primitives, long from, long to) {
    primitives.get(this).run(from, to);
  }

  @Override
  public Primitive compile(Dnnl dnnl) {
    return between(dnnl, tensor(source), tensor(target));
  }

  /** Copies one tensor to another of the same dimensions; it frees the descriptions. */
  static Primitive between(Dnnl dnnl, dnnl_memory_desc from, dnnl_memory_desc to) {
    dnnl_primitive_desc description = new dnnl_primitive_desc();
    Dnnl.check(
        "copy between layouts",
        dnnl_reorder_primitive_desc_create(
            description, from, dnnl.engine(), to, dnnl.engine(), dnnl.attributes()));
    return Primitive.arguments()
        .add(DNNL_ARG_FROM, from)
        .add(DNNL_ARG_TO, to)
        .build(dnnl, description);
  }

  private dnnl_memory_desc tensor(Layout layout) {
    return Dnnl.strided(
        new long[] {sequences, heads, rows, columns},
        new long[] {
          layout.sequenceStride(), layout.headStride(), layout.rowStride(), layout.elementStride()
        });
  }
}
