package io.github.coconut4j.model.internal.kernel;

import java.util.List;
import org.bytedeco.javacpp.FloatPointer;

/**
 * Where a transformer's parameters, or their gradients, lie: dense row-major float32 tensors
 * outside the Java heap, which the caller keeps alive.
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

  long finalNormScale() {
    return address(finalNormScale);
  }

  long finalNormShift() {
    return address(finalNormShift);
  }

  int layerCount() {
    return layers.size();
  }

  Layer layer(int index) {
    FloatPointer[] tensors = layers.get(index);
    long[] a = new long[TENSORS_PER_LAYER];
    for (int i = 0; i < a.length; i++) {
      a[i] = address(tensors[i]);
    }
    return new Layer(a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7], a[8], a[9], a[10], a[11]);
  }

  private static long address(FloatPointer pointer) {
    return pointer.address() + pointer.position() * Float.BYTES;
  }

  /** The addresses of a layer's tensors. */
  record Layer(
      long norm1Scale,
      long norm1Shift,
      long qkvWeight,
      long qkvBias,
      long outWeight,
      long outBias,
      long norm2Scale,
      long norm2Shift,
      long upWeight,
      long upBias,
      long downWeight,
      long downBias) {}
}
