package io.github.coconut4j.model.plainjava;

import io.github.coconut4j.model.Activation;
import io.github.coconut4j.model.loop.Attention;
import io.github.coconut4j.model.loop.AttentionShape;
import io.github.coconut4j.model.loop.DeviceMemory;
import io.github.coconut4j.model.loop.LayerOperations;
import io.github.coconut4j.model.loop.Linear;
import io.github.coconut4j.model.loop.LinearWeights;
import io.github.coconut4j.model.loop.MaskedRows;
import io.github.coconut4j.model.loop.Matrix;
import io.github.coconut4j.model.loop.WorkerLayout;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/** The layers' operations as loops over Java arrays. */
final class PlainJavaOperations implements LayerOperations, Linear {

  private final Heap heap;
  private WorkerLayout layout;

  PlainJavaOperations(Heap heap) {
    this.heap = heap;
  }

  WorkerLayout layout() {
    return layout;
  }

  @Override
  public DeviceMemory memory() {
    return heap.memory();
  }

  @Override
  public void start(WorkerLayout batch) {
    layout = batch;
  }

  @Override
  public Linear linear() {
    return this;
  }

  @Override
  public Attention attention(AttentionShape shape) {
    return new PlainJavaAttention(this, heap, shape);
  }

  @Override
  public void copyRows(Matrix source, int[] sourceRows, Matrix target, int[] targetRows) {
    int count = sourceRows == null ? targetRows.length : sourceRows.length;
    for (int i = 0; i < count; i++) {
      heap.putRow(target, index(targetRows, i), heap.row(source, index(sourceRows, i)));
    }
  }

  private static int index(int[] rows, int i) {
    return rows == null ? i : rows[i];
  }

  @Override
  public void addRows(Matrix a, int[] aRows, Matrix b, int[] bRows, Matrix sum, int[] sumRows) {
    for (int i = 0; i < sumRows.length; i++) {
      float[] added = heap.row(b, index(bRows, i));
      float[] row = heap.row(a, index(aRows, i));
      for (int j = 0; j < row.length; j++) {
        row[j] += added[j];
      }
      heap.putRow(sum, sumRows[i], row);
    }
  }

  @Override
  public void scale(Matrix x, float factor) {
    forEach(x, (row, column) -> (double) heap.get(x, row, column) * factor);
  }

  @Override
  public void copy(Matrix source, Matrix target) {
    forEach(target, (row, column) -> heap.get(source, row, column));
  }

  @Override
  public void clear(Matrix matrix) {
    forEach(matrix, (row, column) -> 0);
  }

  @Override
  public void fill(Matrix matrix, float value) {
    forEach(matrix, (row, column) -> value);
  }

  @Override
  public void add(Matrix a, Matrix b, Matrix sum) {
    forEach(sum, (i, j) -> heap.get(a, i, j) + heap.get(b, i, j));
  }

  @Override
  public void dropout(MaskedRows rows, Matrix x, Matrix residual, Matrix y) {
    int width = (int) x.columns();
    for (int row = 0; row < x.rows(); row++) {
      double[] m = rows.mask().multipliers(rows.sequences()[row], 0, rows.steps()[row], width);
      for (int i = 0; i < width; i++) {
        double added = residual == null ? 0 : heap.get(residual, row, i);
        heap.put(y, row, i, added + m[i] * heap.get(x, row, i));
      }
    }
  }

  /** A value for each element. */
  private interface ElementWise {
    double at(long row, long column);
  }

  private void forEach(Matrix target, ElementWise value) {
    for (long row = 0; row < target.rows(); row++) {
      for (long column = 0; column < target.columns(); column++) {
        heap.put(target, row, column, value.at(row, column));
      }
    }
  }

  @Override
  public void activation(Activation f, Matrix x, Matrix y) {
    forEach(y, (i, j) -> PlainJavaActivation.value(f, heap.get(x, i, j)));
  }

  @Override
  public void activationGradient(Activation f, Matrix x, Matrix dy, Matrix dx) {
    forEach(dx, (i, j) -> heap.get(dy, i, j) * PlainJavaActivation.slope(f, heap.get(x, i, j)));
  }

  @Override
  public void gate(Activation f, Matrix gate, Matrix x, Matrix y) {
    forEach(y, (i, j) -> PlainJavaActivation.value(f, heap.get(gate, i, j)) * heap.get(x, i, j));
  }

  @Override
  public void gateGradient(Activation f, Matrix gate, Matrix x, Matrix dy) {
    forEach(
        gate,
        (i, j) -> {
          double g = heap.get(gate, i, j);
          double gateGradient =
              heap.get(dy, i, j) * heap.get(x, i, j) * PlainJavaActivation.slope(f, g);
          heap.put(x, i, j, heap.get(dy, i, j) * PlainJavaActivation.value(f, g));
          return gateGradient;
        });
  }

  @Override
  public void rotate(Matrix x, double[] frequencies, int[] positionIds, boolean back) {
    int half = frequencies.length;
    for (int row = 0; row < positionIds.length; row++) {
      for (long low = 0; low < x.columns(); low += 2L * half) {
        for (int j = 0; j < half; j++) {
          double angle = (back ? -1 : 1) * positionIds[row] * frequencies[j];
          double a = heap.get(x, row, low + j);
          double b = heap.get(x, row, low + half + j);
          heap.put(x, row, low + j, a * Math.cos(angle) - b * Math.sin(angle));
          heap.put(x, row, low + half + j, b * Math.cos(angle) + a * Math.sin(angle));
        }
      }
    }
  }

  @Override
  public void rmsNorm(Matrix x, Matrix scale, float epsilon, Matrix statistics, Matrix y) {
    for (long row = 0; row < x.rows(); row++) {
      double square = 0;
      for (float value : heap.row(x, row)) {
        square += value * (double) value / x.columns();
      }
      heap.put(statistics, 0, row, square);
      for (long i = 0; i < x.columns(); i++) {
        double normed = heap.get(x, row, i) / Math.sqrt(square + epsilon);
        heap.put(y, row, i, normed * heap.get(scale, 0, i));
      }
    }
  }

  @Override
  public void rmsNormGradient(
      Matrix x,
      Matrix statistics,
      Matrix scale,
      float epsilon,
      Matrix dy,
      Matrix dx,
      Matrix scaleGradient) {
    int d = (int) x.columns();
    for (long row = 0; row < x.rows(); row++) {
      double root = Math.sqrt(heap.get(statistics, 0, row) + epsilon);
      double[] normed = new double[d];
      double[] gradient = new double[d];
      double dot = 0;
      for (int i = 0; i < d; i++) {
        normed[i] = heap.get(x, row, i) / root;
        heap.add(scaleGradient, 0, i, heap.get(dy, row, i) * normed[i]);
        gradient[i] = heap.get(dy, row, i) * heap.get(scale, 0, i);
        dot += gradient[i] * normed[i] / d;
      }
      for (int i = 0; i < d; i++) {
        heap.put(dx, row, i, (gradient[i] - normed[i] * dot) / root);
      }
    }
  }

  @Override
  public void layerNorm(
      Matrix x, Matrix scale, Matrix shift, float epsilon, Matrix statistics, Matrix y) {
    for (long row = 0; row < x.rows(); row++) {
      double mean = 0;
      double square = 0;
      for (float value : heap.row(x, row)) {
        mean += value / (double) x.columns();
      }
      for (float value : heap.row(x, row)) {
        square += (value - mean) * (value - mean) / x.columns();
      }
      heap.put(statistics, 0, row, mean);
      heap.put(statistics, 1, row, square);
      for (long i = 0; i < x.columns(); i++) {
        double normed = (heap.get(x, row, i) - mean) / Math.sqrt(square + epsilon);
        heap.put(y, row, i, normed * heap.get(scale, 0, i) + heap.get(shift, 0, i));
      }
    }
  }

  @Override
  public void layerNormGradient(
      Matrix x,
      Matrix statistics,
      Matrix scale,
      float epsilon,
      Matrix dy,
      Matrix dx,
      Matrix parameterGradients) {
    int d = (int) x.columns();
    for (long row = 0; row < x.rows(); row++) {
      double deviation = Math.sqrt(heap.get(statistics, 1, row) + epsilon);
      double[] normed = new double[d];
      double[] gradient = new double[d];
      double sum = 0;
      double dot = 0;
      for (int i = 0; i < d; i++) {
        normed[i] = (heap.get(x, row, i) - heap.get(statistics, 0, row)) / deviation;
        heap.add(parameterGradients, 0, i, heap.get(dy, row, i) * normed[i]);
        heap.add(parameterGradients, 1, i, heap.get(dy, row, i));
        gradient[i] = heap.get(dy, row, i) * heap.get(scale, 0, i);
        sum += gradient[i] / d;
        dot += gradient[i] * normed[i] / d;
      }
      for (int i = 0; i < d; i++) {
        heap.put(dx, row, i, (gradient[i] - sum - normed[i] * dot) / deviation);
      }
    }
  }

  /** W[in, out], however it is stored. */
  private float weight(LinearWeights weights, long in, long out) {
    return weights.outIn()
        ? heap.get(weights.weight(), out, in)
        : heap.get(weights.weight(), in, out);
  }

  @Override
  public void forward(Matrix x, LinearWeights weights, Matrix residual, Matrix y) {
    forEach(
        y,
        (row, column) -> {
          double sum = weights.bias() == null ? 0 : heap.get(weights.bias(), 0, column);
          for (long i = 0; i < x.columns(); i++) {
            sum += (double) heap.get(x, row, i) * weight(weights, i, column);
          }
          return residual == null ? sum : sum + heap.get(residual, row, column);
        });
  }

  @Override
  public void inputGradient(Matrix dy, LinearWeights weights, boolean accumulate, Matrix dx) {
    forEach(
        dx,
        (row, column) -> {
          double sum = accumulate ? heap.get(dx, row, column) : 0;
          for (long i = 0; i < dy.columns(); i++) {
            sum += (double) heap.get(dy, row, i) * weight(weights, column, i);
          }
          return sum;
        });
  }

  @Override
  public void parameterGradients(List<Term> terms, boolean accumulate, LinearWeights gradients) {
    if (!accumulate) {
      Stream.of(gradients.weight(), gradients.bias()).filter(Objects::nonNull).forEach(this::clear);
    }
    for (Term term : terms) {
      for (long n = 0; n < term.x().rows(); n++) {
        for (long out = 0; out < term.dy().columns(); out++) {
          addTerm(term, n, out, gradients);
        }
      }
    }
  }

  private void addTerm(Term term, long n, long out, LinearWeights gradients) {
    float dy = heap.get(term.dy(), n, out);
    if (gradients.bias() != null) {
      heap.add(gradients.bias(), 0, out, dy);
    }
    if (gradients.weight() == null) {
      return;
    }
    for (long in = 0; in < term.x().columns(); in++) {
      double product = (double) heap.get(term.x(), n, in) * dy;
      if (gradients.outIn()) {
        heap.add(gradients.weight(), out, in, product);
      } else {
        heap.add(gradients.weight(), in, out, product);
      }
    }
  }

  @Override
  public void close() {
    layout = null;
  }
}
