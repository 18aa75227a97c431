package io.github.coconut4j.cli;

import io.github.coconut4j.model.latent.LatentLoops;
import lombok.AccessLevel;
import lombok.Getter;
import picocli.CommandLine.Option;

/** The option {@code --loop}. */
@Getter(AccessLevel.PACKAGE)
final class LoopOption {

  @Option(
      names = "--loop",
      paramLabel = "LOOP",
      defaultValue = "auto",
      description = "Latent loop: auto, fused or unrolled.")
  private LatentLoops chosen;
}
