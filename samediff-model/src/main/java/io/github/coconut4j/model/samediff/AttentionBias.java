package io.github.coconut4j.model.samediff;

import io.github.coconut4j.model.latent.BatchLayout;
import io.github.coconut4j.model.latent.BatchLayout.Visit;
import io.github.coconut4j.model.latent.LatentBatch;
import io.github.coconut4j.model.latent.Positions;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** The mask that is added to attention scores: a query sees what {@link Positions#sees} says. */
final class AttentionBias {

  /** Large enough that its exponential is 0 beside any other score, and finite. */
  private static final float HIDDEN = -1e9f;

  private AttentionBias() {}

  /** The mask of a whole batch, query by key [B, 1, T, T]. */
  static INDArray causal(LatentBatch batch, DataType type) {
    Positions positions = BatchLayout.of(batch).positions();
    return ofQueries(positions, new Visit(0, positions.steps()), type);
  }

  /** The mask of a visit's queries, [B, 1, to - from, to]. */
  static INDArray ofQueries(Positions positions, Visit visit, DataType type) {
    int sequences = positions.sequences();
    float[] bias = new float[sequences * visit.steps() * visit.to()];
    int next = 0;
    for (int b = 0; b < sequences; b++) {
      for (int query = visit.from(); query < visit.to(); query++) {
        for (int key = 0; key < visit.to(); key++) {
          bias[next++] = positions.sees(b, query, key) ? 0 : HIDDEN;
        }
      }
    }
    return Nd4j.createFromArray(bias).reshape(sequences, 1, visit.steps(), visit.to()).castTo(type);
  }
}
