package io.github.coconut4j.model.latent;

import io.github.coconut4j.model.internal.Arguments;
import java.util.Arrays;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Continues a batch of prompts token by token with a key/value cache. Sequences may leave and join
 * at any time; the results of a sequence do not depend on the others.
 *
 * <p>A decoder belongs to one thread. Shapes: R sequences still in the batch, D width, V
 * vocabulary.
 */
public interface Decoder extends AutoCloseable {

  /** Number of sequences still in the batch, R. */
  int sequences();

  /**
   * Scores of the next token of each sequence.
   *
   * @return logits [R, V]; valid until the sequences change or the decoder is closed. Later logits,
   *     of another decoder too, may then overwrite them
   */
  INDArray logits();

  /** The same as Java arrays, R of V scores, which the caller owns. */
  default float[][] logitRows() {
    INDArray logits = logits();
    float[] all = (logits.isView() ? logits.dup('c') : logits).data().asFloat();
    int vocabulary = (int) logits.size(1);
    float[][] rows = new float[sequences()][];
    Arrays.setAll(rows, row -> Arrays.copyOfRange(all, row * vocabulary, (row + 1) * vocabulary));
    return rows;
  }

  /**
   * Final hidden states, after the final layer norm, of each sequence's last position.
   *
   * @return a copy [R, D]
   */
  INDArray hiddenStates();

  /**
   * The input that a latent after each sequence's last position would have: the model's {@link
   * io.github.coconut4j.model.ThoughtMapConfig} applied to {@link #hiddenStates()}, which is the
   * same if the map is the identity.
   *
   * @return a copy [R, D]
   */
  INDArray latents();

  /**
   * Appends one token to each sequence.
   *
   * @param tokens R token ids
   * @throws IllegalStateException if a sequence would exceed the number of tokens given when it was
   *     read
   */
  void advance(int[] tokens);

  /**
   * Appends to each sequence one position whose input is a vector instead of a token's embedding:
   * {@code advance(latents())} appends one latent.
   *
   * @param inputs input embeddings, before positions are added [R, D]
   * @throws IllegalStateException as {@link #advance(int[])}
   */
  void advance(INDArray inputs);

  /**
   * Appends a latent to some sequences and a token to the others, as {@code advance(latents())} and
   * {@link #advance(int[])} would.
   *
   * @param tokens R token ids; those of sequences that get a latent are ignored
   * @param latents the sequences that get a latent, ascending
   * @throws IllegalArgumentException if they do not ascend within the batch
   * @throws IllegalStateException as {@link #advance(int[])}
   */
  void advance(int[] tokens, int[] latents);

  /** Marks the current place of the sequences, for {@link #rewind}. */
  DecoderMark mark();

  /**
   * Removes everything that was appended since a mark, so that several continuations can be tried
   * after reading their common beginning once.
   *
   * @param mark an earlier mark of this decoder
   * @throws IllegalStateException if sequences joined or left since the mark, or the mark itself
   *     was taken back
   */
  void rewind(DecoderMark mark);

  /**
   * Removes, in some sequences only, the one position that was appended since a mark; the others
   * keep theirs. This invalidates earlier marks. Such a position still occupies memory, which
   * {@link LatentTransformer#decoder(LatentBatch, int, int)} reserves.
   *
   * @param mark a mark of this decoder, exactly one position earlier
   * @param sequences ascending
   * @throws IllegalArgumentException if they do not ascend within the batch
   * @throws IllegalStateException if another number of positions was appended since the mark
   */
  void rewind(DecoderMark mark, int[] sequences);

  /**
   * Reads prompts, including their latents, and appends them to the sequences of the batch.
   *
   * @param maxNewTokens how many times {@link #advance} may be called for them, at least 0
   * @throws IllegalArgumentException as {@link LatentTransformer#decoder}
   */
  default void join(LatentBatch prompts, int maxNewTokens) {
    Arguments.requireNonNull(prompts, "batch", "Build one with LatentBatch.builder().");
    int[] each = new int[prompts.sequences()];
    Arrays.fill(each, maxNewTokens);
    join(prompts, each);
  }

  /**
   * Reads prompts, including their latents, and appends them to the sequences of the batch.
   *
   * @param maxNewTokens how many times {@link #advance} may be called for each of them, at least 0
   * @throws IllegalArgumentException as {@link LatentTransformer#decoder}, or if the numbers are
   *     not one per prompt
   */
  void join(LatentBatch prompts, int[] maxNewTokens);

  /**
   * Removes sequences from the batch.
   *
   * @param sequences indices of the sequences that stay, ascending
   */
  void retain(int[] sequences);

  @Override
  void close();
}
