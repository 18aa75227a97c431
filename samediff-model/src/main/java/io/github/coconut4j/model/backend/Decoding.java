package io.github.coconut4j.model.backend;

import io.github.coconut4j.model.latent.BatchLayout;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The backend of a {@link io.github.coconut4j.model.latent.Decoder}: sequences that are continued
 * one position at a time, with a key/value cache. The caller has checked arguments; one thread
 * calls at a time.
 *
 * <p>Shapes: R sequences, D width, V vocabulary.
 */
public interface Decoding extends AutoCloseable {

  /**
   * Reads prompts and appends them to the sequences.
   *
   * @param prompts their layout
   * @param tokens their token ids [B, T], row by row
   * @param newTokens how many times {@link #append} may be called for them
   */
  void join(BatchLayout prompts, int[] tokens, int newTokens);

  /** Appends a token to each sequence, at these position ids [R]. */
  void append(int[] tokens, int[] positionIds);

  /**
   * Appends a position whose input is a vector to each sequence [R, D], at these position ids [R].
   */
  void append(INDArray inputs, int[] positionIds);

  /**
   * Appends a latent to some sequences, which ascend, and a token to the others, at these position
   * ids [R].
   *
   * @param tokens valid ids [R]; those of sequences that get a latent are ignored
   */
  void append(int[] tokens, int[] latents, int[] positionIds);

  /** Removes the last positions of every sequence; final hidden states become these [R, D]. */
  void takeBack(int count, INDArray states);

  /**
   * Removes the last position of some sequences, which ascend; their final hidden states become
   * their rows of {@code states} [R, D]. The others are unchanged.
   */
  void takeBack(int[] sequences, INDArray states);

  /** Removes all sequences except these, which ascend. */
  void retain(int[] sequences);

  /** Scores of the next tokens [R, V], valid until the next call. */
  INDArray logits();

  /** Final hidden states of the last positions, a copy [R, D]. */
  INDArray hiddenStates();

  /**
   * The inputs that following latents would have: the model's map of the hidden states, a copy [R,
   * D].
   */
  INDArray latents();

  /**
   * Ends the decoding.
   *
   * @param failed whether a call failed, so that its buffers cannot be reused
   */
  void close(boolean failed);

  @Override
  default void close() {
    close(false);
  }
}
