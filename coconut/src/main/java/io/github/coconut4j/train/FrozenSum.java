package io.github.coconut4j.train;

import io.github.coconut4j.files.Sha256;
import io.github.coconut4j.model.Weights;
import io.github.coconut4j.model.safetensors.SafetensorsWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.LinkedHashMap;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A checksum of the parameters that are not trained. Checkpoints leave them out, and those that are
 * trained are of use beside them alone.
 */
final class FrozenSum {

  private FrozenSum() {}

  /** The sum, or null where every parameter is trained. */
  static String of(Weights weights) throws IOException {
    Map<String, INDArray> frozen = new LinkedHashMap<>(weights.asMap());
    frozen.keySet().removeAll(weights.trained().keySet());
    if (frozen.isEmpty()) {
      return null;
    }
    MessageDigest digest = Sha256.digest();
    OutputStream output = new DigestOutputStream(OutputStream.nullOutputStream(), digest);
    SafetensorsWriter.write(output, frozen, Map.of());
    return Sha256.text(digest);
  }
}
