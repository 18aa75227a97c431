package io.github.coconut4j.model.loop;

import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.latent.BatchLayout;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The sequences that one worker decodes, with their keys and values. Sequences that left keep their
 * places until half have left, since moving keys and values costs about as much as a step.
 */
final class WorkerDecoding implements AutoCloseable {

  private final TransformerConfig config;
  private final LayerOperations operations;
  private final WorkerLoop loop;

  /** Reads prompts that join; null until the first do. */
  private WorkerLoop reader;

  /** Input of a step [sequences, D] and its output [sequences still known, D]. */
  private final RowBuffer inputs;

  private final RowBuffer states;

  /** All sequences that have places; null if there are none. */
  private BatchLayout layout;

  /** The sequences that the caller still knows, ascending. */
  private int[] known = {};

  /** Number of time steps that there is room for. */
  private int capacity;

  WorkerDecoding(TransformerConfig config, LayerOperations operations) {
    this.config = config;
    this.operations = operations;
    loop = new WorkerLoop(config, operations);
    inputs = new RowBuffer(operations.memory(), config.getNEmbd());
    states = new RowBuffer(operations.memory(), config.getNEmbd());
  }

  /** Number of sequences that the caller still knows. */
  int sequences() {
    return known.length;
  }

  /** Forgets all sequences. */
  void clear() {
    layout = null;
    known = new int[0];
    capacity = 0;
  }

  /**
   * Reads prompts and appends them to the sequences.
   *
   * @param tokens embeddings [B · T, D]
   * @param newTokens number of steps that may follow
   * @param hidden [B, D], written with their last hidden states
   */
  void join(
      BatchLayout prompts, Matrix tokens, Parameters parameters, int newTokens, Matrix hidden) {
    int before = layout == null ? 0 : layout.sequences();
    int longest = Math.max(layout == null ? 0 : layout.steps(), prompts.steps());
    int needed = Math.addExact(longest, newTokens);
    WorkerLayout joining = new WorkerLayout(prompts);
    if (layout == null) {
      capacity = needed;
      loop.prepareInference(joining, capacity);
      loop.forward(tokens, parameters, hidden, List.of());
      layout = prompts;
    } else {
      reader = reader == null ? new WorkerLoop(config, operations) : reader;
      reader.prepareInference(joining, prompts.steps());
      reader.forward(tokens, parameters, hidden, List.of());
      capacity = Math.max(capacity, needed);
      loop.join(reader, layout.steps(), capacity);
      layout = layout.join(prompts);
    }
    int added = prompts.sequences();
    known =
        IntStream.concat(Arrays.stream(known), IntStream.range(before, before + added)).toArray();
  }

  /**
   * Appends a position to each sequence.
   *
   * @param rows the sequences' rows of {@code embeddings} and {@code hidden}
   * @param positionIds position ids of all rows
   * @param hidden written
   */
  void append(
      int[] rows, Matrix embeddings, int[] positionIds, Parameters parameters, Matrix hidden) {
    int[] ids = new int[layout.sequences()];
    for (int i = 0; i < rows.length; i++) {
      ids[known[i]] = positionIds[rows[i]];
    }
    inputs.reserve(layout.sequences());
    states.reserve(known.length);
    operations.copyRows(embeddings, rows, inputs.all(), known);
    BatchLayout next = layout.next(ids, known);
    loop.continueWith(new WorkerLayout(next));
    loop.forward(inputs.all(), parameters, states.all(), List.of());
    operations.copyRows(states.all(), null, hidden, rows);
    layout = next;
  }

  /** The inputs of latents after hidden states of any sequences [n, D]. */
  void latents(Matrix hidden, Parameters parameters, Matrix latents) {
    loop.latents(hidden, parameters, latents);
  }

  /** Removes the last time steps; later ones overwrite them. */
  void takeBack(int count) {
    if (layout != null) {
      layout = layout.firstSteps(layout.steps() - count);
    }
  }

  /** Removes the last time step of some known sequences, given by their index among these. */
  void takeBack(int[] numbers) {
    if (numbers.length > 0) {
      layout = layout.withoutLast(IntStream.of(numbers).map(i -> known[i]).toArray());
    }
  }

  /** Copies rows of hidden states of any sequences; null for the rows from the first one on. */
  void copyRows(Matrix from, int[] fromRows, Matrix to, int[] toRows) {
    operations.copyRows(from, fromRows, to, toRows);
  }

  /** Keeps some of the known sequences, given by their index among these. */
  void retain(int[] kept) {
    known = IntStream.of(kept).map(i -> known[i]).toArray();
    if (known.length == 0) {
      clear();
    } else if (2 * known.length <= layout.sequences()) {
      loop.retain(known);
      layout = layout.select(known);
      known = IntStream.range(0, known.length).toArray();
    }
  }

  @Override
  public void close() {
    loop.close();
    if (reader != null) {
      reader.close();
    }
    List.of(inputs, states).forEach(RowBuffer::close);
  }
}
