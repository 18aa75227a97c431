package io.github.coconut4j.model.onednn;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SCALE;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_VARIANCE;
import static org.bytedeco.dnnl.global.dnnl.dnnl_forward_training;
import static org.bytedeco.dnnl.global.dnnl.dnnl_layer_normalization_forward_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_rms_norm;
import static org.bytedeco.dnnl.global.dnnl.dnnl_use_scale;

import io.github.coconut4j.model.loop.Matrix;
import org.bytedeco.dnnl.dnnl_memory_desc;
import org.bytedeco.dnnl.dnnl_primitive_desc;

/**
 * RMS normalization of each row, which stores mean squares. Its gradient is {@link
 * RmsNormGradient}: oneDNN 3.13 accepts this primitive's backward form, but computes that of a
 * layer norm.
 */
record RmsNorm(long rows, long columns, float epsilon) implements PrimitiveSpec {

  private static final int FLAGS = dnnl_use_scale | dnnl_rms_norm;

  /**
   * y = x / sqrt(mean square + epsilon) ⊙ scale.
   *
   * @param statistics [1, n], written: mean squares
   */
  static void forward(
      Primitives primitives, Matrix x, Matrix scale, float epsilon, Matrix statistics, Matrix y) {
    Tiles.forEach(
        x.rows(),
        (tile, done) ->
            primitives
                .get(new RmsNorm(tile, x.columns(), epsilon))
                .run(
                    x.row(done),
                    y.row(done),
                    statistics.columns(done, tile).address(),
                    scale.address()));
  }

  @Override
  public Primitive compile(Dnnl dnnl) {
    dnnl_memory_desc values = Dnnl.dense(rows, columns);
    dnnl_memory_desc statistics = Dnnl.dense(rows);
    return Primitive.arguments()
        .add(DNNL_ARG_SRC, values)
        .add(DNNL_ARG_DST, Dnnl.dense(rows, columns))
        .add(DNNL_ARG_VARIANCE, statistics)
        .add(DNNL_ARG_SCALE, Dnnl.dense(columns))
        .build(dnnl, description(dnnl, values, statistics));
  }

  private dnnl_primitive_desc description(
      Dnnl dnnl, dnnl_memory_desc values, dnnl_memory_desc statistics) {
    dnnl_primitive_desc description = new dnnl_primitive_desc();
    Dnnl.check(
        "RMS normalization",
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
}
