package io.github.coconut4j.bench;

import io.github.coconut4j.model.TransformerConfig;

/**
 * The minimal number of multiplications, each with an addition, for a batch of these sizes. Only
 * matrix products count, and of these only what the loss depends on.
 *
 * <p>Per row, with d width, q and k the widths of queries and keys, f that of the feed-forward, V
 * vocabulary, A labels and N latents: all columns except the last are read, C = T - 1, since the
 * last label is predicted and never an input. A hidden state is used at N + A of them, before a
 * latent or a label. A query at column c has c + 1 keys, including its own.
 */
public final class NeededArithmetic {

  /** One product in the forward pass; in the backward pass one for each of its two factors. */
  private static final int PRODUCTS_OF_TRAINING = 3;

  private final BenchSizes sizes;
  private final TransformerConfig transformer;

  /** The arithmetic of a batch of these sizes. */
  public NeededArithmetic(BenchSizes sizes) {
    this.sizes = sizes;
    this.transformer = sizes.getTransformer();
  }

  /** Floating-point operations of forward and backward, two for each multiplication. */
  public double trainingOperations() {
    return 2.0 * PRODUCTS_OF_TRAINING * forwardMultiplications();
  }

  /** B · ((L - 1) · layer + last layer + A · d · V). */
  long forwardMultiplications() {
    long logits = (long) sizes.getLabels() * transformer.getNEmbd() * transformer.getVocabSize();
    return sizes.getRows() * ((transformer.getNLayer() - 1) * layer() + lastLayer() + logits);
  }

  /** All products · C + 2 q · Σ (c + 1) over all C columns. */
  private long layer() {
    long columns = readColumns();
    return (keysAndValues() + others()) * columns + keyProducts() * keysOf(0, columns);
  }

  /** Keys and values · C, the other products · (N + A), 2 q · Σ (c + 1) over N + A. */
  private long lastLayer() {
    long used = (long) sizes.getLatents() + sizes.getLabels();
    long columns = readColumns();
    long start = sizes.getQuestion();
    long keys =
        keysOf(start, start + sizes.getLatents()) + keysOf(columns - sizes.getLabels(), columns);
    return keysAndValues() * columns + others() * used + keyProducts() * keys;
  }

  /** 2 d k. */
  private long keysAndValues() {
    return 2L * transformer.getNEmbd() * transformer.keyValueWidth();
  }

  /** 2 d q for queries and the attention's output, and the feed-forward: 2 d f, gated 3 d f. */
  private long others() {
    long feedForward = transformer.isLlamaFamily() ? 3 : 2;
    long width = transformer.getNEmbd();
    return width * (2L * transformer.queryWidth() + feedForward * transformer.innerSize());
  }

  /** 2 q per query and key: one product for scores, one for values. */
  private long keyProducts() {
    return 2L * transformer.queryWidth();
  }

  private long readColumns() {
    return sizes.columns() - 1L;
  }

  /** Σ (c + 1) over the columns c from {@code from} to {@code to}, exclusive. */
  private static long keysOf(long from, long to) {
    return (to * (to + 1) - from * (from + 1)) / 2;
  }
}
