package io.github.coconut4j.model.latent;

import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.Weights;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What the programs of {@link MemoryTest} share. */
final class ResidentMemory {

  private ResidentMemory() {}

  /** A model large enough that a leaked buffer shows. */
  static LatentTransformer model() {
    TransformerConfig config =
        TransformerConfig.builder()
            .vocabSize(600)
            .nPositions(16)
            .nEmbd(48)
            .nLayer(2)
            .nHead(3)
            .build();
    return LatentTransformer.create(config, Weights.initial(config, 0), LatentLoops.FUSED);
  }

  /** Resident memory of this process. */
  static int kib() throws IOException {
    System.gc();
    return Files.readAllLines(Path.of("/proc/self/status")).stream()
        .filter(line -> line.startsWith("VmRSS:"))
        .map(line -> line.replaceAll("\\D", ""))
        .mapToInt(Integer::parseInt)
        .findFirst()
        .orElseThrow();
  }
}
