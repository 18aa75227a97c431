package io.github.coconut4j.model.loop;

import io.github.coconut4j.model.ParameterLayout;
import io.github.coconut4j.model.ThoughtMapConfig;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.dropout.Dropout;
import io.github.coconut4j.model.dropout.ReferenceDropout;
import io.github.coconut4j.model.latent.BatchLayout;
import io.github.coconut4j.model.latent.Positions;
import io.github.coconut4j.model.latent.Visit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * GPT-2 with a latent loop in plain double-precision loops, straight from its definition: visit by
 * visit, time step by time step, every layer at every position. What devices are compared with.
 */
public final class ReferenceTransformer {

  final int layers;
  final int width;
  final int heads;
  final int inner;
  final double epsilon;
  final double[] positions;
  final double[][][] layerTensors;
  final double[] finalScale;
  final double[] finalShift;

  private ReferenceThoughtMap thoughtMap = ReferenceThoughtMap.IDENTITY;

  /** Null for none. */
  private Dropout dropout;

  private ReferenceDropout masks = new ReferenceDropout(null);

  public ReferenceTransformer(
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

  /** The same model, which drops values from now on. */
  ReferenceTransformer with(Dropout chosen) {
    dropout = chosen;
    masks = new ReferenceDropout(chosen);
    return this;
  }

  /** The same model, which maps thoughts from now on, by random values where it has some. */
  ReferenceTransformer with(ThoughtMapConfig map) {
    List<double[]> projection = new ArrayList<>();
    if (map.isProjection()) {
      int p = map.getProjectionWidth();
      Random random = new Random(p);
      for (int size : new int[] {p * width, p, width * p, width, width, width}) {
        double mean = projection.size() == 4 ? 1 : 0;
        projection.add(normal(random, size, mean, 1.5 / Math.sqrt(width)));
      }
    }
    thoughtMap = new ReferenceThoughtMap(map, projection);
    return this;
  }

  /** Null for none. */
  Dropout dropout() {
    return dropout;
  }

  /** The architecture; its vocabulary is not used. */
  TransformerConfig config() {
    return TransformerConfig.builder()
        .vocabSize(1)
        .nPositions(positions.length / width)
        .nEmbd(width)
        .nLayer(layers)
        .nHead(heads)
        .nInner(inner)
        .layerNormEpsilon(epsilon)
        .thoughtMap(thoughtMap.map())
        .build();
  }

  /** All tensors in their layout's order: positions, layers, final norm, projection. */
  List<double[]> values() {
    List<double[]> values = new ArrayList<>();
    values.add(positions);
    for (double[][] tensors : layerTensors) {
      values.addAll(List.of(tensors));
    }
    values.add(finalScale);
    values.add(finalShift);
    values.addAll(thoughtMap.projection());
    return values;
  }

  /** The same as arrays of their parameters' shapes. */
  List<INDArray> weights() {
    List<double[]> values = values();
    List<ParameterLayout.Parameter> parameters = ParameterLayout.of(config()).loopParameters();
    return IntStream.range(0, values.size())
        .mapToObj(i -> LoopRun.array(values.get(i), parameters.get(i).shape()))
        .toList();
  }

  /** Values that a float holds. */
  public static double[] normal(Random random, int count, double mean, double deviation) {
    return random
        .doubles(count, 0, 1)
        .map(ignored -> (float) (mean + deviation * random.nextGaussian()))
        .toArray();
  }

  /**
   * Hidden states [sequences][steps][width], each as its last visit gave it. Latents take the
   * hidden state one time step before, as the last earlier visit gave it.
   *
   * @param inputs token embeddings [sequences · steps · width]
   */
  double[][][] hidden(BatchLayout layout, double[] inputs) {
    double[][][] hidden = new double[layout.sequences()][layout.steps()][];
    for (int b = 0; b < layout.sequences(); b++) {
      double[][][] keys = new double[layers][layout.steps()][];
      double[][][] values = new double[layers][layout.steps()][];
      for (Visit visit : layout.visits().list()) {
        double[][] before = hidden[b].clone();
        for (int t = visit.from(); t < visit.to(); t++) {
          boolean fed = layout.positions().isLatent(b, t) && before[t - 1] != null;
          int start = (b * layout.steps() + t) * width;
          double[] x =
              fed ? thoughtMap.of(before[t - 1]) : Arrays.copyOfRange(inputs, start, start + width);
          for (int i = 0; i < width; i++) {
            x[i] += positions[layout.positions().id(b, t) * width + i];
          }
          x = dropped(0, 0, layout.positions(), b, t, x);
          for (int layer = 0; layer < layers; layer++) {
            x = layer(layout.positions(), b, t, layer, x, keys[layer], values[layer]);
          }
          hidden[b][t] = norm(x, finalScale, finalShift);
        }
      }
    }
    return hidden;
  }

  private double[] layer(
      Positions batch, int b, int t, int layer, double[] x, double[][] keys, double[][] values) {
    double[][] w = layerTensors[layer];
    double[] qkv = affine(norm(x, w[0], w[1]), w[2], w[3]);
    keys[t] = Arrays.copyOfRange(qkv, width, 2 * width);
    values[t] = Arrays.copyOfRange(qkv, 2 * width, 3 * width);
    double[] attended = attend(batch, b, t, layer, qkv, keys, values);
    double[] middle = sum(x, dropped(2, layer, batch, b, t, affine(attended, w[4], w[5])));
    double[] up = affine(norm(middle, w[6], w[7]), w[8], w[9]);
    for (int i = 0; i < up.length; i++) {
      up[i] = gelu(up[i]);
    }
    return sum(middle, dropped(3, layer, batch, b, t, affine(up, w[10], w[11])));
  }

  private double[] dropped(int site, int layer, Positions batch, int b, int t, double[] x) {
    int step = t - firstReal(batch, b);
    double[] multipliers = masks.multipliers(site, layer, b, 0, step, x.length);
    double[] y = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      y[i] = multipliers[i] * x[i];
    }
    return y;
  }

  private static int firstReal(Positions batch, int b) {
    int t = 0;
    while (t < batch.steps() - 1 && !batch.isReal(b, t)) {
      t++;
    }
    return batch.isReal(b, t) ? t : 0;
  }

  /** By time step, one that comes before the first real token included. */
  private double[] keyMultipliers(Positions batch, int b, int t, int layer, int head) {
    int first = firstReal(batch, b);
    double[] multipliers = new double[t + 1];
    Arrays.fill(multipliers, 1);
    if (t >= first) {
      double[] own = masks.multipliers(1, layer, b, head, t - first, t - first + 1);
      System.arraycopy(own, 0, multipliers, first, own.length);
    }
    return multipliers;
  }

  private double[] attend(
      Positions batch, int b, int t, int layer, double[] q, double[][] keys, double[][] values) {
    int size = width / heads;
    double[] out = new double[width];
    for (int head = 0; head < heads; head++) {
      double[] weights = new double[t + 1];
      double total = 0;
      for (int key = 0; key <= t; key++) {
        boolean seen = key == t || (batch.isReal(b, t) && batch.isReal(b, key));
        double score = 0;
        for (int i = head * size; i < (head + 1) * size; i++) {
          score += q[i] * keys[key][i];
        }
        weights[key] = seen ? Math.exp(score / Math.sqrt(size)) : 0;
        total += weights[key];
      }
      double[] multipliers = keyMultipliers(batch, b, t, layer, head);
      for (int key = 0; key <= t; key++) {
        for (int i = head * size; i < (head + 1) * size; i++) {
          out[i] += multipliers[key] * weights[key] / total * values[key][i];
        }
      }
    }
    return out;
  }

  private double[] norm(double[] x, double[] scale, double[] shift) {
    double mean = Arrays.stream(x).average().orElseThrow();
    double variance = Arrays.stream(x).map(v -> (v - mean) * (v - mean)).average().orElseThrow();
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
