package io.github.coconut4j.data.batch;

import java.util.Arrays;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Pads sequences to one batch.
 *
 * <p>Shapes: B sequences, T columns.
 *
 * <ul>
 *   <li>Sequences that have latents are padded on the left so that their first latents share a
 *       column: then one pass of the transformer serves the i-th latent of every row. Sequences
 *       without latents get no padding on the left.
 *   <li>All are padded on the right to a common length.
 *   <li>Position ids count from 0 at the first real token and are 0 on the padding.
 *   <li>Rows may have different numbers of latents: at a column that is a latent for some rows and
 *       a word for others, each row takes its own.
 * </ul>
 */
public final class SequenceBatcher {

  /** Index of the token ids among the features, INT32 [B, T]. */
  public static final int INPUT_IDS = 0;

  /** Index of the position ids among the features, INT32 [B, T]. */
  public static final int POSITION_IDS = 1;

  /** Index of the attention mask among the features, INT32 [B, T]: 1 real, 0 padding. */
  public static final int ATTENTION_MASK = 2;

  /** Index of the latent mask among the features, INT32 [B, T]: 1 latent, 0 word or padding. */
  public static final int LATENT_MASK = 3;

  /**
   * Index of the labels among the labels, INT32 [B, T], {@link TokenSequence#IGNORED} where none.
   */
  public static final int LABELS = 0;

  private final int paddingToken;

  /**
   * Creates a batcher.
   *
   * @param paddingToken id that stands in padded cells; it is masked, so any id of the vocabulary
   *     serves
   */
  public SequenceBatcher(int paddingToken) {
    if (paddingToken < 0) {
      throw new IllegalArgumentException(
          "The padding token must be an id of the vocabulary, found " + paddingToken);
    }
    this.paddingToken = paddingToken;
  }

  /**
   * Pads sequences to one batch; row i holds sequence i.
   *
   * @return features {input_ids, position_ids, attention_mask, latent_mask} and labels {labels},
   *     all INT32 [B, T], at the indices given by this class's constants
   * @throws IllegalArgumentException if there is no sequence
   */
  public MultiDataSet batch(List<TokenSequence> sequences) {
    if (sequences.isEmpty()) {
      throw new IllegalArgumentException("A batch needs at least 1 sequence, found none");
    }
    int latentColumn = latentColumn(sequences);
    int columns = 0;
    for (TokenSequence sequence : sequences) {
      columns = Math.max(columns, leftPadding(sequence, latentColumn) + sequence.length());
    }
    Cells cells = new Cells(sequences.size(), columns);
    for (int row = 0; row < sequences.size(); row++) {
      TokenSequence sequence = sequences.get(row);
      cells.fill(row, leftPadding(sequence, latentColumn), sequence);
    }
    return cells.toDataSet();
  }

  /** The column of every first latent, or -1 without latents. */
  private static int latentColumn(List<TokenSequence> sequences) {
    return sequences.stream().mapToInt(TokenSequence::firstLatent).max().orElse(-1);
  }

  private static int leftPadding(TokenSequence sequence, int latentColumn) {
    int first = sequence.firstLatent();
    return first < 0 ? 0 : latentColumn - first;
  }

  /** The arrays of one batch, each [B, T] row after row. */
  private final class Cells {

    private final int rows;
    private final int columns;
    private final int[] inputIds;
    private final int[] positionIds;
    private final int[] attentionMask;
    private final int[] latentMask;
    private final int[] labels;

    Cells(int rows, int columns) {
      this.rows = rows;
      this.columns = columns;
      int size = Math.multiplyExact(rows, columns);
      inputIds = new int[size];
      positionIds = new int[size];
      attentionMask = new int[size];
      latentMask = new int[size];
      labels = new int[size];
      Arrays.fill(inputIds, paddingToken);
      Arrays.fill(labels, TokenSequence.IGNORED);
    }

    void fill(int row, int leftPadding, TokenSequence sequence) {
      int length = sequence.length();
      int start = row * columns + leftPadding;
      System.arraycopy(sequence.getTokens(), 0, inputIds, start, length);
      System.arraycopy(sequence.getLabels(), 0, labels, start, length);
      Arrays.fill(attentionMask, start, start + length, 1);
      if (sequence.firstLatent() >= 0) {
        int latents = start + sequence.firstLatent();
        Arrays.fill(latentMask, latents, latents + sequence.latentCount(), 1);
      }
      for (int i = 0; i < length; i++) {
        positionIds[start + i] = i;
      }
    }

    MultiDataSet toDataSet() {
      INDArray[] features = new INDArray[4];
      features[INPUT_IDS] = array(inputIds);
      features[POSITION_IDS] = array(positionIds);
      features[ATTENTION_MASK] = array(attentionMask);
      features[LATENT_MASK] = array(latentMask);
      return new MultiDataSet(features, new INDArray[] {array(labels)});
    }

    private INDArray array(int[] cells) {
      return Nd4j.createFromArray(cells).reshape(rows, columns);
    }
  }
}
