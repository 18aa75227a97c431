package io.github.coconut4j.model;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/** The activation functions of feed-forward layers, under Hugging Face's names. */
public enum Activation {

  /** x/2 (1 + tanh(√(2/π) (x + 0.044715 x³))), GPT-2's. */
  GELU_NEW("gelu_new"),

  /** The same function under PyTorch's name. */
  GELU_PYTORCH_TANH("gelu_pytorch_tanh"),

  /** x/2 (1 + erf(x / √2)). */
  GELU("gelu"),

  /** max(x, 0). */
  RELU("relu"),

  /** x / (1 + exp(-x)). */
  SILU("silu");

  private final String key;

  Activation(String key) {
    this.key = key;
  }

  /** Hugging Face's name. */
  @JsonValue
  public String key() {
    return key;
  }

  /** The activation of a name; empty for an unknown name. */
  public static Optional<Activation> find(String key) {
    return Arrays.stream(values()).filter(each -> each.key.equals(key)).findFirst();
  }

  /**
   * The activation of a name.
   *
   * @throws IllegalArgumentException if the name is unknown
   */
  @JsonCreator
  public static Activation of(String key) {
    return find(key)
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "An activation must be one of " + list() + ", but is " + key + "."));
  }

  /** All names, for messages. */
  public static String list() {
    return Arrays.stream(values()).map(Activation::key).collect(Collectors.joining(", "));
  }
}
