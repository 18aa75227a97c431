package io.github.coconut4j.model.latent;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.coconut4j.model.Architecture;
import io.github.coconut4j.model.ArrayDifference;
import io.github.coconut4j.model.LoraAdapter;
import io.github.coconut4j.model.Precision;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.Weights;
import io.github.coconut4j.model.backend.Backends;
import io.github.coconut4j.model.backend.CpuThreads;
import io.github.coconut4j.model.dropout.Dropout;
import io.github.coconut4j.model.dropout.DropoutRates;
import io.github.coconut4j.model.dropout.ReferenceDropout;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Dropout of what low-rank adapters read, as PEFT's {@code lora_dropout}; {@link DropoutTest} has
 * what its masks depend on.
 */
class AdapterDropoutTest {

  private static final int VOCABULARY = 23;

  /** Numbers of the sites, which must never change. */
  private static final Map<String, Integer> SITES =
      Map.ofEntries(
          Map.entry("attn.c_attn", 16),
          Map.entry("self_attn.q_proj", 17),
          Map.entry("self_attn.k_proj", 18),
          Map.entry("self_attn.v_proj", 19),
          Map.entry("attn.c_proj", 20),
          Map.entry("self_attn.o_proj", 20),
          Map.entry("mlp.gate_proj", 21),
          Map.entry("mlp.c_fc", 22),
          Map.entry("mlp.up_proj", 22),
          Map.entry("mlp.c_proj", 23),
          Map.entry("mlp.down_proj", 23));

  /** Keys and values are read at the first step, too. */
  private static final List<String> READ_AT_BOTH_STEPS =
      List.of("attn.c_attn", "self_attn.k_proj", "self_attn.v_proj");

  /**
   * Where a value is dropped at every step that the loss depends on, no gradient comes to what
   * multiplies it: a column of A.
   */
  @ParameterizedTest
  @CsvSource({"GPT2, onednn", "GPT2, nd4j", "QWEN3, onednn", "QWEN3, nd4j"})
  void eachLayerDropsByAMaskOfItsOwn(Architecture architecture, String backend) {
    TransformerConfig base =
        Architectures.of(architecture, VOCABULARY).toBuilder()
            .nLayer(1)
            .nEmbd(36)
            .nInner(50)
            .build();
    Dropout dropout = new Dropout(new DropoutRates(0, 0, 0, 0.5), 9, 3, 2);
    Weights weights = Weights.initial(base, 5);
    LoraAdapter adapter =
        new Adapters.Case(base, Adapters.everywhere(2).build(), 5).adapter(weights);
    LatentBatch batch = Batches.of(VOCABULARY, 3, "....", ".wwl");
    Map<String, INDArray> found = new HashMap<>();
    try (LatentTransformer model = Adapters.model(base, weights, adapter, backend);
        LossGradients gradients = model.gradients(batch, Objective.CROSS_ENTROPY, dropout)) {
      gradients
          .getGradients()
          .forEach(
              (name, gradient) -> {
                if (name.endsWith(".lora_A.weight")) {
                  String path = name.replaceFirst(".*\\.0\\.(.*)\\.lora_A.weight", "$1");
                  found.put(path, gradient.dup());
                }
              });
    }
    assertThat(found).hasSize(architecture == Architecture.GPT2 ? 4 : 7);
    found.forEach((path, gradient) -> assertDropped(dropout, path, gradient));
  }

  private static void assertDropped(Dropout dropout, String path, INDArray gradient) {
    int width = (int) gradient.size(1);
    ReferenceDropout masks = new ReferenceDropout(dropout);
    int site = SITES.get(path);
    double[] first = masks.multipliers(site, 0, 1, 0, 0, width);
    double[] second = masks.multipliers(site, 0, 1, 0, 1, width);
    boolean both = READ_AT_BOTH_STEPS.contains(path);
    for (int column = 0; column < width; column++) {
      boolean isKept = second[column] > 0 || (both && first[column] > 0);
      assertThat(gradient.getColumn(column).amaxNumber().doubleValue() > 0)
          .as("%s, column %d", path, column)
          .isEqualTo(isKept);
    }
  }

  @Property(tries = 8)
  void loopsAgree(@ForAll("cases") Adapters.Case drawn, @ForAll("dropouts") Dropout dropout) {
    LatentBatch batch = Batches.of(VOCABULARY, drawn.seed(), "www***wl", ".ww*llll", "wlllll..");
    TransformerConfig base = drawn.base();
    Weights weights = Weights.initial(base, drawn.seed());
    LoraAdapter adapter = drawn.adapter(weights);
    Weights all = adapter.on(base, weights);
    Weights trained = // the base, too, where nothing hides its gradients
        adapter.getConfig().getTrainableTokenIndices().isEmpty()
            ? all.withTrained(all.asMap().keySet())
            : all;
    TransformerConfig config = adapter.on(base);
    try (LatentTransformer unrolled = model(config, trained, "nd4j");
        LatentTransformer fused = model(config, trained, "onednn");
        LatentTransformer plainJava = model(config, trained, "plain-java");
        LossGradients expected = unrolled.gradients(batch, Objective.CROSS_ENTROPY, dropout);
        LossGradients actual = fused.gradients(batch, Objective.CROSS_ENTROPY, dropout);
        LossGradients plain = plainJava.gradients(batch, Objective.CROSS_ENTROPY, dropout)) {
      LoopsAgreeTest.assertAgree(actual, expected);
      LoopsAgreeTest.assertAgree(plain, expected);
    }
  }

  private static LatentTransformer model(
      TransformerConfig config, Weights weights, String backend) {
    return LatentTransformer.create(config, weights, Backends.named(backend), Precision.FLOAT32);
  }

  @Provide
  Arbitrary<Adapters.Case> cases() {
    return Adapters.drawn(VOCABULARY);
  }

  @Provide
  Arbitrary<Dropout> dropouts() {
    Arbitrary<Double> others = Arbitraries.of(0.0, 0.0, 0.3);
    return Combinators.combine(
            Combinators.combine(others, others, others, Arbitraries.of(0.1, 0.5, 0.8))
                .as(DropoutRates::new),
            Arbitraries.longs(),
            Arbitraries.longs().greaterOrEqual(0),
            Arbitraries.integers().between(0, 1_000_000))
        .as(Dropout::new);
  }

  /** More rows than are dropped at a time, and in several passes. */
  @ParameterizedTest
  @EnumSource(
      value = Architecture.class,
      names = {"GPT2", "LLAMA"})
  void loopsAgreeOnLongBatches(Architecture architecture) {
    TransformerConfig base =
        Architectures.of(architecture, VOCABULARY).toBuilder().nPositions(110).build();
    Weights weights = Weights.initial(base, 5);
    LoraAdapter adapter =
        new Adapters.Case(base, Adapters.everywhere(4).build(), 5).adapter(weights);
    String row = "w".repeat(70) + "**" + "w".repeat(9) + "l".repeat(20);
    LatentBatch batch = Batches.of(VOCABULARY, 3, row, row, ".".repeat(6) + row.substring(6));
    Dropout dropout = new Dropout(new DropoutRates(0.1, 0, 0, 0.3), 4, 2);
    int threads = CpuThreads.count();
    CpuThreads.setCount(2);
    try (LatentTransformer fused = Adapters.model(base, weights, adapter, "onednn");
        LatentTransformer unrolled = Adapters.model(base, weights, adapter, "nd4j");
        LossGradients actual = fused.gradients(batch, Objective.CROSS_ENTROPY, dropout);
        LossGradients expected = unrolled.gradients(batch, Objective.CROSS_ENTROPY, dropout)) {
      LoopsAgreeTest.assertAgree(actual, expected);
    } finally {
      CpuThreads.setCount(threads);
    }
  }

  @Test
  void gradientsInBfloat16AreCloseToThoseInFloat() {
    TransformerConfig base =
        Architectures.of(Architecture.LLAMA, VOCABULARY).toBuilder().nPositions(110).build();
    Weights weights = Weights.initial(base, 5);
    LoraAdapter adapter =
        new Adapters.Case(base, Adapters.everywhere(4).build(), 5).adapter(weights);
    Weights all = adapter.on(base, weights);
    LatentBatch batch = Batches.of(VOCABULARY, 3, "w".repeat(70) + "***" + "l".repeat(36));
    Dropout dropout = new Dropout(new DropoutRates(0, 0, 0, 0.3), 4, 2);
    try (LatentTransformer rounded =
            LatentTransformer.create(
                adapter.on(base), all, Backends.named("onednn"), Precision.BF16);
        LatentTransformer exact = model(adapter.on(base), all, "onednn");
        LossGradients actual = rounded.gradients(batch, Objective.CROSS_ENTROPY, dropout);
        LossGradients expected = exact.gradients(batch, Objective.CROSS_ENTROPY, dropout)) {
      assertThat(ArrayDifference.between(actual.getGradients(), expected.getGradients()))
          .allSatisfy(
              (name, difference) ->
                  assertThat(difference)
                      .matches(d -> d.isWithin(0.1 * d.getMagnitude()), "within a tenth")
                      .matches(d -> !d.isWithin(1e-6 * d.getMagnitude()), "but rounded"));
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Architecture.class,
      names = {"GPT2", "QWEN3"})
  void gradientsAreThoseOfTheLossWithItsMasks(Architecture architecture) {
    TransformerConfig base =
        Architectures.of(architecture, VOCABULARY).toBuilder().nLayer(1).build();
    Weights weights = Weights.initial(base, 5).castTo(DataType.DOUBLE);
    LoraAdapter adapter =
        new Adapters.Case(base, Adapters.everywhere(3).build(), 5).adapter(weights);
    Weights all = adapter.on(base, weights);
    Set<String> trained = new HashSet<>(adapter.asMap().keySet());
    trained.add(all.getTokenTableName());
    FiniteDifferenceTest.check(
        adapter.on(base),
        all.withTrained(trained),
        Batches.of(VOCABULARY, 3, "w*wl", ".wll"),
        new Dropout(new DropoutRates(0, 0, 0, 0.3), 4, 2));
  }
}
