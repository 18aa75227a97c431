package io.github.coconut4j.model.internal.kernel;

import java.util.List;

/**
 * What a layer computes on the way forward: lines of all cells for the layer's input, first norm,
 * queries, keys and values; and lines of its query cells, which are all cells or, compactly, only
 * the needed ones, for everything after.
 */
final class LayerActivations implements AutoCloseable {

  final LineBuffer input;
  final LineBuffer norm1;
  final LineBuffer mean1 = new LineBuffer(1);
  final LineBuffer variance1 = new LineBuffer(1);
  final LineBuffer qkv;

  /** The needed cells' lines of input and first norm, and their queries; compact layer only. */
  final LineBuffer neededInput;

  final LineBuffer neededNorm1;
  final LineBuffer neededQuery;

  final LineBuffer attention;
  final LineBuffer middle;
  final LineBuffer norm2;
  final LineBuffer mean2 = new LineBuffer(1);
  final LineBuffer variance2 = new LineBuffer(1);
  final LineBuffer up;
  final LineBuffer activated;

  private LayerActivations(TransformerShape shape, boolean kept) {
    int width = shape.width();
    input = new LineBuffer(width);
    norm1 = new LineBuffer(width);
    qkv = new LineBuffer(3 * width);
    neededInput = new LineBuffer(width);
    neededNorm1 = new LineBuffer(width);
    neededQuery = new LineBuffer(width);
    attention = new LineBuffer(width);
    middle = new LineBuffer(width);
    norm2 = new LineBuffer(width);
    up = new LineBuffer(shape.inner());
    activated = kept ? new LineBuffer(shape.inner()) : up;
  }

  /** Activations that a way back follows. */
  static LayerActivations kept(TransformerShape shape) {
    return new LayerActivations(shape, true);
  }

  /** Activations of one pass at a time, the feed-forward's overwritten by its activation. */
  static LayerActivations passing(TransformerShape shape) {
    return new LayerActivations(shape, false);
  }

  private List<LineBuffer> ofCells() {
    return List.of(input, norm1, mean1, variance1, qkv);
  }

  private List<LineBuffer> ofQueries() {
    return List.of(attention, middle, norm2, mean2, variance2, up, activated);
  }

  private List<LineBuffer> ofNeeded() {
    return List.of(neededInput, neededNorm1, neededQuery);
  }

  void reserve(long cells, long queries, long needed) {
    ofCells().forEach(buffer -> buffer.reserve(cells));
    ofQueries().forEach(buffer -> buffer.reserve(queries));
    ofNeeded().forEach(buffer -> buffer.reserve(needed));
  }

  /** Without a way back one pass's lines are kept at a time. */
  void startAt(long cell, long query, long needed) {
    ofCells().forEach(buffer -> buffer.startAt(cell));
    ofQueries().forEach(buffer -> buffer.startAt(query));
    ofNeeded().forEach(buffer -> buffer.startAt(needed));
  }

  @Override
  public void close() {
    ofCells().forEach(LineBuffer::close);
    ofQueries().forEach(LineBuffer::close);
    ofNeeded().forEach(LineBuffer::close);
  }
}
