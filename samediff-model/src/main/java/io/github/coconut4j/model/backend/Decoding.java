package io.github.coconut4j.model.backend;

import io.github.coconut4j.model.latent.BatchLayout;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * What a {@link io.github.coconut4j.model.latent.Decoder} runs on: sequences that are continued one
 * position at a time, keys and values kept. Arguments are checked before they come here; one thread
 * calls at a time.
 *
 * <p>Shapes: R sequences, D width, V vocabulary.
 */
public interface Decoding extends AutoCloseable {

  /**
   * Reads prompts, which join the sequences after those that are there.
   *
   * @param prompts their layout
   * @param tokens their token ids [B, T], row by row
   * @param newTokens how often {@link #append} may follow
   */
  void join(BatchLayout prompts, int[] tokens, int newTokens);

  /** Appends a token to each sequence, at these position ids [R]. */
  void append(int[] tokens, int[] positionIds);

  /** Appends a position that is fed a vector to each sequence [R, D], at these position ids [R]. */
  void append(INDArray inputs, int[] positionIds);

  /** Takes the last positions of every sequence back; final hidden states become these [R, D]. */
  void takeBack(int count, INDArray states);

  /**
   * Takes the last position of some sequences back, ascending; their final hidden states become
   * those of these rows [R, D]. The others stay as they are.
   */
  void takeBack(int[] sequences, INDArray states);

  /** Lets sequences leave that are not among these, which ascend. */
  void retain(int[] sequences);

  /** Scores of the next tokens [R, V], valid until the next call. */
  INDArray logits();

  /** Final hidden states of the last positions, a copy [R, D]. */
  INDArray hiddenStates();

  /**
   * What latents that followed would be fed: the model's map of the hidden states, a copy [R, D].
   */
  INDArray latents();

  /**
   * Ends the decoding.
   *
   * @param failed whether a call did not end, so that what it wrote to cannot be used again
   */
  void close(boolean failed);

  @Override
  default void close() {
    close(false);
  }
}
