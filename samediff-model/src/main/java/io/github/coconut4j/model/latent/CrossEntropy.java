package io.github.coconut4j.model.latent;

import io.github.coconut4j.model.op.LabelCrossEntropy;
import java.util.Map;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;

/** The mean cross-entropy of labels, each predicted from the previous time step. */
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
    Labels labels = Labels.of(batch);
    return new Targets(
        labels.positions(),
        Map.of(LABEL_TOKENS, Nd4j.createFromArray(labels.tokens())),
        labels.count());
  }
}
