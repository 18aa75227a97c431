package io.github.coconut4j.model.backend;

import io.github.coconut4j.model.Precision;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.internal.Arguments;
import io.github.coconut4j.model.latent.LatentLoop;
import java.util.Optional;
import java.util.OptionalLong;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * What computes a model: its latent loop, decoder, embeddings, loss and optimiser step.
 *
 * <p>Backends are services, found by {@link java.util.ServiceLoader} and ranked; {@link Backends}
 * chooses. One for a new device extends {@link DeviceBackend}, which needs a {@link
 * io.github.coconut4j.model.loop.Device} alone for loop and decoder. Instances are shared by
 * threads.
 */
public interface Backend {

  /** A short name that no other backend has, the same for ever: graphs that are saved keep it. */
  String name();

  /** Of the backends that are available the one with the highest rank is chosen. */
  int rank();

  /** What it computes on: {@code CPU} or {@code CUDA}. */
  default DeviceChoice deviceKind() {
    return DeviceChoice.CPU;
  }

  /** The device for a user's eyes, where the backend is available. */
  default String deviceDescription() {
    return "the processor";
  }

  /** Why it cannot be used here; empty if it can. */
  Optional<String> unavailableReason();

  /** Why the linear layers' products cannot have a precision here; empty if they can. */
  Optional<String> unsupportedReason(Precision precision);

  /**
   * Refuses a precision that the linear layers' products cannot have here.
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
   * Whether linear layers' weights and token tables that are BFLOAT16 are read as they are. A model
   * on another backend widens them when it is made.
   */
  default boolean readsBfloat16() {
    return false;
  }

  /** Whether its latent loop is one op of the graph, not the unrolled one. */
  boolean isFused();

  /**
   * A latent loop.
   *
   * @param precision of the linear layers' products
   * @throws IllegalArgumentException if {@link #unsupportedReason} has a reason
   */
  LatentLoop latentLoop(TransformerConfig config, Precision precision);

  /**
   * What computes with token tables of a type and shape [V, D]. With those that are BFLOAT16 all
   * else is FLOAT.
   */
  TokenTable tokenTable(DataType type, long vocabulary, long width);

  /**
   * As {@link #tokenTable(DataType, long, long)}.
   *
   * @param precision of the products with tables that are BFLOAT16; a backend may compute all in
   *     float32
   */
  default TokenTable tokenTable(DataType type, long vocabulary, long width, Precision precision) {
    return tokenTable(type, vocabulary, width);
  }

  /** The arrays whose newest values may lie in its device's memory. */
  default DeviceArrays deviceArrays() {
    return DeviceArrays.NONE;
  }

  /**
   * The memory of a device of its own that training steps of a size take, in bytes: weights,
   * gradients, AdamW's moments and activations; of the cross-entropy alone, other objectives take
   * more. Empty where it computes in the machine's memory.
   */
  default OptionalLong trainingMemory(StepSize step) {
    return OptionalLong.empty();
  }

  /**
   * What is free of the memory of a device of its own, in bytes; empty where it computes in the
   * machine's memory.
   */
  default OptionalLong freeMemory() {
    return OptionalLong.empty();
  }

  /** What an optimiser computes with. */
  OptimizerStep optimizerStep();
}
