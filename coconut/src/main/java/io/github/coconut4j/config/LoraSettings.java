package io.github.coconut4j.config;

import com.fasterxml.jackson.annotation.JsonAutoDetect;
import com.fasterxml.jackson.annotation.JsonAutoDetect.Visibility;
import com.fasterxml.jackson.annotation.JsonFormat;
import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import io.github.coconut4j.model.LoraConfig;
import io.github.coconut4j.model.TransformerConfig;
import java.io.Serializable;
import java.util.List;
import lombok.Builder;
import lombok.Value;
import lombok.extern.jackson.Jacksonized;

/**
 * The mapping {@code lora}: low-rank adapters that are trained instead of the model's weights.
 * PEFT's names {@code lora_alpha}, {@code lora_dropout} and {@code use_rslora} are accepted too;
 * defaults are PEFT's. Building one throws a {@link ConfigException} if a value is out of its
 * range.
 *
 * <p>A run that continues an adapter takes the values of the adapter's files. Only dropout may
 * differ from them.
 */
@Value
@Builder(toBuilder = true)
@Jacksonized
@JsonNaming(SnakeCaseStrategy.class)
@JsonAutoDetect(
    fieldVisibility = Visibility.ANY,
    getterVisibility = Visibility.NONE,
    isGetterVisibility = Visibility.NONE)
public class LoraSettings implements Serializable {

  private static final long serialVersionUID = 1L;

  /**
   * Linear layers of GPT-2 that get adapters, as in CODI; below those of Llama and later
   * architectures.
   */
  private static final List<String> GPT2_LAYERS = List.of("c_attn", "c_proj", "c_fc");

  private static final List<String> LLAMA_LAYERS =
      List.of("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj");

  private static final int DEFAULT_RANK = 8;
  private static final double DEFAULT_ALPHA = 8;

  /** Rank, at least 1, or null for 8. */
  Integer r;

  /** Numerator of the scale of the adapters' output; the denominator is the rank. Null for 8. */
  Double alpha;

  /** Dropout probability in [0, 1) of an adapter's input; null for 0. */
  Double dropout;

  /**
   * Ends of the paths of the linear layers that have adapters, or {@code all-linear}; null for all
   * linear layers of the blocks.
   */
  @JsonFormat(with = JsonFormat.Feature.ACCEPT_SINGLE_VALUE_AS_ARRAY)
  List<String> targetModules;

  /** Whether the denominator is the square root of the rank (arXiv 2312.03732); null for false. */
  Boolean rslora;

  /** Whether the rows of tokens that are added to the model are trained too. */
  @Builder.Default boolean trainNewTokens = true;

  private LoraSettings(
      Integer r,
      Double alpha,
      Double dropout,
      List<String> targetModules,
      Boolean rslora,
      boolean trainNewTokens) {
    this.r = r;
    this.alpha = alpha;
    this.dropout = dropout;
    this.targetModules = targetModules;
    this.rslora = rslora;
    this.trainNewTokens = trainNewTokens;
    if (r != null && r < 1) {
      throw ConfigException.of("lora.r", "a rank of at least 1", r, "Change it.");
    }
    if (alpha != null) {
      NumberCheck.above("lora.alpha", alpha, 0);
    }
    if (dropout != null && !(dropout >= 0 && dropout < 1)) {
      throw ConfigException.of(
          "lora.dropout", "a probability of at least 0 and below 1", dropout, "Correct it.");
    }
    if (targetModules != null
        && (targetModules.isEmpty()
            || targetModules.stream().anyMatch(each -> each == null || each.isBlank()))) {
      throw ConfigException.of(
          "lora.target_modules",
          "a list of linear layers",
          targetModules,
          "Write, say, `target_modules: [q_proj, v_proj]`, or remove it for all.");
    }
  }

  /**
   * The configuration of new adapters for a model.
   *
   * @param added ids of the tokens that were added to the model
   */
  public LoraConfig on(TransformerConfig architecture, List<Integer> added) {
    LoraConfig.LoraConfigBuilder adapters =
        LoraConfig.builder()
            .r(r == null ? DEFAULT_RANK : r)
            .loraAlpha(alpha == null ? DEFAULT_ALPHA : alpha)
            .loraDropout(dropout == null ? 0 : dropout)
            .useRslora(rslora != null && rslora);
    adapters.trainableTokenIndices(trainNewTokens ? added : List.of());
    if (targetModules == null) {
      adapters.targetModules(architecture.isLlamaFamily() ? LLAMA_LAYERS : GPT2_LAYERS);
    } else if (targetModules.equals(List.of(LoraConfig.ALL_LINEAR))) {
      adapters.targetPattern(LoraConfig.ALL_LINEAR);
    } else {
      adapters.targetModules(targetModules);
    }
    return adapters.build();
  }

  /**
   * Rejects settings that differ from those of the adapter that the run continues.
   *
   * @throws ConfigException naming the key
   */
  public void requireAgreement(LoraConfig adapter) {
    requireEqual("lora.r", r, adapter.getR());
    requireEqual("lora.alpha", alpha, adapter.getLoraAlpha());
    requireEqual("lora.rslora", rslora, adapter.isUseRslora());
    List<String> targets =
        adapter.getTargetPattern() == null
            ? adapter.getTargetModules()
            : List.of(adapter.getTargetPattern());
    requireEqual("lora.target_modules", sorted(targetModules), sorted(targets));
  }

  private static List<String> sorted(List<String> modules) {
    return modules == null ? null : modules.stream().distinct().sorted().toList();
  }

  private static void requireEqual(String key, Object set, Object adapters) {
    if (set != null && !set.equals(adapters)) {
      throw ConfigException.of(
          key,
          "to be that of the adapter that the run continues, " + adapters + ",",
          set,
          "Remove it, or begin with the adapter's base for a fresh adapter.");
    }
  }
}
