package io.github.coconut4j.model.internal.kernel;

import java.util.Random;

/**
 * GPT-2 with a latent loop in plain double-precision loops, straight from its definition: cell by
 * cell, column by column, every layer at every cell. What the fused loop is compared with.
 */
final class ReferenceTransformer {

  final int layers;
  final int width;
  final int heads;
  final int inner;
  final double epsilon;
  final double[] positions;
  final double[][][] layerTensors;
  final double[] finalScale;
  final double[] finalShift;

  ReferenceTransformer(
      int layers, int width, int heads, int inner, double epsilon, int positionCount, long seed) {
    this.layers = layers;
    this.width = width;
    this.heads = heads;
    this.inner = inner;
    this.epsilon = epsilon;
    Random random = new Random(seed);
    int d = width;
    int[] sizes = {d, d, 3 * d * d, 3 * d, d * d, d, d, d, d * inner, inner, inner * d, d};
    positions = normal(random, positionCount * d, 0, 0.5);
    layerTensors = new double[layers][sizes.length][];
    for (double[][] tensors : layerTensors) {
      for (int i = 0; i < sizes.length; i++) {
        double mean = i == 0 || i == 6 ? 1 : 0;
        tensors[i] = normal(random, sizes[i], mean, 1.5 / Math.sqrt(d));
      }
    }
    finalScale = normal(random, d, 1, 0.3);
    finalShift = normal(random, d, 0, 0.3);
  }

  static double[] normal(Random random, int count, double mean, double deviation) {
    return random
        .doubles(count, 0, 1)
        .map(ignored -> (float) (mean + deviation * random.nextGaussian()))
        .toArray();
  }

  /**
   * Hidden states [rows][columns][width]. Latent cells take the hidden state one column before.
   *
   * @param inputs token embeddings [rows · columns · width]; latent cells are overwritten
   */
  double[][][] hidden(LatentPlan plan, double[] inputs) {
    double[][][] hidden = new double[plan.rows()][plan.columns()][];
    for (int row = 0; row < plan.rows(); row++) {
      double[][][] keys = new double[layers][plan.columns()][];
      double[][][] values = new double[layers][plan.columns()][];
      for (int column = 0; column < plan.columns(); column++) {
        int start = (row * plan.columns() + column) * width;
        if (plan.isLatent(row, column)) {
          System.arraycopy(hidden[row][column - 1], 0, inputs, start, width);
        }
        double[] x = new double[width];
        for (int i = 0; i < width; i++) {
          x[i] = inputs[start + i] + positions[plan.position(row, column) * width + i];
        }
        for (int layer = 0; layer < layers; layer++) {
          x = layer(plan, row, column, layerTensors[layer], x, keys[layer], values[layer]);
        }
        hidden[row][column] = norm(x, finalScale, finalShift);
      }
    }
    return hidden;
  }

  private double[] layer(
      LatentPlan plan,
      int row,
      int column,
      double[][] w,
      double[] x,
      double[][] keys,
      double[][] values) {
    double[] qkv = affine(norm(x, w[0], w[1]), w[2], w[3]);
    keys[column] = java.util.Arrays.copyOfRange(qkv, width, 2 * width);
    values[column] = java.util.Arrays.copyOfRange(qkv, 2 * width, 3 * width);
    double[] attended = attend(plan, row, column, qkv, keys, values);
    double[] middle = sum(x, affine(attended, w[4], w[5]));
    double[] up = affine(norm(middle, w[6], w[7]), w[8], w[9]);
    for (int i = 0; i < up.length; i++) {
      up[i] = gelu(up[i]);
    }
    return sum(middle, affine(up, w[10], w[11]));
  }

  private double[] attend(
      LatentPlan plan, int row, int column, double[] q, double[][] keys, double[][] values) {
    int size = width / heads;
    double[] out = new double[width];
    for (int head = 0; head < heads; head++) {
      double[] weights = new double[column + 1];
      double total = 0;
      for (int key = 0; key <= column; key++) {
        boolean seen = key == column || (plan.isReal(row, column) && plan.isReal(row, key));
        double score = 0;
        for (int i = head * size; i < (head + 1) * size; i++) {
          score += q[i] * keys[key][i];
        }
        weights[key] = seen ? Math.exp(score / Math.sqrt(size)) : 0;
        total += weights[key];
      }
      for (int key = 0; key <= column; key++) {
        for (int i = head * size; i < (head + 1) * size; i++) {
          out[i] += weights[key] / total * values[key][i];
        }
      }
    }
    return out;
  }

  private double[] norm(double[] x, double[] scale, double[] shift) {
    double mean = java.util.Arrays.stream(x).average().orElseThrow();
    double variance =
        java.util.Arrays.stream(x).map(v -> (v - mean) * (v - mean)).average().orElseThrow();
    double[] y = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      y[i] = (x[i] - mean) / Math.sqrt(variance + epsilon) * scale[i] + shift[i];
    }
    return y;
  }

  private static double[] affine(double[] x, double[] weight, double[] bias) {
    double[] y = bias.clone();
    for (int i = 0; i < x.length; i++) {
      for (int j = 0; j < y.length; j++) {
        y[j] += x[i] * weight[i * y.length + j];
      }
    }
    return y;
  }

  private static double[] sum(double[] a, double[] b) {
    double[] sum = new double[a.length];
    for (int i = 0; i < a.length; i++) {
      sum[i] = a[i] + b[i];
    }
    return sum;
  }

  private static double gelu(double x) {
    return 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
  }
}
