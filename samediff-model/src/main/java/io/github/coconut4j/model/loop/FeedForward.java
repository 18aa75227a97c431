package io.github.coconut4j.model.loop;

import io.github.coconut4j.model.TransformerConfig;
import java.util.List;

/**
 * The feed-forward layer of a block and its gradients, for a worker's positions.
 *
 * <p>Shapes: x, y and the residual r [n, d].
 */
interface FeedForward extends AutoCloseable {

  /** Makes room for this many rows. */
  void reserve(long rows);

  /** Sets the row at which the buffers begin. */
  void startAt(long row);

  /**
   * y of the layer's rows.
   *
   * @param residual r of these rows, or null
   */
  void forward(LayerPass layer, Matrix residual, RowBuffer y);

  /**
   * dx of the layer's rows.
   *
   * @param dx [n, d], overwritten
   */
  void backward(LayerPass layer, RowBuffer dy, Matrix dx);

  /** The contributions of all passes' positions to the gradients of weights and biases. */
  List<GradientSums.Part> gradientParts();

  /**
   * Makes the layer of an architecture.
   *
   * @param input rows x
   * @param training whether a backward pass follows
   */
  static FeedForward of(
      TransformerConfig config,
      LayerOperations operations,
      Workspace workspace,
      RowBuffer input,
      boolean training) {
    return config.isLlamaFamily()
        ? new GatedFeedForward(config, operations, workspace, input, training)
        : new PlainFeedForward(config, operations, workspace, input, training);
  }

  @Override
  void close();
}
