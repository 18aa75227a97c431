package io.github.coconut4j.model.internal.kernel;

import java.util.Locale;

/**
 * The sizes of a GPT-2 transformer.
 *
 * @param layers number of layers, at least 1
 * @param width floats of a hidden state, a multiple of {@code heads}
 * @param heads attention heads
 * @param inner width of the feed-forward layer
 * @param epsilon what layer normalisation adds to the variance
 */
record TransformerShape(int layers, int width, int heads, int inner, float epsilon) {

  TransformerShape {
    if (layers < 1 || width < 1 || heads < 1 || inner < 1 || width % heads != 0) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "A transformer needs at least one layer and head, and a width that its heads divide;"
                  + " found %d layers, %d heads, width %d, inner width %d",
              layers,
              heads,
              width,
              inner));
    }
  }

  void requireLayers(TransformerParameters parameters) {
    if (parameters.layerCount() != layers) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "The transformer has %d layers; found parameters of %d",
              layers,
              parameters.layerCount()));
    }
  }

  int headSize() {
    return width / heads;
  }
}
