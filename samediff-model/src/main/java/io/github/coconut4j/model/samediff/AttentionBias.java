package io.github.coconut4j.model.samediff;

import io.github.coconut4j.model.latent.Positions;
import io.github.coconut4j.model.latent.Visit;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The mask that is added to attention scores: a query attends to the keys of {@link
 * Positions#sees}.
 */
final class AttentionBias {

  /** Finite, but so large that its exponential is 0 compared with any other score's. */
  private static final float HIDDEN = -1e9f;

  /** The same in FLOAT16, where the other one would be infinite, and its product with 0 NaN. */
  private static final float HIDDEN_IN_HALF = -6e4f;

  private AttentionBias() {}

  /**
   * The mask of a whole batch in its graph, query by key [B, 1, T, T]: a query attends to itself
   * and, unless it is padding, to earlier keys of its segment and of segment 1.
   *
   * @param attentionMask INT32 [B, T]
   */
  static SDVariable causal(SDVariable attentionMask, DataType type) {
    SameDiff graph = attentionMask.getSameDiff();
    // FLOAT16 has not all whole numbers that time steps and segments may be.
    DataType numbers = type == DataType.FLOAT16 ? DataType.FLOAT : type;
    SDVariable segments = attentionMask.castTo(numbers);
    SDVariable steps = graph.cumsum(segments.mul(0).add(1), false, false, 1);
    SDVariable query = graph.expandDims(steps, 2);
    SDVariable key = graph.expandDims(steps, 1);
    SDVariable earlier = graph.gt(query, key).castTo(numbers);
    SDVariable querySegment = graph.expandDims(segments, 2);
    SDVariable keySegment = graph.expandDims(segments, 1);
    SDVariable same = graph.eq(querySegment, keySegment).castTo(numbers);
    SDVariable common = graph.eq(keySegment, 1).castTo(numbers);
    SDVariable follows = same.rsub(1).mul(common).add(same);
    SDVariable seen =
        earlier
            .mul(follows)
            .mul(graph.gt(querySegment, 0).castTo(numbers))
            .add(graph.eq(query, key).castTo(numbers));
    SDVariable bias = graph.expandDims(seen.rsub(1).mul(hidden(type)), 1);
    return type == numbers ? bias : bias.castTo(type);
  }

  private static float hidden(DataType type) {
    return type == DataType.FLOAT16 ? HIDDEN_IN_HALF : HIDDEN;
  }

  /** The mask of a visit's queries, [B, 1, to - from, to]. */
  static INDArray ofQueries(Positions positions, Visit visit, DataType type) {
    int sequences = positions.sequences();
    float hidden = hidden(type);
    float[] bias = new float[sequences * visit.steps() * visit.to()];
    int next = 0;
    for (int b = 0; b < sequences; b++) {
      for (int query = visit.from(); query < visit.to(); query++) {
        for (int key = 0; key < visit.to(); key++) {
          bias[next++] = positions.sees(b, query, key) ? 0 : hidden;
        }
      }
    }
    return Nd4j.createFromArray(bias).reshape(sequences, 1, visit.steps(), visit.to()).castTo(type);
  }
}
