package io.github.coconut4j.bench;

/**
 * The multiplications, each with its addition, that a batch of these sizes cannot do without. Only
 * matrix products count, and of these only what reaches the loss.
 *
 * <p>Per row, with d width, V vocabulary, A labels and N latents: all columns but the last are
 * read, C = T - 1, since the last label is predicted and never an input. A hidden state is used at
 * N + A of them, before a latent or a label. A query at column c has c + 1 keys, itself among them.
 */
public final class NeededArithmetic {

  /** Forward once; backward a product for each of its two factors. */
  private static final int PRODUCTS_OF_TRAINING = 3;

  private final BenchSizes sizes;

  /** The arithmetic of a batch of these sizes. */
  public NeededArithmetic(BenchSizes sizes) {
    this.sizes = sizes;
  }

  /** Floating-point operations of forward and backward, two for each multiplication. */
  public double trainingOperations() {
    return 2.0 * PRODUCTS_OF_TRAINING * forwardMultiplications();
  }

  /** B · ((L - 1) · layer + last layer + A · d · V). */
  long forwardMultiplications() {
    long logits = (long) sizes.getLabels() * sizes.getWidth() * sizes.getVocabulary();
    return sizes.getRows() * ((sizes.getLayers() - 1) * layer() + lastLayer() + logits);
  }

  /**
   * 12 d² · C + 2 d · Σ (c + 1) over all C columns. Of the 12 d², queries, keys and values are 3,
   * the attention's output 1, the feed-forward 4 + 4; of the 2 d a key, scores are one, values the
   * other.
   */
  private long layer() {
    long width = sizes.getWidth();
    return 12 * width * width * readColumns() + 2 * width * keysOf(0, readColumns());
  }

  /** 2 d² · C for keys and values, 10 d² · (N + A) for the rest, 2 d · Σ (c + 1) over N + A. */
  private long lastLayer() {
    long width = sizes.getWidth();
    long used = (long) sizes.getLatents() + sizes.getLabels();
    long columns = readColumns();
    long start = sizes.getQuestion();
    long keys =
        keysOf(start, start + sizes.getLatents()) + keysOf(columns - sizes.getLabels(), columns);
    return width * width * (2 * columns + 10 * used) + 2 * width * keys;
  }

  private long readColumns() {
    return sizes.columns() - 1L;
  }

  /** Σ (c + 1) over the columns c from {@code from} to {@code to}, exclusive. */
  private static long keysOf(long from, long to) {
    return (to * (to + 1) - from * (from + 1)) / 2;
  }
}
