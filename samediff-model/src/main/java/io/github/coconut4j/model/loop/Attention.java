package io.github.coconut4j.model.loop;

/**
 * Causal self-attention of one layer on a device, for the sequences of one worker, over the keys
 * and values that it stores for all time steps so far:
 *
 * <pre>
 * P = softmax(Q · Kᵀ / √headSize + mask)      O  = (m ⊙ P) · V
 * dS = softmax'(P, m ⊙ (dO · Vᵀ))             dQ = dS · K / √headSize
 * dK += dSᵀ · Q / √headSize                   dV += (m ⊙ P)ᵀ · dO
 * </pre>
 *
 * <p>m are dropout's multipliers: the index of a key is its step, counted from its sequence's first
 * real token. Without dropout they are 1.
 *
 * <p>Q, K, V and O are matrices [n, width] with a row for each position of a pass, the heads side
 * by side; {@link LayerOperations#start} has announced the passes. With {@code queriedOnly} the
 * rows of Q and O are only the pass's queried positions.
 */
public interface Attention extends AutoCloseable {

  /**
   * Makes room for a batch; nothing is stored.
   *
   * @param capacity number of time steps to make room for
   * @param training whether a backward pass follows
   */
  void start(int sequences, int capacity, boolean training);

  /** Stores K and V of a pass; they replace earlier values of the same time steps. */
  void store(Pass pass, Matrix keys, Matrix values);

  /**
   * O of a pass's queries over the keys of all time steps stored so far.
   *
   * @param dropout the queries' positions and mask, or null for none
   */
  void forward(Pass pass, boolean queriedOnly, Matrix queries, MaskedRows dropout, Matrix output);

  /** Sets the sums dK and dV to 0. */
  void startGradients();

  /**
   * Writes dQ of a pass, and adds the contributions of its queries to dK and dV of the time steps
   * that they attend to.
   *
   * @param dropout the same object as in the forward pass
   * @param queryGradient may be {@code queries}, which it then overwrites
   */
  void backward(
      Pass pass,
      boolean queriedOnly,
      Matrix queries,
      MaskedRows dropout,
      Matrix outputGradient,
      Matrix queryGradient);

  /**
   * Returns dK and dV of a pass's time steps, after all later passes have added to them. For time
   * steps that an earlier pass visited too, the sums are reset to 0.
   */
  void keyValueGradients(Pass pass, Matrix keyGradient, Matrix valueGradient);

  /** Removes all sequences except these, which ascend. */
  void retain(int[] sequences);

  /**
   * Appends the sequences of another attention of the same layer and device.
   *
   * @param ownSteps number of valid time steps of its own sequences; later ones were taken back
   * @param capacity number of time steps to make room for
   * @throws OutOfMemoryError if there is not enough memory; this attention is then unchanged
   */
  void join(Attention others, int ownSteps, int capacity);

  @Override
  void close();
}
