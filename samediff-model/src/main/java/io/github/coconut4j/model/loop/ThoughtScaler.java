package io.github.coconut4j.model.loop;

import io.github.coconut4j.model.ThoughtMapConfig;
import io.github.coconut4j.model.TransformerConfig;
import java.util.List;

/**
 * z = h · s / ‖h‖ with a fixed number s: an RMS norm with the scale s / √d in every dimension,
 * which is not trained.
 */
final class ThoughtScaler implements MappedThoughts.RowMap {

  private static final float EPSILON = (float) ThoughtMapConfig.SCALE_EPSILON;

  private final LayerOperations operations;
  private final float gain;

  /** The norm's scale [1, d]. */
  private final RowBuffer scale;

  /** Gradient of the scale, which is not used. */
  private final RowBuffer scaleGradient;

  /** Mean squares. */
  private final RowBuffer statistics;

  ThoughtScaler(TransformerConfig config, LayerOperations operations) {
    this.operations = operations;
    int width = config.getNEmbd();
    gain = (float) (config.getThoughtMap().getScale() / Math.sqrt(width));
    scale = new RowBuffer(operations.memory(), width);
    scaleGradient = new RowBuffer(operations.memory(), width);
    statistics = new RowBuffer(operations.memory(), 1);
  }

  @Override
  public void reserve(long rows) {
    statistics.reserve(rows);
    scale.reserve(1);
    operations.fill(scale.all(), gain);
  }

  @Override
  public void startAt(long row) {
    statistics.startAt(row);
  }

  @Override
  public void forward(long from, long n, RowBuffer x, Parameters parameters, RowBuffer z) {
    operations.rmsNorm(x.rows(from, n), scale.all(), EPSILON, statistics(from, n), z.rows(from, n));
  }

  private Matrix statistics(long from, long n) {
    return statistics.rows(from, n).reshape(n);
  }

  @Override
  public void startGradients() {
    scaleGradient.reserve(1);
    operations.clear(scaleGradient.all());
  }

  @Override
  public void backward(long from, RowBuffer x, Parameters parameters, Matrix dz, Matrix dx) {
    long n = dz.rows();
    operations.rmsNormGradient(
        x.rows(from, n), statistics(from, n), scale.all(), EPSILON, dz, dx, scaleGradient.all());
  }

  @Override
  public List<GradientSums.Part> gradientParts(Matrix x) {
    return List.of();
  }

  @Override
  public List<Norm> norms() {
    return List.of();
  }

  @Override
  public void close() {
    List.of(scale, scaleGradient, statistics).forEach(RowBuffer::close);
  }
}
