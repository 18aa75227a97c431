package io.github.coconut4j.model.latent;

import io.github.coconut4j.model.internal.Arguments;
import io.github.coconut4j.model.op.LabelCrossEntropy;
import java.util.Map;
import java.util.stream.IntStream;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** The mean cross-entropy of labels, each predicted from the time step before it. */
final class CrossEntropy implements Objective {

  /** Placeholder of the tokens to predict, INT32 [n]. */
  static final String LABEL_TOKENS = "label_tokens";

  @Override
  public SDVariable loss(ObjectiveInputs inputs) {
    SDVariable tokens = inputs.getGraph().placeHolder(LABEL_TOKENS, DataType.INT32, -1);
    return LabelCrossEntropy.of(inputs.getHidden(), inputs.getOutputTable(), tokens);
  }

  @Override
  public Targets targets(LatentBatch batch) {
    Arguments.requireNonNull(batch, "batch", "Build one with LatentBatch.builder().");
    if (batch.getLabels() == null) {
      throw new IllegalArgumentException("A loss needs labels, but the batch has none.");
    }
    int[] labels = batch.getLabels().reshape(-1).toIntVector();
    int[] labelled =
        IntStream.range(0, labels.length)
            .filter(position -> labels[position] != LatentBatch.IGNORED_LABEL)
            .toArray();
    requireLabels(labelled, batch.steps());
    INDArray tokens =
        Nd4j.createFromArray(IntStream.of(labelled).map(position -> labels[position]).toArray());
    return new Targets(
        IntStream.of(labelled).map(position -> position - 1).toArray(),
        Map.of(LABEL_TOKENS, tokens),
        labelled.length);
  }

  private static void requireLabels(int[] labelled, int steps) {
    if (labelled.length == 0) {
      throw new IllegalArgumentException(
          "A loss needs at least one labelled token, but every label of the batch is "
              + LatentBatch.IGNORED_LABEL
              + ".");
    }
    for (int position : labelled) {
      if (position % steps == 0) {
        throw new IllegalArgumentException(
            "A label is predicted from the time step before it, but sequence "
                + position / steps
                + " has one at its first time step.");
      }
    }
  }
}
