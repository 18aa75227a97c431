package io.github.coconut4j.model.latent;

import io.github.coconut4j.model.internal.Arguments;
import java.util.Arrays;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Continues a batch of prompts token by token, keys and values of everything read so far kept.
 * Sequences may leave and join at any time; what a sequence gets does not depend on the others.
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
   * @return logits [R, V]; valid until the next call of {@link #advance}, {@link #join} or {@link
   *     #retain}
   */
  INDArray logits();

  /** The same as Java arrays, R of V scores, which are the caller's. */
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
   * What a latent that followed each sequence's last position would be fed: the model's {@link
   * io.github.coconut4j.model.ThoughtMapConfig} of {@link #hiddenStates()}, which are themselves
   * that where it is the identity.
   *
   * @return a copy [R, D]
   */
  INDArray latents();

  /**
   * Appends one token to each sequence.
   *
   * @param tokens R token ids
   * @throws IllegalStateException if a sequence would outgrow the tokens foreseen when it was read
   */
  void advance(int[] tokens);

  /**
   * Appends to each sequence one position that is fed a vector in a token's place, as a latent is
   * fed one: {@code advance(latents())} is one latent.
   *
   * @param inputs embeddings before positions are added [R, D]
   * @throws IllegalStateException as {@link #advance(int[])}
   */
  void advance(INDArray inputs);

  /** Remembers where the sequences are, to {@link #rewind} there. */
  DecoderMark mark();

  /**
   * Takes back what was appended since a mark, so that what was read before it is read once however
   * many continuations are tried.
   *
   * @param mark an earlier mark of this decoder
   * @throws IllegalStateException if sequences joined or left since the mark, or it was itself
   *     taken back
   */
  void rewind(DecoderMark mark);

  /**
   * Takes back, in some sequences alone, the one position that was appended since a mark; the
   * others keep theirs. Earlier marks are no places to go back to any more. A position taken back
   * so keeps its room in memory: {@link LatentTransformer#decoder(LatentBatch, int, int)} makes it.
   *
   * @param mark of this decoder, behind which it stands by one position
   * @param sequences ascending
   * @throws IllegalArgumentException if they do not ascend within the batch
   * @throws IllegalStateException if another number of positions was appended since the mark
   */
  void rewind(DecoderMark mark, int[] sequences);

  /**
   * Reads prompts, latents included, which join the sequences after those that are there.
   *
   * @param maxNewTokens how often {@link #advance} may be called for them, at least 0
   * @throws IllegalArgumentException as {@link LatentTransformer#decoder}
   */
  default void join(LatentBatch prompts, int maxNewTokens) {
    Arguments.requireNonNull(prompts, "batch", "Build one with LatentBatch.builder().");
    int[] each = new int[prompts.sequences()];
    Arrays.fill(each, maxNewTokens);
    join(prompts, each);
  }

  /**
   * Reads prompts, latents included, which join the sequences after those that are there.
   *
   * @param maxNewTokens how often {@link #advance} may be called for each of them, at least 0
   * @throws IllegalArgumentException as {@link LatentTransformer#decoder}, or if a prompt has no
   *     number
   */
  void join(LatentBatch prompts, int[] maxNewTokens);

  /**
   * Lets sequences leave the batch.
   *
   * @param sequences indices of the sequences that stay, ascending
   */
  void retain(int[] sequences);

  @Override
  void close();
}
