package io.github.coconut4j.model;

import io.github.coconut4j.model.memory.NativeMemory;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Checks of a model's weights, before they are allocated and when they are used. */
final class WeightsCheck {

  private WeightsCheck() {}

  /** Rejects an architecture with adapters, whose parameters are not part of a model's own. */
  static void plain(TransformerConfig config) {
    if (config.getLora() != null) {
      throw new IllegalArgumentException(
          "Weights are made or read for a model without adapters, but its config has some. Add them"
              + " with LoraAdapter.on.");
    }
  }

  /**
   * Rejects weights that do not fit, since ND4J ends the process if the system denies it memory.
   */
  static void room(TransformerConfig config, int bytesEach, String remedy) {
    room("A model's parameters", "take", bytesEach * ParameterLayout.valueCount(config), remedy);
  }

  /**
   * The same for anything else.
   *
   * @param subject what takes the memory
   * @param verb "takes" or "take", as the subject requires
   */
  static void room(String subject, String verb, double bytes, String remedy) {
    if (bytes > NativeMemory.limit()) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "%s must fit into the memory that this process may use, %.1f GiB, but %s %.1f GiB. %s",
              subject,
              NativeMemory.limit() / (double) (1L << 30),
              verb,
              bytes / (1L << 30),
              remedy));
    }
  }

  /** Checks the shapes against the configuration. */
  static void shapes(Weights weights, TransformerConfig config) {
    ParameterLayout.of(config)
        .shapes()
        .forEach(
            (name, shape) -> {
              long[] found = weights.get(name).shape();
              if (!Arrays.equals(found, shape)) {
                throw new IllegalArgumentException(
                    "Parameter %s must have the shape %s that the model's config gives it, but has %s."
                            .formatted(name, Arrays.toString(shape), Arrays.toString(found))
                        + " Use the config.json that belongs to these weights.");
              }
            });
  }

  /**
   * Checks that all arrays have the type of the computation.
   *
   * @param mayBeBfloat16 whether a parameter may also be BFLOAT16
   */
  static void oneType(Weights weights, Predicate<String> mayBeBfloat16) {
    DataType type = weights.type();
    weights
        .asMap()
        .forEach(
            (name, array) -> {
              boolean isNarrow = array.dataType() == DataType.BFLOAT16 && mayBeBfloat16.test(name);
              if (!type.isFPType() || (array.dataType() != type && !isNarrow)) {
                throw new IllegalArgumentException(
                    "A model's weights must be of one floating-point type, but %s is %s and %s is %s."
                            .formatted(
                                weights.getTokenTableName(),
                                weights.tokenTable().dataType(),
                                name,
                                array.dataType())
                        + " Cast them with castTo.");
              }
            });
  }

  /** Rejects trained BFLOAT16 weights, in which small steps would be lost. */
  static void trainable(Map<String, INDArray> trained) {
    trained.forEach(
        (name, array) -> {
          if (array.dataType() == DataType.BFLOAT16) {
            throw new IllegalArgumentException(
                "Parameters that are trained must be FLOAT, but "
                    + name
                    + " is BFLOAT16. Freeze it with withTrained, or read it as FLOAT.");
          }
        });
  }

  /** Checks that all arrays are open. */
  static void open(Map<String, INDArray> arrays) {
    arrays.forEach(
        (name, array) -> {
          if (array.wasClosed()) {
            throw new IllegalStateException(
                "A model's weights must be open as long as the model and its decoders, but "
                    + name
                    + " was closed. Close the weights after them.");
          }
        });
  }
}
