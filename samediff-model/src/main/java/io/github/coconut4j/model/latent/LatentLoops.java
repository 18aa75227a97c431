package io.github.coconut4j.model.latent;

/** Which latent loop runs the transformer. */
public enum LatentLoops {
  /** The fused loop where oneDNN's native library loads, the unrolled one elsewhere. */
  AUTO {
    @Override
    LatentLoop create() {
      return UNROLLED.create();
    }
  },
  /** One fused op on oneDNN, forward and backward: fast, on CPUs alone. */
  FUSED {
    @Override
    LatentLoop create() {
      throw new IllegalStateException("The fused latent loop is not part of this build.");
    }
  },
  /** Native SameDiff operations, pass after pass: readable, on every backend. */
  UNROLLED {
    @Override
    LatentLoop create() {
      return new UnrolledLatentLoop();
    }
  };

  abstract LatentLoop create();
}
