package io.github.coconut4j.model.onednn;

import io.github.coconut4j.model.backend.WeightedLabels;
import io.github.coconut4j.model.loop.LinearWeights;
import io.github.coconut4j.model.loop.Matrix;
import io.github.coconut4j.model.loop.Range;
import java.util.Arrays;
import java.util.stream.DoubleStream;

/**
 * Weighted cross-entropy of softmax(H · Eᵀ) against labels, with H [n, D] and the token table E [V,
 * D]. With P the softmax minus the one-hot labels, each row multiplied by its weight, dH = P · E
 * and dE = Pᵀ · H. The vocabulary is divided among threads for the products, the rows for the
 * softmax; many rows are processed in chunks, which limits the memory of logits.
 */
final class TiedCrossEntropy implements AutoCloseable {

  /** Number of logits in memory at a time: 64 MB. */
  private static final long CHUNK_FLOATS = 16L << 20;

  /** Probabilities below this are recomputed from logits, since their logarithm is inaccurate. */
  private static final float SMALL = 1e-20f;

  /** The vocabulary is divided in multiples of an AVX-512 register. */
  private static final int REGISTER = 16;

  private final OneDnnDevice device;
  private final NativeFloats logits = new NativeFloats();
  private final NativeFloats partialHidden = new NativeFloats();
  private final NativeFloats rowWeights = new NativeFloats();

  /** The tokens of the stored softmax's labels, or null. */
  private int[] kept;

  TiedCrossEntropy(OneDnnDevice device) {
    this.device = device;
  }

  /**
   * The weighted sum of -log softmax(H · Eᵀ)[label], in nats. Stores the values that {@link
   * #gradients} needs.
   */
  double loss(Matrix table, Matrix hidden, WeightedLabels labels) {
    kept = null;
    double sum = 0;
    int chunk = chunkRows(table, labels.size());
    for (int from = 0; from < labels.size(); from += chunk) {
      int count = Math.min(chunk, labels.size() - from);
      sum += softmax(table, hidden.rows(from, count), labels.range(from, from + count));
    }
    kept = chunk == labels.size() ? labels.tokens() : null;
    return sum;
  }

  /**
   * Writes dH and dE of the weighted sum.
   *
   * @param dTable null if the table is not trained
   * @param tableRows the rows of the table in {@code dTable}, or null for all
   */
  void gradients(
      Matrix table,
      Matrix hidden,
      WeightedLabels labels,
      Matrix dHidden,
      Matrix dTable,
      int[] tableRows) {
    int chunk = chunkRows(table, labels.size());
    boolean fresh = kept != null && Arrays.equals(kept, labels.tokens());
    kept = null;
    double[] weights = labels.weights();
    boolean equal = Arrays.stream(weights).allMatch(weight -> weight == weights[0]);
    for (int from = 0; from < labels.size(); from += chunk) {
      int count = Math.min(chunk, labels.size() - from);
      WeightedLabels own = labels.range(from, from + count);
      Matrix rows = hidden.rows(from, count);
      if (!fresh) {
        softmax(table, rows, own);
      }
      Matrix p = subtractLabels(probabilities(table, count), own.tokens());
      float beta = from == 0 ? 0 : 1;
      float scale = equal ? (float) weights[0] : 1; // one factor of the products is cheaper
      if (!equal) {
        multiplyRows(p, own.weights());
      }
      if (tableRows == null) {
        products(p, table, rows, scale, beta, dTable);
      } else {
        products(p, table, rows, scale, beta, null);
        rowProducts(p, rows, scale, beta, dTable, tableRows);
      }
      sumPartials(count, dHidden.rows(from, count));
    }
    if (labels.size() == 0 && dTable != null) {
      Floats.clear(dTable.address(), dTable.rows() * dTable.columns());
    }
  }

  /** scores = H · Eᵀ. */
  void logits(Matrix table, Matrix hidden, Matrix scores) {
    int threads = device.workersFor(hidden.rows() * table.rows() * table.columns());
    device.runFirst(
        threads,
        (operations, thread) -> {
          Range own = Range.of(table.rows(), thread, threads, REGISTER);
          Matrix ownTable = table.rows(own.from(), own.size());
          Matrix ownScores = scores.columns(own.from(), own.size());
          if (!table.bfloat16()) {
            operations.gemm().timesTransposed(1, hidden, ownTable, 0, ownScores);
          } else if (own.size() > 0) {
            operations.linear().forward(hidden, layer(ownTable), null, ownScores);
          }
        });
  }

  /** The linear layer from hidden states to scores. */
  private static LinearWeights layer(Matrix table) {
    return new LinearWeights(table, null, true);
  }

  private static int chunkRows(Matrix table, int rows) {
    return (int) Math.max(1, Math.min(rows, CHUNK_FLOATS / table.rows()));
  }

  /** [n, V], the buffer where {@link #softmax} stores the probabilities. */
  private Matrix probabilities(Matrix table, long rows) {
    return Matrix.dense(logits.require(rows * table.rows()), rows, table.rows());
  }

  /** Computes and stores the softmax of some rows; returns the weighted sum of their losses. */
  private double softmax(Matrix table, Matrix hidden, WeightedLabels labels) {
    Matrix scores = probabilities(table, labels.size());
    logits(table, hidden, scores);
    double[] losses = new double[device.workers()];
    device.runAll(
        (operations, thread) -> {
          Range own = Range.of(labels.size(), thread, device.workers(), 1);
          losses[thread] =
              softmax(
                  operations,
                  table,
                  hidden.rows(own.from(), own.size()),
                  scores.rows(own.from(), own.size()),
                  labels.range((int) own.from(), (int) own.to()));
        });
    return DoubleStream.of(losses).sum();
  }

  private static double softmax(
      OneDnnOperations operations,
      Matrix table,
      Matrix hidden,
      Matrix scores,
      WeightedLabels labels) {
    int[] tokens = labels.tokens();
    double[] weights = labels.weights();
    FloatAddress pointer = new FloatAddress();
    double[] labelScores = new double[tokens.length];
    for (int row = 0; row < tokens.length; row++) {
      labelScores[row] = pointer.at(at(scores, row, tokens[row])).get();
    }
    Softmax.forwardByTiles(operations.primitives(), scores);
    double sum = 0;
    for (int row = 0; row < tokens.length; row++) {
      float probability = pointer.at(at(scores, row, tokens[row])).get();
      double loss =
          probability > SMALL
              ? -Math.log(probability)
              : rareLoss(scores.rows(row, 1), table, hidden.rows(row, 1), labelScores[row]);
      sum += weights[row] * loss;
    }
    return sum;
  }

  private static long at(Matrix scores, long row, long token) {
    return scores.row(row) + token * Float.BYTES;
  }

  /** -log softmax of a label so unlikely that its probability underflows. */
  private static double rareLoss(Matrix row, Matrix table, Matrix hidden, double labelScore) {
    float[] probabilities = values(row);
    int likeliest = 0;
    for (int token = 1; token < probabilities.length; token++) {
      if (probabilities[token] > probabilities[likeliest]) {
        likeliest = token;
      }
    }
    float[] state = values(hidden);
    float[] embedding = embedding(table, likeliest);
    double largest = 0;
    for (int i = 0; i < state.length; i++) {
      largest += (double) state[i] * embedding[i];
    }
    return largest - Math.log(probabilities[likeliest]) - labelScore;
  }

  private static float[] embedding(Matrix table, int token) {
    Matrix row = table.rows(token, 1);
    if (!row.bfloat16()) {
      return values(row);
    }
    float[] values = new float[(int) row.columns()];
    new Bfloat16Values().read(row.address(), values, values.length);
    return values;
  }

  private static float[] values(Matrix row) {
    float[] values = new float[(int) row.columns()];
    new FloatAddress().at(row.address()).get(values, 0, values.length);
    return values;
  }

  private static Matrix subtractLabels(Matrix probabilities, int[] tokens) {
    FloatAddress pointer = new FloatAddress();
    for (int row = 0; row < tokens.length; row++) {
      pointer.at(at(probabilities, row, tokens[row]));
      pointer.put(pointer.get() - 1);
    }
    return probabilities;
  }

  /** Multiplies each row by its weight. */
  private void multiplyRows(Matrix p, double[] weights) {
    Matrix column = Matrix.dense(rowWeights.require(weights.length), weights.length, 1);
    FloatAddress pointer = new FloatAddress();
    for (int row = 0; row < weights.length; row++) {
      pointer.at(column.row(row)).put((float) weights[row]);
    }
    device.runAll(
        (operations, thread) -> {
          Range own = Range.of(weights.length, thread, device.workers(), 1);
          Matrix rows = p.rows(own.from(), own.size());
          Matrix factors = column.rows(own.from(), own.size());
          Binary.multiplyRows(operations.primitives(), rows, factors, rows);
        });
  }

  /** dE, unless it is null, and dH of each thread's tokens. */
  private void products(
      Matrix p, Matrix table, Matrix hidden, float factor, float beta, Matrix dTable) {
    Matrix partials = partials(p.rows(), table.columns());
    device.runAll(
        (operations, thread) -> {
          Range own = Range.of(table.rows(), thread, device.workers(), REGISTER);
          Matrix ownP = p.columns(own.from(), own.size());
          Gemm gemm = operations.gemm();
          if (dTable != null) {
            gemm.transposedTimes(factor, ownP, hidden, beta, dTable.rows(own.from(), own.size()));
          }
          Matrix ownTable = table.rows(own.from(), own.size());
          Matrix partial = partials.rows(thread * p.rows(), p.rows());
          if (!table.bfloat16()) {
            gemm.times(factor, ownP, ownTable, 0, partial);
          } else if (own.size() == 0) {
            operations.clear(partial);
          } else {
            operations.linear().inputGradient(ownP, layer(ownTable), false, partial);
            operations.scale(partial, factor);
          }
        });
  }

  /** dE of some rows of the table: a product of one row for each of them. */
  private void rowProducts(
      Matrix p, Matrix hidden, float factor, float beta, Matrix dRows, int[] tableRows) {
    device.runFirst(
        1,
        (operations, thread) -> {
          for (int i = 0; i < tableRows.length; i++) {
            operations
                .gemm()
                .transposedTimes(
                    factor, p.columns(tableRows[i], 1), hidden, beta, dRows.rows(i, 1));
          }
        });
  }

  private Matrix partials(long rows, long width) {
    long all = device.workers() * rows;
    return Matrix.dense(partialHidden.require(all * width), all, width);
  }

  private void sumPartials(int count, Matrix target) {
    Matrix partials = partials(count, target.columns());
    device.runAll(
        (operations, thread) -> {
          int[] own = rows(Range.of(count, thread, device.workers(), 1), 0);
          operations.copyRows(partials, own, target, own);
          for (int other = 1; other < device.workers(); other++) {
            int[] others = rows(Range.of(count, thread, device.workers(), 1), other * count);
            operations.addRows(target, own, partials, others, target, own);
          }
        });
  }

  private static int[] rows(Range range, int offset) {
    int[] rows = new int[(int) range.size()];
    Arrays.setAll(rows, i -> (int) range.from() + offset + i);
    return rows;
  }

  @Override
  public void close() {
    logits.close();
    partialHidden.close();
    rowWeights.close();
  }
}
