package io.github.coconut4j.model.loop;

/**
 * Causal self-attention of one layer on a device, for the sequences of one worker, over the keys
 * and values that it keeps of all time steps so far:
 *
 * <pre>
 * P = softmax(Q · Kᵀ / √headSize + mask)      O  = (m ⊙ P) · V
 * dS = softmax'(P, m ⊙ (dO · Vᵀ))             dQ = dS · K / √headSize
 * dK += dSᵀ · Q / √headSize                   dV += (m ⊙ P)ᵀ · dO
 * </pre>
 *
 * <p>m are dropout's multipliers: a key has the element of its step, counted from its sequence's
 * first real token. Without dropout they are 1.
 *
 * <p>Q, K, V and O are matrices [n, width] with a row for each position of a pass, the heads side
 * by side; {@link LayerOperations#start} has announced the passes. With {@code queriedOnly} the
 * rows of Q and O are the pass's queried positions alone.
 */
public interface Attention extends AutoCloseable {

  /**
   * Makes room for a batch; nothing is stored.
   *
   * @param capacity time steps to make room for
   * @param training whether gradients follow
   */
  void start(int sequences, int capacity, boolean training);

  /** Takes over K and V of a pass; of time steps that were stored before it is the newer value. */
  void store(Pass pass, Matrix keys, Matrix values);

  /**
   * O of a pass's queries over the keys of all time steps that were stored so far.
   *
   * @param dropout the queries' positions and mask, or null for none
   */
  void forward(Pass pass, boolean queriedOnly, Matrix queries, MaskedRows dropout, Matrix output);

  /** Sets the sums dK and dV to 0. */
  void startGradients();

  /**
   * dQ of a pass, overwriting, and what its queries add to dK and dV of the time steps they see.
   *
   * @param dropout the same object as in the forward pass
   * @param queryGradient may be {@code queries}, in whose place it comes
   */
  void backward(
      Pass pass,
      boolean queriedOnly,
      Matrix queries,
      MaskedRows dropout,
      Matrix outputGradient,
      Matrix queryGradient);

  /**
   * Hands out dK and dV of a pass's time steps, to which all later passes have added. Where an
   * earlier pass visited some of them too, their sums begin at 0 again.
   */
  void keyValueGradients(Pass pass, Matrix keyGradient, Matrix valueGradient);

  /** Lets sequences leave that are not among these, which ascend. */
  void retain(int[] sequences);

  /**
   * Takes over the sequences of another attention of the same layer and device, after its own.
   *
   * @param ownSteps time steps of its own sequences that count: later ones were taken back
   * @param capacity time steps to make room for
   * @throws OutOfMemoryError if there is no room; this attention is as before
   */
  void join(Attention others, int ownSteps, int capacity);

  @Override
  void close();
}
