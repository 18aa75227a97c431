package io.github.coconut4j.model.internal.kernel;

import java.util.List;
import org.bytedeco.javacpp.FloatPointer;

/**
 * Where a transformer's parameters, or their gradients, lie: dense row-major float32 tensors
 * outside the Java heap. It holds what its pointers hold.
 */
final class TransformerParameters {

  /** Tensors of one layer. */
  static final int TENSORS_PER_LAYER = 12;

  private final FloatPointer positionEmbedding;
  private final List<FloatPointer[]> layers;
  private final FloatPointer finalNormScale;
  private final FloatPointer finalNormShift;

  /**
   * @param positionEmbedding [positions, width]
   * @param layers for each layer its 12 tensors in Hugging Face's order: ln_1 weight and bias,
   *     attn.c_attn weight [width, 3 width] and bias, attn.c_proj weight [width, width] and bias,
   *     ln_2 weight and bias, mlp.c_fc weight [width, inner] and bias, mlp.c_proj weight [inner,
   *     width] and bias
   * @param finalNormScale [width]
   * @param finalNormShift [width]
   */
  TransformerParameters(
      FloatPointer positionEmbedding,
      List<FloatPointer[]> layers,
      FloatPointer finalNormScale,
      FloatPointer finalNormShift) {
    this.positionEmbedding = positionEmbedding;
    this.layers = List.copyOf(layers);
    this.finalNormScale = finalNormScale;
    this.finalNormShift = finalNormShift;
    for (FloatPointer[] layer : layers) {
      if (layer.length != TENSORS_PER_LAYER) {
        throw new IllegalArgumentException(
            "A layer has " + TENSORS_PER_LAYER + " tensors; found " + layer.length);
      }
    }
  }

  long positionEmbedding() {
    return address(positionEmbedding);
  }

  /**
   * Refuses memory of arrays that were closed.
   *
   * @throws IllegalStateException if one was
   */
  void requireOpen() {
    requireOpen(positionEmbedding);
    for (FloatPointer[] layer : layers) {
      for (FloatPointer tensor : layer) {
        requireOpen(tensor);
      }
    }
    requireOpen(finalNormScale);
    requireOpen(finalNormShift);
  }

  private static void requireOpen(FloatPointer pointer) {
    if (pointer instanceof HostFloats array) {
      array.requireOpen();
    }
  }

  int layerCount() {
    return layers.size();
  }

  /** A block's parameters, in a transformer of these sizes. */
  TransformerBlock.Parameters block(int index, TransformerShape shape) {
    FloatPointer[] tensors = layers.get(index);
    int d = shape.width();
    int inner = shape.inner();
    return new TransformerBlock.Parameters(
        new Norm.Parameters(address(tensors[0]), address(tensors[1])),
        new SelfAttention.Parameters(
            linear(tensors[2], d, 3L * d, tensors[3]), linear(tensors[4], d, d, tensors[5])),
        new Norm.Parameters(address(tensors[6]), address(tensors[7])),
        new FeedForward.Parameters(
            linear(tensors[8], d, inner, tensors[9]), linear(tensors[10], inner, d, tensors[11])));
  }

  private static Linear.Parameters linear(
      FloatPointer weight, long in, long out, FloatPointer bias) {
    return new Linear.Parameters(Matrix.dense(address(weight), in, out), address(bias));
  }

  Norm.Parameters finalNorm() {
    return new Norm.Parameters(address(finalNormScale), address(finalNormShift));
  }

  private static long address(FloatPointer pointer) {
    return pointer.address() + pointer.position() * Float.BYTES;
  }
}
