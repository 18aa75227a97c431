package io.github.coconut4j.model;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;
import lombok.Getter;
import lombok.experimental.Accessors;

/**
 * The supported architectures, by the {@code model_type} of Hugging Face's {@code config.json}. To
 * add one, add a constant here and, if its files or parameters differ, a {@link Family}.
 */
@Accessors(fluent = true)
public enum Architecture {

  /** GPT-2: layer norms, learned positions, one projection for queries, keys and values. */
  GPT2("gpt2", "GPT2LMHeadModel", new Gpt2Family()),

  /** Llama: RMS norms, rotary positions, a gated feed-forward layer, grouped-query attention. */
  LLAMA("llama", "LlamaForCausalLM", new LlamaFamily()),

  /** Mistral: Llama's layers; a sliding window limits the length of sequences. */
  MISTRAL("mistral", "MistralForCausalLM", new LlamaFamily()),

  /** Qwen2: Llama's layers with biases on queries, keys and values. */
  QWEN2("qwen2", "Qwen2ForCausalLM", new LlamaFamily()),

  /** Qwen3: Llama's layers with a norm of each head's queries and keys. */
  QWEN3("qwen3", "Qwen3ForCausalLM", new LlamaFamily());

  private final String modelType;

  /** Name of Hugging Face's class. */
  @Getter private final String className;

  @Getter(lombok.AccessLevel.PACKAGE)
  private final Family family;

  Architecture(String modelType, String className, Family family) {
    this.modelType = modelType;
    this.className = className;
    this.family = family;
  }

  /** The {@code model_type}. */
  @JsonValue
  public String modelType() {
    return modelType;
  }

  /** Whether {@code config.json} has the key {@code attention_bias}. */
  public boolean hasAttentionBiasKey() {
    return this == LLAMA || this == QWEN3;
  }

  /** Whether {@code config.json} has the key {@code mlp_bias}. */
  public boolean hasMlpBiasKey() {
    return this == LLAMA;
  }

  /** The architecture of a {@code model_type}; empty if it is not supported. */
  public static Optional<Architecture> find(String modelType) {
    return Arrays.stream(values()).filter(each -> each.modelType.equals(modelType)).findFirst();
  }

  /**
   * The architecture of a {@code model_type}.
   *
   * @throws IllegalArgumentException if it is not supported
   */
  @JsonCreator
  public static Architecture of(String modelType) {
    return find(modelType)
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "An architecture must be one of " + list() + ", but is " + modelType + "."));
  }

  /** All {@code model_type}s, for messages. */
  public static String list() {
    return Arrays.stream(values()).map(Architecture::modelType).collect(Collectors.joining(", "));
  }
}
