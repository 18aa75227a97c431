package io.github.coconut4j.model.internal.kernel;

/**
 * A layer's gradients on the way back, kept for its weight gradients: of its input, of queries,
 * keys and values, of the state between attention and feed-forward, and before the activation.
 */
final class LayerGradients implements AutoCloseable {

  final LineBuffer input;
  final LineBuffer qkv;

  /** The needed cells' query gradients; compact layer only. */
  final LineBuffer neededQuery;

  final LineBuffer middle;
  final LineBuffer up;

  LayerGradients(TransformerShape shape) {
    input = new LineBuffer(shape.width());
    qkv = new LineBuffer(3 * shape.width());
    neededQuery = new LineBuffer(shape.width());
    middle = new LineBuffer(shape.width());
    up = new LineBuffer(shape.inner());
  }

  void reserve(long cells, long queries, long needed) {
    input.reserve(cells);
    qkv.reserve(cells);
    neededQuery.reserve(needed);
    middle.reserve(queries);
    up.reserve(queries);
  }

  @Override
  public void close() {
    input.close();
    qkv.close();
    neededQuery.close();
    middle.close();
    up.close();
  }
}
