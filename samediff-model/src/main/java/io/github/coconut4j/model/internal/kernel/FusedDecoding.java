package io.github.coconut4j.model.internal.kernel;

import io.github.coconut4j.model.Precision;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.FloatPointer;

/**
 * Reads a batch of prompts with their latents and continues every row token by token, keeping keys
 * and values. Prompts may differ in length, padded on either side: what is padding is never seen.
 * Serves one caller at a time; {@link #close()} frees its native memory and threads.
 */
final class FusedDecoding implements AutoCloseable {

  private final TransformerShape shape;
  private final SliceTeam team;
  private final LineBuffer inputs;

  /** The states that a call computes, until it has computed all. */
  private final LineBuffer states;

  private TransformerParameters weights;

  /** All rows that are still laid out, and their columns so far; null before prompts were read. */
  private LatentPlan plan;

  /** The rows that the caller still knows, as rows of the plan. */
  private int[] rows;

  private int capacity;

  /** See {@link FusedTransformer#FusedTransformer}. */
  FusedDecoding(int layers, int width, int heads, int inner, float epsilon, int threads) {
    shape = new TransformerShape(layers, width, heads, inner, epsilon);
    team = new SliceTeam(shape, threads, Precision.FLOAT32);
    inputs = new LineBuffer(width);
    states = new LineBuffer(width);
  }

  /**
   * Reads the prompts.
   *
   * @param prompts made by {@link LatentPlan#forLastCells}
   * @param tokenEmbeddings [rows, columns, width]; latent cells are not read
   * @param parameters kept until the next call of this method
   * @param newTokens how often {@link #advance} may follow
   * @param hidden [rows, width], overwritten with the state after each row's last cell
   */
  void start(
      LatentPlan prompts,
      FloatPointer tokenEmbeddings,
      TransformerParameters parameters,
      int newTokens,
      FloatPointer hidden) {
    shape.requireLayers(parameters);
    if (newTokens < 0) {
      throw new IllegalArgumentException("New tokens must be at least 0; found " + newTokens);
    }
    plan = null; // until the keys and values are whole
    weights = parameters;
    rows = IntStream.range(0, prompts.rows()).toArray();
    capacity = Math.addExact(prompts.columns(), newTokens);
    EmbeddedTokens tokens =
        new EmbeddedTokens(tokenEmbeddings.address(), prompts.columns(), 0, shape.width());
    team.divide(prompts.rows());
    team.run(
        (slice, share) -> {
          slice.startForwardOnly(prompts, share, capacity);
          slice.forward(tokens, weights, hidden.address());
        });
    HostFloats.hold(tokenEmbeddings, parameters, hidden);
    plan = prompts;
  }

  /** Rows still in the batch. */
  int rows() {
    return rows.length;
  }

  /**
   * Appends one token to each row. If that fails, as for want of memory, nothing has changed.
   *
   * @param embeddings [rows, width]
   * @param positions position ids, one a row
   * @param hidden [rows, width], overwritten with the state after the token
   * @throws IllegalStateException if more tokens come than were foreseen
   */
  void advance(FloatPointer embeddings, int[] positions, FloatPointer hidden) {
    requirePrompts();
    if (plan.columns() == capacity) {
      throw new IllegalStateException(
          "The decoding has room for "
              + capacity
              + " columns and all are used; start it with a larger number of new tokens");
    }
    int[] positionOfRow = new int[plan.rows()];
    Rows lines = new Rows(shape.width());
    inputs.reserve(plan.rows());
    states.reserve(rows.length);
    for (int i = 0; i < rows.length; i++) {
      positionOfRow[rows[i]] = positions[i];
      lines.copy(embeddings.address() + (long) i * shape.width() * Float.BYTES, inputs.at(rows[i]));
    }
    EmbeddedTokens tokens = new EmbeddedTokens(inputs.at(0), 1, plan.columns(), shape.width());
    LatentPlan next = plan.next(positionOfRow, rows);
    team.run(
        (slice, share) -> {
          slice.continueWith(next, share);
          slice.forward(tokens, weights, states.at(0));
        });
    plan = next;
    Floats.copy(states.at(0), hidden.address(), (long) rows.length * shape.width());
    HostFloats.hold(embeddings, hidden);
  }

  private void requirePrompts() {
    if (plan == null) {
      throw new IllegalStateException("Prompts must be read before they are continued; none were");
    }
  }

  /** Takes the last columns back, which {@link #advance} appended; later ones overwrite them. */
  void takeBack(int count) {
    requirePrompts();
    if (count < 0 || count >= plan.columns()) {
      throw new IllegalArgumentException(
          "Of " + plan.columns() + " columns at least one is left; found " + count + " to take");
    }
    plan = plan.firstColumns(plan.columns() - count);
  }

  /**
   * Lets rows leave the batch.
   *
   * @param kept indices of the rows that stay, ascending
   */
  void retain(int[] kept) {
    requirePrompts();
    for (int i = 0; i < kept.length; i++) {
      if (kept[i] < (i == 0 ? 0 : kept[i - 1] + 1) || kept[i] >= rows.length) {
        throw new IllegalArgumentException(
            "Rows to retain must ascend and be less than " + rows.length + "; found " + kept[i]);
      }
    }
    rows = IntStream.of(kept).map(index -> rows[index]).toArray();
    // Moving keys and values costs about as much as a step, so rows move when half have left.
    if (rows.length > 0 && 2 * rows.length <= plan.rows()) {
      team.retainRows(rows);
      plan = plan.ofRows(rows);
      rows = IntStream.range(0, rows.length).toArray();
    }
  }

  @Override
  public void close() {
    team.close();
    inputs.close();
    states.close();
  }
}
