package io.github.coconut4j.model.latent;

import java.util.Arrays;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Continues a batch of prompts token by token, keys and values of everything read so far kept.
 *
 * <p>A decoder belongs to one thread. Shapes: R rows still in the batch, V vocabulary.
 */
public interface Decoder extends AutoCloseable {

  /** Number of rows still in the batch, R. */
  int rows();

  /**
   * Scores of the next token of each row.
   *
   * @return logits [R, V]; valid until the next call of {@link #advance} or {@link #retain}
   */
  INDArray logits();

  /** The same as Java arrays, R of V scores, which are the caller's. */
  default float[][] logitRows() {
    INDArray logits = logits();
    float[] all = (logits.isView() ? logits.dup('c') : logits).data().asFloat();
    int vocabulary = (int) logits.size(1);
    float[][] rows = new float[rows()][];
    Arrays.setAll(rows, row -> Arrays.copyOfRange(all, row * vocabulary, (row + 1) * vocabulary));
    return rows;
  }

  /**
   * Appends one token to each row.
   *
   * @param tokens R token ids
   * @throws IllegalStateException if a row would outgrow the tokens foreseen when the decoder was
   *     made
   */
  void advance(int[] tokens);

  /**
   * Lets rows leave the batch.
   *
   * @param rows indices of the rows that stay, ascending
   */
  void retain(int[] rows);

  @Override
  void close();
}
