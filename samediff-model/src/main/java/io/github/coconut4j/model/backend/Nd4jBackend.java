package io.github.coconut4j.model.backend;

import io.github.coconut4j.model.Precision;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.latent.LatentLoop;
import io.github.coconut4j.model.samediff.UnrolledLatentLoop;
import java.util.Optional;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * ND4J's own operations: the readable reference, on every ND4J backend and in any floating-point
 * type.
 */
public final class Nd4jBackend implements Backend {

  /** Its {@link #name()}. */
  public static final String NAME = "nd4j";

  /** For {@link java.util.ServiceLoader}. */
  public Nd4jBackend() {}

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public int rank() {
    return 0;
  }

  @Override
  public Optional<String> unavailableReason() {
    return Optional.empty();
  }

  @Override
  public Optional<String> unsupportedReason(Precision precision) {
    return precision == Precision.FLOAT32
        ? Optional.empty()
        : Optional.of(
            "The unrolled latent loop computes in float32, but the precision is bf16. Choose the"
                + " fused loop, or float32.");
  }

  @Override
  public boolean isFused() {
    return false;
  }

  @Override
  public LatentLoop latentLoop(TransformerConfig config, Precision precision) {
    requireSupport(precision);
    return new UnrolledLatentLoop(config);
  }

  @Override
  public TokenTable tokenTable(DataType type, long vocabulary, long width) {
    return new Nd4jTokenTable(type, vocabulary, width);
  }

  @Override
  public OptimizerStep optimizerStep() {
    return new Nd4jOptimizerStep();
  }
}
