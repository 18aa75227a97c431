package io.github.coconut4j.model.latent;

import io.github.coconut4j.model.Weights;
import io.github.coconut4j.model.backend.Decoding;
import io.github.coconut4j.model.internal.Arguments;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The decoder for any backend's decoding. It checks every argument before anything is computed,
 * tracks the next position of each sequence, and tells valid marks from those that were taken back.
 *
 * <p>Shapes: R sequences still in the batch, D width, V vocabulary.
 */
final class CheckedDecoder implements Decoder {

  private final DecoderInputs inputs;
  private final Weights weights;
  private final Decoding decoding;

  /** Set while a call runs, since a second one would read what the first is writing. */
  private final AtomicBoolean running = new AtomicBoolean();

  /** Position ids of the next tokens [R]. */
  private int[] nextPositions = {};

  /** Number of tokens that each sequence still accepts [R]. */
  private int[] remaining = {};

  /**
   * Number of positions that may be appended to each sequence, including those that it takes back
   * alone [R]. The room for its keys and values was made when it joined, and sequences that join
   * later need not enlarge it, so their room must not count for it.
   */
  private int[] slots = {};

  /** Number of appended positions that each sequence may take back alone. */
  private final int spare;

  /** Identifies the decoder's place for marks; {@link DecoderMark#appendedSince} describes it. */
  private final List<Object> path = new ArrayList<>();

  private boolean failed;
  private boolean closed;

  /** Null until requested after each token. */
  private INDArray logits;

  /**
   * Makes a decoder without sequences.
   *
   * @param weights held as long as the decoder
   * @param decoding closed with the decoder
   * @param spare number of positions that single sequences may take back, at least 0
   */
  CheckedDecoder(DecoderInputs inputs, Weights weights, Decoding decoding, int spare) {
    this.spare = spare;
    this.inputs = inputs;
    this.weights = weights;
    this.decoding = decoding;
    changedSequences();
  }

  @Override
  public int sequences() {
    return nextPositions.length;
  }

  @Override
  public void join(LatentBatch prompts, int[] maxNewTokens) {
    Arguments.requireNonNull(maxNewTokens, "maxNewTokens", "Give a number for each prompt.");
    int[] room = maxNewTokens.clone();
    BatchLayout layout = inputs.requirePrompts(prompts, room);
    int[] tokens = prompts.getInputIds().reshape(-1).toIntVector();
    call(
        () -> {
          int[] all = joined(remaining, room);
          int most = Math.addExact(most(all), spare);
          whole(() -> decoding.join(layout, tokens, most));
          slots = joined(slots, plus(room, spare));
          nextPositions = joined(nextPositions, DecoderInputs.nextPositions(layout));
          remaining = all;
          changedSequences();
          return null;
        });
  }

  private static int most(int[] values) {
    return Arrays.stream(values).max().orElse(0);
  }

  private static int[] joined(int[] first, int[] second) {
    return IntStream.concat(Arrays.stream(first), Arrays.stream(second)).toArray();
  }

  private static int[] plus(int[] values, int difference) {
    return Arrays.stream(values).map(value -> value + difference).toArray();
  }

  private static int[] selected(int[] values, int[] kept) {
    return IntStream.of(kept).map(b -> values[b]).toArray();
  }

  /** Invalidates all earlier marks. */
  private void changedSequences() {
    path.clear();
    path.add(new Object());
    logits = null;
  }

  @Override
  public INDArray logits() {
    return call(
        () -> {
          if (logits == null) {
            logits = decoding.logits();
          }
          return logits;
        });
  }

  @Override
  public INDArray hiddenStates() {
    return call(decoding::hiddenStates);
  }

  @Override
  public INDArray latents() {
    return call(decoding::latents);
  }

  @Override
  public void advance(int[] tokens) {
    int[] own = tokens == null ? null : tokens.clone();
    inputs.requireTokens(own, sequences());
    append(() -> decoding.append(own, nextPositions));
  }

  @Override
  public void advance(INDArray vectors) {
    inputs.requireVectors(vectors, sequences());
    append(() -> decoding.append(vectors, nextPositions));
  }

  @Override
  public void advance(int[] tokens, int[] latents) {
    int[] rows = latents == null ? null : latents.clone();
    DecoderInputs.requireLatents(rows, sequences());
    int[] own = tokens == null ? null : tokens.clone();
    if (own != null && own.length == sequences()) {
      IntStream.of(rows).forEach(row -> own[row] = 0);
    }
    inputs.requireTokens(own, sequences());
    append(() -> decoding.append(own, rows, nextPositions));
  }

  private void append(Runnable append) {
    call(
        () -> {
          requireRoom();
          whole(append);
          slots = plus(slots, -1);
          remaining = plus(remaining, -1);
          path.add(new Object());
          nextPositions = plus(nextPositions, 1);
          logits = null;
          return null;
        });
  }

  private void requireRoom() {
    for (int i = 0; i < remaining.length; i++) {
      if (remaining[i] == 0) {
        throw new IllegalStateException(
            "A sequence can take at most maxNewTokens tokens, but those of sequence "
                + i
                + " are all used. Read it with a larger maxNewTokens, or let it leave.");
      }
    }
    for (int i = 0; i < slots.length; i++) {
      if (slots[i] == 0) {
        throw new IllegalStateException(
            "A decoder can take back positions of single sequences at most maxTakenBack times, but"
                + " sequence "
                + i
                + " has used all "
                + spare
                + ". Make the decoder with a larger maxTakenBack, or let the sequence leave.");
      }
    }
  }

  @Override
  public DecoderMark mark() {
    return call(() -> new DecoderMark(decoding.hiddenStates(), nextPositions, remaining, path));
  }

  @Override
  public void rewind(DecoderMark mark) {
    Arguments.requireNonNull(mark, "mark", "Take it with mark() before what is taken back.");
    call(
        () -> {
          int appended = mark.appendedSince(path, sequences());
          whole(() -> decoding.takeBack(appended, mark.hidden()));
          slots = plus(slots, appended);
          remaining = mark.remaining();
          nextPositions = mark.nextPositions();
          path.subList(path.size() - appended, path.size()).clear();
          logits = null;
          return null;
        });
  }

  @Override
  public void rewind(DecoderMark mark, int[] sequences) {
    Arguments.requireNonNull(mark, "mark", "Take it with mark() before what is taken back.");
    int[] own = sequences == null ? null : sequences.clone();
    DecoderInputs.requireTakenBack(own, sequences());
    call(
        () -> {
          int appended = mark.appendedSince(path, sequences());
          if (appended != 1) {
            throw new IllegalStateException(
                "Some sequences go back by one position, but "
                    + appended
                    + " were appended since the mark. Mark the place before each.");
          }
          whole(() -> decoding.takeBack(own, mark.hidden()));
          for (int b : own) {
            remaining[b]++;
            nextPositions[b]--;
          }
          changedSequences();
          return null;
        });
  }

  @Override
  public void retain(int[] sequences) {
    int[] own = sequences == null ? null : sequences.clone();
    DecoderInputs.requireKept(own, sequences());
    call(
        () -> {
          if (own.length < nextPositions.length) {
            whole(() -> decoding.retain(own));
            nextPositions = selected(nextPositions, own);
            remaining = selected(remaining, own);
            slots = selected(slots, own);
            changedSequences();
          }
          return null;
        });
  }

  @Override
  public void close() {
    if (!running.compareAndSet(false, true)) {
      throw concurrentCall();
    }
    try {
      if (!closed) {
        closed = true;
        logits = null;
        decoding.close(failed);
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
      throw new IllegalStateException(
          "A decoder must be open to be used, but it was closed. Make another.");
    }
    if (failed) {
      throw new IllegalStateException(
          "A decoder cannot be used after a call that failed. Close it and make another.");
    }
    weights.requireOpen();
  }

  /** Runs a change; if it fails, the decoder cannot be used further. */
  private void whole(Runnable change) {
    failed = true;
    change.run();
    failed = false;
  }
}
