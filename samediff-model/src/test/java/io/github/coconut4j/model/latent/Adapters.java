package io.github.coconut4j.model.latent;

import io.github.coconut4j.model.Architecture;
import io.github.coconut4j.model.LoraAdapter;
import io.github.coconut4j.model.LoraConfig;
import io.github.coconut4j.model.Precision;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.Weights;
import io.github.coconut4j.model.backend.Backends;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;

/** Low-rank adapters of small models, for the tests. */
final class Adapters {

  private Adapters() {}

  /** A base and an adapter. */
  record Case(TransformerConfig base, LoraConfig lora, long seed) {

    /** B is drawn too: at 0 it would hide A. */
    LoraAdapter adapter(Weights weights) {
      LoraAdapter adapter = LoraAdapter.initial(lora, base, weights, seed);
      Random random = new Random(seed);
      adapter
          .asMap()
          .forEach(
              (name, array) -> {
                if (name.matches(".*(lora_B.weight|tokens_delta)")) {
                  for (long i = 0; i < array.length(); i++) {
                    array.putScalar(i, 0.1 * random.nextGaussian());
                  }
                }
              });
      return adapter;
    }
  }

  /** Of all families, drawn. */
  static Arbitrary<Case> drawn(int vocabulary) {
    return Combinators.combine(
            Architectures.drawn(vocabulary), Arbitraries.longs().between(0, 1000))
        .as((base, seed) -> new Case(base, lora(base, new Random(seed)), seed));
  }

  /** At least one of the linear layers, ranks from 1 to 20, one of which differs by layer. */
  private static LoraConfig lora(TransformerConfig base, Random random) {
    List<String> modules =
        base.getArchitecture() == Architecture.GPT2
            ? List.of("attn.c_attn", "attn.c_proj", "c_fc", "mlp.c_proj")
            : List.of("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj");
    List<String> targets = modules.stream().filter(each -> random.nextInt(2) == 0).toList();
    List<String> saved = saved(base, random);
    boolean savesTable = Stream.of("wte", "embed_tokens").anyMatch(saved::contains);
    return LoraConfig.builder()
        .r(1 + random.nextInt(20))
        .loraAlpha(1 + random.nextInt(8))
        .useRslora(random.nextBoolean())
        .targetModules(targets.isEmpty() ? modules.subList(0, 1) : targets)
        .rankPattern(random.nextBoolean() ? Map.of(".*\\.0\\..*", 1 + random.nextInt(9)) : null)
        .alphaPattern(random.nextBoolean() ? Map.of("c_proj|o_proj", 3.0) : null)
        .modulesToSave(saved)
        .trainableTokenIndices(savesTable || random.nextBoolean() ? null : List.of(20, 3, 11))
        .build();
  }

  private static List<String> saved(TransformerConfig base, Random random) {
    boolean isGpt2 = base.getArchitecture() == Architecture.GPT2;
    return switch (random.nextInt(5)) {
      case 0 -> List.of(isGpt2 ? "ln_f" : "norm");
      case 1 -> List.of(isGpt2 ? "wte" : "embed_tokens");
      case 2 -> List.of("lm_head");
      case 3 -> isGpt2 ? gpt2Saved(base) : List.of("input_layernorm", "lm_head");
      default -> List.of();
    };
  }

  private static List<String> gpt2Saved(TransformerConfig base) {
    return base.hasPositionTable() ? List.of("wpe", "ln_1") : List.of("ln_1");
  }

  /** Of every linear layer. */
  static LoraConfig.LoraConfigBuilder everywhere(int rank) {
    return LoraConfig.builder().r(rank).loraAlpha(8).targetPattern(LoraConfig.ALL_LINEAR);
  }

  /** The model of a base and its adapter. */
  static LatentTransformer model(
      TransformerConfig base, Weights weights, LoraAdapter adapter, String backend) {
    return LatentTransformer.create(
        adapter.on(base), adapter.on(base, weights), Backends.named(backend), Precision.FLOAT32);
  }
}
