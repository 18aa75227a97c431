package io.github.coconut4j.objective;

import io.github.coconut4j.model.latent.LatentBatch;
import io.github.coconut4j.model.latent.Objective;
import io.github.coconut4j.model.latent.ObjectiveInputs;
import lombok.Value;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * Cross-entropy against labels of which a part is spread over the vocabulary (Szegedy et al., arXiv
 * 1512.00567, section 7), as an objective of another library would plug in.
 */
@Value
class LabelSmoothing implements Objective {

  double smoothing;
  int vocabulary;

  @Override
  public SDVariable loss(ObjectiveInputs inputs) {
    SDVariable hidden = inputs.getHidden();
    SameDiff graph = inputs.getGraph();
    SDVariable tokens = graph.placeHolder("label_tokens", DataType.INT32, -1);
    SDVariable logits = graph.mmul(hidden, inputs.getOutputTable(), false, true, false);
    SDVariable logProbabilities = graph.math().log(graph.nn().softmax(logits, 1));
    // -(1 - s) log p(label) - s mean over the vocabulary of log p
    SDVariable labels = graph.oneHot(tokens, vocabulary, 1, 1, 0, hidden.dataType());
    SDVariable spread = labels.mul(1 - smoothing).add(smoothing / vocabulary);
    return spread.mul(logProbabilities).sum(1).mean().neg();
  }

  @Override
  public Targets targets(LatentBatch batch) {
    return Objective.CROSS_ENTROPY.targets(batch);
  }
}
