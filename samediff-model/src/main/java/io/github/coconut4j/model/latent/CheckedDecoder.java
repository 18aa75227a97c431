package io.github.coconut4j.model.latent;

import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.Weights;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * What decoders have in common: every argument is checked before anything is computed, rows know
 * their next positions, and marks are kept apart from what was taken back.
 *
 * <p>Shapes: R rows still in the batch, D width, V vocabulary.
 */
abstract class CheckedDecoder implements Decoder {

  private final TransformerConfig config;
  private final Weights weights;

  /** Set while a call runs, since a second one would read what the first is writing. */
  private final AtomicBoolean running = new AtomicBoolean();

  private int[] nextPositions;
  private int capacity;
  private DecoderMark.Place place = new DecoderMark.Place(null);
  private boolean failed;
  private boolean closed;

  /** Null until asked for after each token. */
  private INDArray logits;

  /**
   * A decoder of prompts that were checked.
   *
   * @param weights held as long as the decoder
   */
  CheckedDecoder(TransformerConfig config, Weights weights, PromptEnds ends, int maxNewTokens) {
    this.config = config;
    this.weights = weights;
    nextPositions = ends.nextPositions();
    capacity = maxNewTokens;
  }

  /** Computes the next tokens' scores [R, V]. */
  abstract INDArray computeLogits();

  /** A copy of the states of the rows' last positions [R, D]. */
  abstract INDArray copyStates();

  /** Appends tokens [R], each in [0, V), at these positions. */
  abstract void append(int[] tokens, int[] positions);

  /** Appends embeddings [R, D] at these positions. */
  abstract void append(INDArray inputs, int[] positions);

  /** Takes the last positions back, before which the states were these [R, D]. */
  abstract void takeBack(int count, INDArray states);

  /** Keeps some rows, which ascend. */
  abstract void keep(int[] rows);

  /**
   * Frees what the decoder holds.
   *
   * @param failed whether a call did not end, so that what it wrote to cannot be used again
   */
  abstract void free(boolean failed);

  @Override
  public final int rows() {
    return nextPositions.length;
  }

  @Override
  public final INDArray logits() {
    return call(
        () -> {
          if (logits == null) {
            logits = computeLogits();
          }
          return logits;
        });
  }

  @Override
  public final INDArray hiddenStates() {
    return call(this::copyStates);
  }

  @Override
  public final void advance(int[] tokens) {
    int[] own = tokens == null ? null : tokens.clone();
    requireTokens(own);
    append(() -> append(own, nextPositions));
  }

  @Override
  public final void advance(INDArray inputs) {
    requireInputs(inputs);
    append(() -> append(inputs, nextPositions));
  }

  private void append(Runnable append) {
    call(
        () -> {
          if (capacity == 0) {
            throw new IllegalStateException(
                "A decoder takes as many tokens as were foreseen when it was made, and all are"
                    + " used. Make it with a larger maxNewTokens.");
          }
          whole(append);
          capacity--;
          place = new DecoderMark.Place(place);
          nextPositions = Arrays.stream(nextPositions).map(position -> position + 1).toArray();
          logits = null;
          return null;
        });
  }

  @Override
  public final DecoderMark mark() {
    return call(() -> new DecoderMark(copyStates(), nextPositions, capacity, place));
  }

  @Override
  public final void rewind(DecoderMark mark) {
    if (mark == null) {
      throw new IllegalArgumentException("A decoder goes back to a mark, but the mark is null.");
    }
    call(
        () -> {
          int appended = mark.appendedSince(rows(), capacity, place);
          whole(() -> takeBack(appended, mark.hidden()));
          capacity = mark.capacity();
          nextPositions = mark.nextPositions();
          place = mark.place();
          logits = null;
          return null;
        });
  }

  @Override
  public final void retain(int[] rows) {
    int[] own = rows == null ? null : rows.clone();
    requireRows(own);
    call(
        () -> {
          if (own.length < nextPositions.length) {
            whole(() -> keep(own));
            nextPositions = IntStream.of(own).map(row -> nextPositions[row]).toArray();
            place = new DecoderMark.Place(null); // no earlier mark is of these rows
            logits = null;
          }
          return null;
        });
  }

  @Override
  public final void close() {
    if (!running.compareAndSet(false, true)) {
      throw concurrentCall();
    }
    try {
      if (!closed) {
        closed = true;
        logits = null;
        free(failed);
      }
    } finally {
      running.set(false);
    }
  }

  /** Runs a call if the decoder is open and no other call is running. */
  private <T> T call(Supplier<T> call) {
    if (!running.compareAndSet(false, true)) {
      throw concurrentCall();
    }
    try {
      requireUsable();
      return call.get();
    } finally {
      running.set(false);
    }
  }

  private static IllegalStateException concurrentCall() {
    return new IllegalStateException(
        "A decoder serves one thread at a time, but a call came while another was running. Make a"
            + " decoder for each thread.");
  }

  private void requireUsable() {
    if (closed) {
      throw new IllegalStateException("A decoder must be open to be used, but it was closed.");
    }
    if (failed) {
      throw new IllegalStateException(
          "A decoder cannot go on after a call that failed halfway. Close it and make another.");
    }
    weights.requireOpen();
  }

  /** Runs a change that must not be left half done. */
  private void whole(Runnable change) {
    failed = true;
    change.run();
    failed = false;
  }

  private void requireTokens(int[] tokens) {
    if (tokens == null || tokens.length != rows()) {
      throw new IllegalArgumentException(
          "A decoder takes one token for each of its rows, but it has "
              + rows()
              + " rows and was given "
              + (tokens == null ? "null" : tokens.length + " tokens")
              + ".");
    }
    PromptEnds.requireTokens(tokens, config.getVocabSize());
  }

  private void requireInputs(INDArray inputs) {
    long[] shape = {rows(), config.getNEmbd()};
    DataType type = weights.get(Weights.TOKEN_TABLE).dataType();
    if (inputs == null
        || inputs.wasClosed()
        || inputs.dataType() != type
        || !Arrays.equals(inputs.shape(), shape)) {
      throw new IllegalArgumentException(
          "A decoder takes embeddings of its rows, "
              + type
              + " of shape "
              + Arrays.toString(shape)
              + ", but was given "
              + described(inputs)
              + ".");
    }
  }

  private static String described(INDArray array) {
    if (array == null) {
      return "null";
    }
    return array.wasClosed()
        ? "an array that was closed"
        : array.dataType() + " of shape " + Arrays.toString(array.shape());
  }

  private void requireRows(int[] rows) {
    boolean ascend = rows != null && rows.length > 0;
    for (int i = 0; ascend && i < rows.length; i++) {
      ascend = rows[i] >= (i == 0 ? 0 : rows[i - 1] + 1) && rows[i] < rows();
    }
    if (!ascend) {
      throw new IllegalArgumentException(
          "Rows to retain must ascend, be from 0 to "
              + (rows() - 1)
              + " and be at least one, but are "
              + Arrays.toString(rows)
              + ". Close the decoder when no row is left.");
    }
  }
}
