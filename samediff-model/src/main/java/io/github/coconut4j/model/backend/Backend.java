package io.github.coconut4j.model.backend;

import io.github.coconut4j.model.Precision;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.internal.Arguments;
import io.github.coconut4j.model.latent.LatentLoop;
import java.util.Optional;
import java.util.OptionalLong;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * A backend computes a model: its latent loop, decoder, embeddings, loss and optimiser step.
 *
 * <p>Backends are services, found by {@link java.util.ServiceLoader} and ranked; {@link Backends}
 * chooses. One for a new device extends {@link DeviceBackend}, which needs only a {@link
 * io.github.coconut4j.model.loop.Device} for loop and decoder. Instances are shared by threads.
 */
public interface Backend {

  /** A short unique name that must never change, since saved graphs contain it. */
  String name();

  /** The rank; the available backend with the highest rank is chosen. */
  int rank();

  /** The kind of device: {@code CPU} or {@code CUDA}. */
  default DeviceChoice deviceKind() {
    return DeviceChoice.CPU;
  }

  /** A description of the device for users, if the backend is available. */
  default String deviceDescription() {
    return "the processor";
  }

  /** Why the backend cannot be used on this machine; empty if it can. */
  Optional<String> unavailableReason();

  /** Why a precision of the linear layers' products is not supported; empty if it is. */
  Optional<String> unsupportedReason(Precision precision);

  /**
   * Rejects a precision of the linear layers' products that is not supported.
   *
   * @throws IllegalArgumentException if it is null or {@link #unsupportedReason} has a reason
   */
  default void requireSupport(Precision precision) {
    Arguments.requireNonNull(precision, "precision", "Choose one, such as Precision.FLOAT32.");
    unsupportedReason(precision)
        .ifPresent(
            reason -> {
              throw new IllegalArgumentException(reason);
            });
  }

  /**
   * Whether the backend reads linear layers' weights and token tables in BFLOAT16. On other
   * backends they are converted to FLOAT when a model is made.
   */
  default boolean readsBfloat16() {
    return false;
  }

  /** Whether its latent loop is one fused op, not the unrolled loop. */
  boolean isFused();

  /**
   * Makes a latent loop.
   *
   * @param precision of the linear layers' products
   * @throws IllegalArgumentException if {@link #unsupportedReason} has a reason
   */
  LatentLoop latentLoop(TransformerConfig config, Precision precision);

  /**
   * Makes the operations for token tables of a type and shape [V, D]. With BFLOAT16 tables, all
   * other arrays are FLOAT.
   */
  TokenTable tokenTable(DataType type, long vocabulary, long width);

  /**
   * As {@link #tokenTable(DataType, long, long)}.
   *
   * @param precision precision of products with BFLOAT16 tables; a backend may compute everything
   *     in float32
   */
  default TokenTable tokenTable(DataType type, long vocabulary, long width, Precision precision) {
    return tokenTable(type, vocabulary, width);
  }

  /** Manages arrays whose newest values may be in the device's memory. */
  default DeviceArrays deviceArrays() {
    return DeviceArrays.NONE;
  }

  /**
   * The device memory that training steps of a size take, in bytes: weights, gradients, AdamW's
   * moments and activations, with the cross-entropy as objective; others take more. Empty if the
   * backend computes in the machine's memory.
   */
  default OptionalLong trainingMemory(StepSize step) {
    return OptionalLong.empty();
  }

  /** The free device memory in bytes; empty if the backend computes in the machine's memory. */
  default OptionalLong freeMemory() {
    return OptionalLong.empty();
  }

  /** Makes the operations of an optimiser. */
  OptimizerStep optimizerStep();
}
