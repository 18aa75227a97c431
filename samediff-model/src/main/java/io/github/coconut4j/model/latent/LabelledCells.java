package io.github.coconut4j.model.latent;

import java.util.stream.IntStream;
import lombok.Value;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** The cells of a batch whose hidden state predicts a labelled token. */
@Value
class LabelledCells {

  /** INT32 [n], r * T + c of the column before each label, ascending. */
  INDArray cells;

  /** INT32 [n], the tokens to predict. */
  INDArray tokens;

  /**
   * The labelled cells of a batch.
   *
   * @throws IllegalArgumentException if nothing is labelled, or a label stands in the first column
   */
  static LabelledCells of(LatentBatch batch) {
    if (batch.getLabels() == null) {
      throw new IllegalArgumentException("A loss needs labels, but the batch has none.");
    }
    int[] labels = batch.getLabels().reshape(-1).toIntVector();
    int[] labelled =
        IntStream.range(0, labels.length)
            .filter(cell -> labels[cell] != LatentBatch.IGNORED_LABEL)
            .toArray();
    requireLabels(labelled, batch.columns());
    return new LabelledCells(
        Nd4j.createFromArray(IntStream.of(labelled).map(cell -> cell - 1).toArray()),
        Nd4j.createFromArray(IntStream.of(labelled).map(cell -> labels[cell]).toArray()));
  }

  /** Every cell of a batch, r * T + c, as INT32 [B * T]. */
  static INDArray all(LatentBatch batch) {
    return Nd4j.createFromArray(IntStream.range(0, batch.rows() * batch.columns()).toArray());
  }

  private static void requireLabels(int[] labelled, int columns) {
    if (labelled.length == 0) {
      throw new IllegalArgumentException(
          "A loss needs at least one labelled token, but every label of the batch is "
              + LatentBatch.IGNORED_LABEL
              + ".");
    }
    for (int cell : labelled) {
      if (cell % columns == 0) {
        throw new IllegalArgumentException(
            "A label is predicted from the column before it, but row "
                + cell / columns
                + " has one in its first column.");
      }
    }
  }
}
