package io.github.coconut4j.model.onednn;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_ATTR_MULTIPLE_POST_OP_BASE;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_BIAS;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC_1;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_WEIGHTS;
import static org.bytedeco.dnnl.global.dnnl.dnnl_bf16;
import static org.bytedeco.dnnl.global.dnnl.dnnl_binary_add;
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_linear;
import static org.bytedeco.dnnl.global.dnnl.dnnl_f32;
import static org.bytedeco.dnnl.global.dnnl.dnnl_matmul_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_post_ops_append_binary;
import static org.bytedeco.dnnl.global.dnnl.dnnl_post_ops_append_eltwise;
import static org.bytedeco.dnnl.global.dnnl.dnnl_post_ops_append_sum;
import static org.bytedeco.dnnl.global.dnnl.dnnl_post_ops_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_attr_destroy;

import lombok.With;
import org.bytedeco.dnnl.dnnl_memory_desc;
import org.bytedeco.dnnl.dnnl_post_ops;
import org.bytedeco.dnnl.dnnl_primitive_attr;
import org.bytedeco.dnnl.dnnl_primitive_desc;

/**
 * A matrix product C = scale · A · B, with what is done to C before it is stored. A is [sequences,
 * heads, m, k], B is [sequences, heads, k, n], C is [sequences, heads, m, n]; {@code sequences} and
 * {@code heads} are 1 for a product of two matrices.
 *
 * @param bias adds a vector [n] to each row of C
 * @param accumulate adds to what C held
 * @param addend adds a tensor to C: {@link Addend#SHARED} [m, n] to the matrices of all sequences
 *     and heads, {@link Addend#PER_SEQUENCE} [sequences, m, n]
 * @param bfloat16 whether A and B hold bfloat16 values; everything else is float32
 * @param secondBfloat16 whether B holds bfloat16 values; A may hold float32
 */
record Product(
    long sequences,
    long heads,
    @With long m,
    long n,
    long k,
    Layout a,
    Layout b,
    Layout c,
    @With boolean bias,
    @With boolean accumulate,
    @With float scale,
    @With Addend addend,
    @With boolean bfloat16,
    @With boolean secondBfloat16)
    implements PrimitiveSpec {

  /** Which tensor is added to the product. */
  enum Addend {
    NONE,
    SHARED,
    PER_SEQUENCE
  }

  /** C[m, n] = A · B. */
  static Product of(long m, long n, long k, Layout a, Layout b, Layout c) {
    return new Product(1, 1, m, n, k, a, b, c, false, false, 1, Addend.NONE, false, false);
  }

  /** A product for each sequence and head; {@link #between} sets its layouts. */
  static Product heads(long sequences, long heads, long m, long n, long k) {
    return new Product(
        sequences, heads, m, n, k, null, null, null, false, false, 1, Addend.NONE, false, false);
  }

  Product between(Layout a, Layout b, Layout c) {
    return new Product(
        sequences,
        heads,
        m,
        n,
        k,
        a,
        b,
        c,
        bias,
        accumulate,
        scale,
        addend,
        bfloat16,
        secondBfloat16);
  }

  /** Computes C from A and B, without bias and addend. */
  void run(Primitives primitives, long first, long second, long product) {
    primitives.get(this).run(first, second, product);
  }

  /** Computes C with either a bias or an addend. */
  void run(Primitives primitives, long first, long second, long product, long added) {
    primitives.get(this).run(first, second, product, added);
  }

  /** Computes C with a bias and an addend. */
  void run(Primitives primitives, long first, long second, long product, long vector, long tensor) {
    primitives.get(this).run(first, second, product, vector, tensor);
  }

  @Override
  public Primitive compile(Dnnl dnnl) {
    dnnl_memory_desc aTensor = tensor(type(bfloat16), m, k, a);
    dnnl_memory_desc bTensor = tensor(type(bfloat16 || secondBfloat16), k, n, b);
    dnnl_memory_desc cTensor = tensor(dnnl_f32, m, n, c);
    Primitive.Builder arguments =
        Primitive.arguments()
            .add(DNNL_ARG_SRC, aTensor)
            .add(DNNL_ARG_WEIGHTS, bTensor)
            .add(DNNL_ARG_DST, cTensor);
    dnnl_memory_desc biasTensor = null;
    if (bias) {
      biasTensor = Dnnl.dense(dimensions(1, 1, 1, n));
      arguments.add(DNNL_ARG_BIAS, biasTensor);
    }
    dnnl_primitive_attr attributes = attributes(arguments);
    dnnl_primitive_desc description = new dnnl_primitive_desc();
    Dnnl.check(
        "matrix product " + this,
        dnnl_matmul_primitive_desc_create(
            description, dnnl.engine(), aTensor, bTensor, biasTensor, cTensor, attributes));
    dnnl_primitive_attr_destroy(attributes);
    return arguments.build(dnnl, description);
  }

  private dnnl_primitive_attr attributes(Primitive.Builder arguments) {
    dnnl_post_ops operations = new dnnl_post_ops();
    Dnnl.check("post-operations", dnnl_post_ops_create(operations));
    int count = 0;
    if (scale != 1) {
      Dnnl.check("scale", dnnl_post_ops_append_eltwise(operations, dnnl_eltwise_linear, scale, 0));
      count++;
    }
    if (accumulate) {
      Dnnl.check("accumulation", dnnl_post_ops_append_sum(operations, 1, 0, dnnl_f32));
      count++;
    }
    if (addend != Addend.NONE) {
      dnnl_memory_desc tensor =
          Dnnl.dense(dimensions(addend == Addend.PER_SEQUENCE ? sequences : 1, 1, m, n));
      Dnnl.check("addend", dnnl_post_ops_append_binary(operations, dnnl_binary_add, tensor));
      arguments.add(DNNL_ARG_ATTR_MULTIPLE_POST_OP_BASE * (count + 1) | DNNL_ARG_SRC_1, tensor);
    }
    return Dnnl.newAttributes(operations);
  }

  private static int type(boolean bfloat16) {
    return bfloat16 ? dnnl_bf16 : dnnl_f32;
  }

  private dnnl_memory_desc tensor(int type, long height, long width, Layout layout) {
    return Dnnl.strided(
        type,
        dimensions(sequences, heads, height, width),
        dimensions(
            layout.sequenceStride(),
            layout.headStride(),
            layout.rowStride(),
            layout.elementStride()));
  }

  /**
   * One value per dimension, except for a single sequence or head: oneDNN 3.13 computes wrong
   * products if a batch dimension of size 1 has a stride smaller than its matrix.
   */
  private long[] dimensions(long sequence, long head, long row, long element) {
    if (sequences > 1 && heads > 1) {
      return new long[] {sequence, head, row, element};
    }
    if (sequences > 1 || heads > 1) {
      return new long[] {sequences > 1 ? sequence : head, row, element};
    }
    return new long[] {row, element};
  }
}
