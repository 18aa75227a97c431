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

  /** Makes room, and sets the keys' and values' gradients to 0, to which queries add. */
  void start(long cells, long paddedCells, long queries, long needed) {
    input.reserve(cells);
    qkv.reserve(paddedCells);
    qkv.clear(0, paddedCells);
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
