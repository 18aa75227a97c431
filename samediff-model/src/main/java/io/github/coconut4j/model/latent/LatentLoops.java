package io.github.coconut4j.model.latent;

import io.github.coconut4j.model.backend.Backend;
import io.github.coconut4j.model.backend.Backends;
import io.github.coconut4j.model.backend.Nd4jBackend;
import java.util.function.Supplier;
import lombok.AccessLevel;
import lombok.RequiredArgsConstructor;

/** The choice of the latent loop that runs the transformer. */
@RequiredArgsConstructor(access = AccessLevel.PRIVATE)
public enum LatentLoops {
  /** The loop of the best available backend: a fused loop if there is one. */
  AUTO(Backends::best),
  /** One fused op, forward and backward, of the best backend that has one: fast, in FLOAT. */
  FUSED(Backends::bestFused),
  /** Native SameDiff operations, pass after pass: readable, runs on every ND4J backend. */
  UNROLLED(() -> Backends.named(Nd4jBackend.NAME));

  private final Supplier<Backend> choice;

  /**
   * The backend that provides the loop.
   *
   * @throws IllegalStateException if no available backend provides one
   */
  public Backend backend() {
    return choice.get();
  }
}
