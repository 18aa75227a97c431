package io.github.coconut4j.model.internal.kernel;

import java.util.List;
import java.util.function.Function;

/** The gradients of the norms' parameters and of the position embedding, from all slices. */
final class VectorGradients {

  private final TransformerShape shape;
  private final FloatAddress pointer = new FloatAddress();

  VectorGradients(TransformerShape shape) {
    this.shape = shape;
  }

  void norms(List<SliceState> slices, TransformerParameters gradients) {
    for (int i = 0; i < shape.layers(); i++) {
      int layer = i;
      TransformerParameters.Layer out = gradients.layer(layer);
      norm(slices, s -> s.norms.get(layer).norm1(), out.norm1Scale(), out.norm1Shift());
      norm(slices, s -> s.norms.get(layer).norm2(), out.norm2Scale(), out.norm2Shift());
    }
    norm(slices, s -> s.finalNorm, gradients.finalNormScale(), gradients.finalNormShift());
  }

  private void norm(
      List<SliceState> slices, Function<SliceState, NormGradient> of, long scale, long shift) {
    float[] scaleSum = new float[shape.width()];
    float[] shiftSum = new float[shape.width()];
    slices.forEach(slice -> of.apply(slice).addTo(scaleSum, shiftSum));
    pointer.at(scale).put(scaleSum, 0, shape.width());
    pointer.at(shift).put(shiftSum, 0, shape.width());
  }

  /**
   * Every cell's input gradient, added up by position; positions that no cell has get 0.
   *
   * @param tablePositions positions of the table [positions, width] at {@code target}
   */
  void positions(List<SliceState> slices, long target, int tablePositions) {
    int width = shape.width();
    int used = slices.get(0).slice().batch().largestPosition() + 1;
    float[] sums = new float[used * width];
    Rows rows = new Rows(width);
    for (SliceState state : slices) {
      SlicePlan slice = state.slice();
      LineBuffer gradient = state.gradients.get(0).input();
      for (int column = 0; column < slice.columns(); column++) {
        for (int row = 0; row < slice.rows(); row++) {
          rows.addTo(
              sums, slice.position(row, column) * width, gradient.at(slice.line(row, column)));
        }
      }
    }
    pointer.at(target).put(sums, 0, sums.length);
    long rest = (long) (tablePositions - used) * width;
    if (rest > 0) {
      Floats.clear(target + (long) sums.length * Float.BYTES, rest);
    }
  }
}
