package io.github.coconut4j.model.latent;

import io.github.coconut4j.model.Precision;
import io.github.coconut4j.model.internal.kernel.FusedTransformer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Which latent loop runs the transformer. */
public enum LatentLoops {
  /** The fused loop where oneDNN's native library loads, the unrolled one elsewhere. */
  AUTO {
    @Override
    LatentLoop create(Precision precision) {
      LatentLoops chosen = FusedTransformer.isAvailable() ? FUSED : UNROLLED;
      LOG.info(
          "Latent loop: {} ({}).",
          chosen,
          FusedTransformer.unavailableReason().orElse("oneDNN's native library is loaded"));
      return chosen.create(precision);
    }
  },
  /** One fused op on oneDNN, forward and backward: fast, in FLOAT, on CPUs alone. */
  FUSED {
    @Override
    LatentLoop create(Precision precision) {
      FusedTransformer.unavailableReason()
          .ifPresent(
              reason -> {
                throw new IllegalStateException(
                    "The fused latent loop needs oneDNN, but "
                        + reason
                        + ". Choose the unrolled loop, or AUTO.");
              });
      if (precision == Precision.BF16 && !FusedTransformer.hasBfloat16()) {
        throw new IllegalArgumentException(
            "Precision bf16 needs a processor that multiplies in bfloat16 (AVX-512 BF16 or AMX),"
                + " which this one does not. Choose float32.");
      }
      return new FusedLatentLoop(precision);
    }
  },
  /** Native SameDiff operations, pass after pass: readable, on every backend. */
  UNROLLED {
    @Override
    LatentLoop create(Precision precision) {
      if (precision != Precision.FLOAT32) {
        throw new IllegalArgumentException(
            "The unrolled latent loop computes in float32, but the precision is bf16. Choose the"
                + " fused loop, or float32.");
      }
      return new UnrolledLatentLoop();
    }
  };

  private static final Logger LOG = LoggerFactory.getLogger(LatentLoops.class);

  abstract LatentLoop create(Precision precision);
}
