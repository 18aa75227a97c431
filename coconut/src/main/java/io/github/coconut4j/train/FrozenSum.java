package io.github.coconut4j.train;

import io.github.coconut4j.AdaptedBase;
import io.github.coconut4j.CoconutModel;
import io.github.coconut4j.model.LoraConfig;
import io.github.coconut4j.model.Weights;
import io.github.coconut4j.model.safetensors.SafetensorsWriter;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A checksum of what checkpoints leave out but trained parameters depend on: the frozen parameters,
 * and an adapter's settings, which may be stored in the adapter's own files.
 */
final class FrozenSum {

  private FrozenSum() {}

  /** The checksum, or null if every parameter is trained. */
  static String of(CoconutModel model) throws IOException {
    Weights weights = model.getTransformer().getWeights();
    Map<String, INDArray> frozen = new LinkedHashMap<>(weights.asMap());
    frozen.keySet().removeAll(weights.trained().keySet());
    return frozen.isEmpty() ? null : SafetensorsWriter.sum(frozen, adapter(model.getAdapted()));
  }

  /** The settings that do not follow from names and shapes of its parameters. */
  private static Map<String, String> adapter(AdaptedBase adapted) {
    if (adapted == null) {
      return Map.of();
    }
    LoraConfig lora = adapted.getAdapter().getConfig();
    Map<String, String> adapter = new LinkedHashMap<>();
    adapter.put("alpha", lora.getLoraAlpha() + " " + lora.getAlphaPattern());
    adapter.put("rslora", String.valueOf(lora.isUseRslora()));
    adapter.put("dropout", String.valueOf(lora.getLoraDropout()));
    adapter.put("tokens", lora.getTrainableTokenIndices().toString());
    return adapter;
  }
}
