package io.github.coconut4j.model.latent;

import io.github.coconut4j.model.internal.kernel.FusedTransformer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Which latent loop runs the transformer. */
public enum LatentLoops {
  /** The fused loop where oneDNN's native library loads, the unrolled one elsewhere. */
  AUTO {
    @Override
    LatentLoop create() {
      LatentLoops chosen = FusedTransformer.isAvailable() ? FUSED : UNROLLED;
      LOG.info(
          "Latent loop: {} ({}).",
          chosen,
          FusedTransformer.unavailableReason().orElse("oneDNN's native library is loaded"));
      return chosen.create();
    }
  },
  /** One fused op on oneDNN, forward and backward: fast, in FLOAT, on CPUs alone. */
  FUSED {
    @Override
    LatentLoop create() {
      FusedTransformer.unavailableReason()
          .ifPresent(
              reason -> {
                throw new IllegalStateException(
                    "The fused latent loop needs oneDNN, but "
                        + reason
                        + ". Choose the unrolled loop, or AUTO.");
              });
      return new FusedLatentLoop();
    }
  },
  /** Native SameDiff operations, pass after pass: readable, on every backend. */
  UNROLLED {
    @Override
    LatentLoop create() {
      return new UnrolledLatentLoop();
    }
  };

  private static final Logger LOG = LoggerFactory.getLogger(LatentLoops.class);

  abstract LatentLoop create();
}
