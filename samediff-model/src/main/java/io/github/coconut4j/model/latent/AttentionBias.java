package io.github.coconut4j.model.latent;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The mask that is added to attention scores: a query sees the real columns up to its own. A padded
 * query sees itself alone, so that its softmax is defined; its output is never used.
 */
final class AttentionBias {

  /** Large enough that its exponential is 0 beside any other score, and finite. */
  private static final float HIDDEN = -1e9f;

  private AttentionBias() {}

  /** The mask of a whole batch, query by key [B, 1, T, T]. */
  static INDArray causal(LatentBatch batch, DataType type) {
    return ofQueries(batch.getAttentionMask(), 0, batch.columns(), type);
  }

  /**
   * The mask of the queries in some columns.
   *
   * @param attentionMask INT32 [B, T], 1 for a real position
   * @return [B, 1, to - from, to]
   */
  static INDArray ofQueries(INDArray attentionMask, int from, int to, DataType type) {
    int rows = (int) attentionMask.size(0);
    int columns = (int) attentionMask.size(1);
    int[] real = attentionMask.reshape(-1).toIntVector();
    float[] bias = new float[rows * (to - from) * to];
    int next = 0;
    for (int row = 0; row < rows; row++) {
      for (int query = from; query < to; query++) {
        boolean realQuery = real[row * columns + query] != 0;
        for (int key = 0; key < to; key++) {
          boolean visible =
              key == query || (key < query && realQuery && real[row * columns + key] != 0);
          bias[next++] = visible ? 0 : HIDDEN;
        }
      }
    }
    return Nd4j.createFromArray(bias).reshape(rows, 1, to - from, to).castTo(type);
  }
}
