package io.github.coconut4j.model.loop;

import io.github.coconut4j.model.TransformerConfig;
import java.util.List;

/**
 * The projections of a block's input to queries, keys and values, and their gradients, for a
 * worker's positions.
 *
 * <p>Shapes: x [n, d], Q [n, heads · s], K and V [n, key and value heads · s]. If only queried
 * positions have queries, Q has only their rows.
 */
interface Projections extends AutoCloseable {

  /** Makes room as in {@link TransformerBlock#reserve}. */
  void reserve(long rows, long queried, boolean queriedOnly);

  /** Makes the first rows of the buffers those of a pass. */
  void startAt(Pass pass, boolean queriedOnly);

  /**
   * Q, K and V of a layer in a pass.
   *
   * @param layer with the rows of the queries
   */
  void forward(LayerPass layer);

  /** Q of a pass; attention overwrites it with its gradient. */
  Matrix queries(Pass pass);

  /** K of a pass, later overwritten by its gradient. */
  Matrix keys(Pass pass);

  /** V of a pass, later overwritten by its gradient. */
  Matrix values(Pass pass);

  /**
   * dx of the pass's positions, from the gradients that have overwritten Q, K and V.
   *
   * @param layer as in the forward pass
   * @param dx overwritten
   */
  void backward(LayerPass layer, Matrix dx);

  /** The contributions of all passes' positions to the gradients of weights and biases. */
  List<GradientSums.Part> gradientParts();

  /** The norms of queries and keys, if there are any. */
  default List<Norm> norms() {
    return List.of();
  }

  /**
   * Makes the projections of a layer.
   *
   * @param input rows x
   */
  static Projections of(
      TransformerConfig config, LayerOperations operations, Workspace workspace, RowBuffer input) {
    return config.isLlamaFamily()
        ? new SeparateProjections(config, operations, workspace, input)
        : new PackedProjections(config, operations, workspace, input);
  }

  @Override
  void close();
}
