package io.github.coconut4j.model.latent;

import io.github.coconut4j.model.internal.Arguments;
import org.nd4j.autodiff.samediff.SDVariable;

/** A placeholder for an objective if every layer's hidden states are requested and no loss. */
final class LayerStates implements Objective {

  static final Objective OBJECTIVE = new LayerStates();

  private LayerStates() {}

  /** Rejects positions that are not in the batch. */
  static void requirePositions(LatentBatch batch, int[] positions) {
    Arguments.requireNonNull(batch, "batch", "Build one with LatentBatch.builder().");
    String subject = "Positions whose hidden states are asked for";
    CheckedObjective.requirePositions(subject, positions, batch, "Give some.");
  }

  @Override
  public boolean readsLayers() {
    return true;
  }

  @Override
  public SDVariable loss(ObjectiveInputs inputs) {
    return inputs.getLayers().mean();
  }

  @Override
  public Targets targets(LatentBatch batch) {
    throw new UnsupportedOperationException("Hidden states are asked for by position");
  }
}
