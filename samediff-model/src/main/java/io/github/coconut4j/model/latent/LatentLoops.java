package io.github.coconut4j.model.latent;

import io.github.coconut4j.model.backend.Backend;
import io.github.coconut4j.model.backend.Backends;
import io.github.coconut4j.model.backend.Nd4jBackend;
import java.util.function.Supplier;
import lombok.AccessLevel;
import lombok.RequiredArgsConstructor;

/** Which latent loop runs the transformer. */
@RequiredArgsConstructor(access = AccessLevel.PRIVATE)
public enum LatentLoops {
  /** That of the best backend that is available: a fused loop where there is one. */
  AUTO(Backends::best),
  /** One fused op, forward and backward: fast, in FLOAT, of the best backend that has one. */
  FUSED(Backends::bestFused),
  /** Native SameDiff operations, pass after pass: readable, on every ND4J backend. */
  UNROLLED(() -> Backends.named(Nd4jBackend.NAME));

  private final Supplier<Backend> choice;

  /**
   * The backend that has the loop.
   *
   * @throws IllegalStateException if none that is available has one
   */
  public Backend backend() {
    return choice.get();
  }
}
