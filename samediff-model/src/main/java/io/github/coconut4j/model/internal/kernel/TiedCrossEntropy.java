package io.github.coconut4j.model.internal.kernel;

import java.util.stream.DoubleStream;

/**
 * Cross-entropy of softmax(H · Eᵀ) against labels, with H [lines, width] and the token table E
 * [vocabulary, width]. With P the softmax less the one-hot labels, over the number of lines, dH = P
 * · E and dE = Pᵀ · H. The vocabulary is shared out for the products, the lines for the softmax;
 * many lines are taken in chunks, so that the logits' memory is bounded.
 */
final class TiedCrossEntropy implements AutoCloseable {

  /** Logits held at a time: 64 MB. */
  private static final long CHUNK_FLOATS = 16L << 20;

  /** Below this a probability is recomputed from logits, as its logarithm has lost its digits. */
  private static final float SMALL = 1e-20f;

  private final int vocabulary;
  private final int width;
  private final KernelTeam team;
  private final NativeFloats logits = new NativeFloats();
  private final NativeFloats partialHidden = new NativeFloats();
  private int[] kept;

  TiedCrossEntropy(int vocabulary, int width, KernelTeam team) {
    this.vocabulary = vocabulary;
    this.width = width;
    this.team = team;
  }

  double loss(long table, long hidden, int[] labels) {
    kept = null;
    double sum = 0;
    int chunk = chunkLines(labels.length);
    for (int from = 0; from < labels.length; from += chunk) {
      int to = Math.min(labels.length, from + chunk);
      sum += probabilities(table, hidden, labels, from, to);
    }
    kept = chunk == labels.length ? labels.clone() : null;
    return sum / labels.length;
  }

  void gradients(long table, long hidden, int[] labels, float factor, long dHidden, long dTable) {
    int chunk = chunkLines(labels.length);
    boolean fresh = kept != null && java.util.Arrays.equals(kept, labels);
    kept = null;
    for (int from = 0; from < labels.length; from += chunk) {
      int to = Math.min(labels.length, from + chunk);
      if (!fresh) {
        probabilities(table, hidden, labels, from, to);
      }
      gradients(table, hidden, labels, from, to, factor / labels.length, dHidden, dTable);
    }
    if (labels.length == 0) {
      Floats.clear(dTable, (long) vocabulary * width);
    }
  }

  /** scores = H · Eᵀ. */
  void logits(long table, long hidden, long lines, long scores) {
    int parts = team.partsFor(lines * vocabulary * width);
    team.runFirst(
        parts,
        (kernels, part) -> {
          Share share = Share.of(vocabulary, part, parts, 16);
          kernels
              .gemm()
              .timesTransposed(
                  1,
                  Matrix.dense(hidden, lines, width),
                  tokens(table, share),
                  0,
                  Matrix.dense(scores, lines, vocabulary).columns(share.from(), share.size()));
        });
  }

  private int chunkLines(int lines) {
    return (int) Math.max(1, Math.min(lines, CHUNK_FLOATS / vocabulary));
  }

  /** Leaves the softmax of lines [from, to) in the logits' buffer; returns the sum of losses. */
  private double probabilities(long table, long hidden, int[] labels, int from, int to) {
    int lines = to - from;
    long scores = logits.require((long) lines * vocabulary);
    logits(table, line(hidden, from), lines, scores);
    double[] losses = new double[team.size()];
    team.runAll(
        (kernels, part) -> {
          Share share = Share.of(lines, part, team.size(), 1);
          losses[part] = softmax(kernels, share, scores, table, hidden, labels, from);
        });
    return DoubleStream.of(losses).sum();
  }

  private double softmax(
      Kernels kernels, Share share, long scores, long table, long hidden, int[] labels, int from) {
    FloatAddress cell = new FloatAddress();
    double[] labelScores = new double[(int) share.size()];
    for (int i = 0; i < labelScores.length; i++) {
      long line = share.from() + i;
      labelScores[i] = cell.at(score(scores, line, labels[(int) (from + line)])).get();
    }
    kernels.softmax(share.size(), vocabulary, score(scores, share.from(), 0));
    double sum = 0;
    for (int i = 0; i < labelScores.length; i++) {
      int line = (int) share.from() + i;
      float probability = cell.at(score(scores, line, labels[from + line])).get();
      sum +=
          probability > SMALL
              ? -Math.log(probability)
              : rareLoss(scores, line, table, line(hidden, from + line), labelScores[i]);
    }
    return sum;
  }

  /** -log softmax of a label so unlikely that its probability underflows. */
  private double rareLoss(long scores, long line, long table, long hidden, double labelScore) {
    float[] probabilities = new float[vocabulary];
    new FloatAddress().at(score(scores, line, 0)).get(probabilities, 0, vocabulary);
    int likeliest = 0;
    for (int token = 1; token < vocabulary; token++) {
      if (probabilities[token] > probabilities[likeliest]) {
        likeliest = token;
      }
    }
    float[] state = new float[width];
    float[] embedding = new float[width];
    new FloatAddress().at(hidden).get(state, 0, width);
    new FloatAddress().at(line(table, likeliest)).get(embedding, 0, width);
    double largest = 0;
    for (int i = 0; i < width; i++) {
      largest += (double) state[i] * embedding[i];
    }
    return largest - Math.log(probabilities[likeliest]) - labelScore;
  }

  private void gradients(
      long table,
      long hidden,
      int[] labels,
      int from,
      int to,
      float factor,
      long dHidden,
      long dTable) {
    int lines = to - from;
    long scores = logits.require((long) lines * vocabulary);
    FloatAddress cell = new FloatAddress();
    for (int line = 0; line < lines; line++) {
      cell.at(score(scores, line, labels[from + line]));
      cell.put(cell.get() - 1);
    }
    long partials = partialHidden.require((long) team.size() * lines * width);
    team.runAll(
        (kernels, part) -> {
          Share share = Share.of(vocabulary, part, team.size(), 16);
          Matrix p = Matrix.dense(scores, lines, vocabulary).columns(share.from(), share.size());
          Matrix h = Matrix.dense(line(hidden, from), lines, width);
          Matrix dH = Matrix.dense(line(partials, (long) part * lines), lines, width);
          Gemm gemm = kernels.gemm();
          gemm.transposedTimes(factor, p, h, from == 0 ? 0 : 1, tokens(dTable, share));
          gemm.times(factor, p, tokens(table, share), 0, dH);
        });
    addPartials(partials, lines, line(dHidden, from));
  }

  private void addPartials(long partials, long lines, long target) {
    team.runAll(
        (kernels, part) -> {
          Share share = Share.of(lines, part, team.size(), 1);
          Rows rows = new Rows(width);
          for (long line = share.from(); line < share.to(); line++) {
            rows.copy(line(partials, line), line(target, line));
            for (int other = 1; other < team.size(); other++) {
              rows.add(
                  line(target, line), line(partials, other * lines + line), line(target, line));
            }
          }
        });
  }

  /** A share of the tokens' lines in a table, or in its gradient. */
  private Matrix tokens(long table, Share share) {
    return Matrix.dense(table, vocabulary, width).lines(share.from(), share.size());
  }

  private long line(long matrix, long index) {
    return matrix + index * width * Float.BYTES;
  }

  private long score(long scores, long line, long token) {
    return scores + (line * vocabulary + token) * Float.BYTES;
  }

  @Override
  public void close() {
    logits.close();
    partialHidden.close();
  }
}
