package io.github.coconut4j.model.latent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.coconut4j.model.Architecture;
import io.github.coconut4j.model.ArrayDifference;
import io.github.coconut4j.model.CloseArrays;
import io.github.coconut4j.model.LoraAdapter;
import io.github.coconut4j.model.LoraConfig;
import io.github.coconut4j.model.Precision;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.Weights;
import io.github.coconut4j.model.backend.Backends;
import io.github.coconut4j.model.dropout.Dropout;
import io.github.coconut4j.model.dropout.DropoutRates;
import io.github.coconut4j.model.latent.Adapters.Case;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Low-rank adapters against PEFT's results, finite differences and the merged model. */
class LoraTest {

  private static final int VOCABULARY = 23;
  private static final String[] PICTURES = {"www***wl", ".ww*llll", "wlllll.."};

  @ParameterizedTest
  @CsvSource({
    "tiny-gpt2-lora-a, onednn",
    "tiny-gpt2-lora-a, nd4j",
    "tiny-gpt2-lora-a, plain-java",
    "tiny-llama-lora-a, onednn",
    "tiny-llama-lora-a, nd4j",
    "tiny-llama-lora-a, plain-java"
  })
  void lossLogitsGradientsAndAnswersArePeftsOwn(String name, String backend) throws IOException {
    Fixture fixture = Fixture.load(name);
    TransformerConfig base = fixture.config();
    LoraAdapter adapter =
        LoraAdapter.read(Path.of("src/test/resources/fixtures", name, "adapter"), base);
    Map<String, INDArray> expected = new LinkedHashMap<>();
    fixture
        .gradients()
        .forEach((key, array) -> expected.put(key.replace("base_model.model.", ""), array));
    try (LatentTransformer model = Adapters.model(base, fixture.weights(), adapter, backend);
        LossGradients result = model.gradients(fixture.batch())) {
      assertThat(result.getLoss()).isCloseTo(fixture.loss(), within(1e-5));
      CloseArrays.assertClose(result.getGradients(), expected, 1e-3);
      assertRealPositions(fixture, model.logits(fixture.batch()), "logits");
      assertRealPositions(fixture, model.inputEmbeddings(fixture.batch()), "inputs_embeds");
      PublishedImplementationTest.assertAnswers(model, fixture);
    }
    Weights merged = adapter.merged(base, fixture.weights());
    try (LatentTransformer model =
        LatentTransformer.create(base, merged, Backends.named(backend), Precision.FLOAT32)) {
      assertRealPositions(fixture, model.logits(fixture.batch()), "merged_logits");
    }
  }

  private static void assertRealPositions(Fixture fixture, INDArray actual, String name) {
    INDArray real = fixture.batch().getAttentionMask();
    assertThat(ArrayDifference.between(actual, fixture.expected().get(name), real))
        .matches(difference -> difference.isWithin(1e-4), name + " within 1e-4");
  }

  @Provide
  Arbitrary<Case> cases() {
    return Adapters.drawn(VOCABULARY);
  }

  @Property(tries = 8)
  void mergedWeightsAreClosedAndThoseOfBaseAndAdapterStayOpen(@ForAll("cases") Case drawn) {
    Weights weights = Weights.initial(drawn.base(), drawn.seed());
    LoraAdapter adapter = drawn.adapter(weights);
    Weights merged = adapter.merged(drawn.base(), weights);

    adapter.closeMerged(merged, weights);

    assertThat(weights.asMap().values()).noneMatch(INDArray::wasClosed);
    assertThat(adapter.asMap().values()).noneMatch(INDArray::wasClosed);
    Set<INDArray> others = Collections.newSetFromMap(new IdentityHashMap<>());
    others.addAll(weights.asMap().values());
    others.addAll(adapter.asMap().values());
    assertThat(merged.asMap().values())
        .allMatch(array -> others.contains(array) || array.wasClosed())
        .anyMatch(INDArray::wasClosed);
  }

  @Property(tries = 8)
  void loopsAndTheMergedModelAgree(@ForAll("cases") Case drawn) {
    LatentBatch batch = Batches.of(VOCABULARY, drawn.seed(), PICTURES);
    TransformerConfig base = drawn.base();
    Weights weights = Weights.initial(base, drawn.seed());
    LoraAdapter adapter = drawn.adapter(weights);
    TransformerConfig merged = adapter.on(base).toBuilder().lora(null).build();
    try (LatentTransformer fused = Adapters.model(base, weights, adapter, "onednn");
        LatentTransformer plainJava = Adapters.model(base, weights, adapter, "plain-java");
        LatentTransformer unrolled = Adapters.model(base, weights, adapter, "nd4j");
        LatentTransformer whole =
            LatentTransformer.create(merged, adapter.merged(base, weights), LatentLoops.UNROLLED)) {
      LoopsAgreeTest.assertAgree(fused, unrolled, batch);
      LoopsAgreeTest.assertAgree(plainJava, unrolled, batch);
      LoopsAgreeTest.assertDecodingAgrees(fused, unrolled, batch);
      CloseArrays.assertWithin(1e-4, fused.logits(batch), whole.logits(batch));
      try (LossGradients gradients = fused.gradients(batch)) {
        Set<String> trained = new HashSet<>(adapter.asMap().keySet());
        weights.asMap().keySet().stream()
            .filter(name -> name.startsWith("prj."))
            .forEach(trained::add);
        assertThat(gradients.getGradients()).containsOnlyKeys(trained);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Architecture.class,
      names = {"GPT2", "QWEN3"})
  void gradientsAreThoseOfTheLoss(Architecture architecture) {
    TransformerConfig base = Architectures.of(architecture, VOCABULARY);
    boolean isGpt2 = architecture == Architecture.GPT2;
    LoraConfig lora =
        Adapters.everywhere(3)
            .loraAlpha(4)
            .modulesToSave(List.of("ln_f", "norm").subList(isGpt2 ? 0 : 1, isGpt2 ? 1 : 2))
            .trainableTokenIndices(List.of(7, 22, 0, 5, 6, 1))
            .build();
    Weights weights = Weights.initial(base, 5).castTo(DataType.DOUBLE);
    LoraAdapter adapter = new Case(base, lora, 5).adapter(weights);
    FiniteDifferenceTest.check(
        adapter.on(base),
        adapter.on(base, weights),
        Batches.of(VOCABULARY, 3, PICTURES),
        new Dropout(DropoutRates.NONE, 0, 0));
  }

  @ParameterizedTest
  @CsvSource({"onednn", "nd4j"})
  void aFreshAdapterChangesNothing(String backend) {
    TransformerConfig base = Architectures.of(Architecture.QWEN3, VOCABULARY);
    Weights weights = Weights.initial(base, 5);
    LatentBatch batch = Batches.of(VOCABULARY, 3, PICTURES);
    LoraAdapter adapter = LoraAdapter.initial(Adapters.everywhere(4).build(), base, weights, 1);
    try (LatentTransformer with = Adapters.model(base, weights, adapter, backend);
        LatentTransformer without =
            LatentTransformer.create(base, weights, Backends.named(backend), Precision.FLOAT32)) {
      assertThat(with.loss(batch)).isEqualTo(without.loss(batch));
    }
    assertThat(adapter.asMap())
        .allSatisfy(
            (name, array) -> {
              double bound =
                  1 / Math.sqrt((double) array.size(1)); // PEFT: kaiming_uniform_(a=sqrt(5))
              double largest = array.amaxNumber().doubleValue();
              if (name.endsWith("lora_A.weight")) {
                assertThat(largest).isBetween(0.5 * bound, bound);
              } else {
                assertThat(largest).isZero();
              }
            });
  }

  @Test
  void adaptersOnOneBaseShareItsArrays() {
    TransformerConfig base = Architectures.of(Architecture.LLAMA, VOCABULARY);
    Weights weights = Weights.initial(base, 5);
    LoraConfig lora =
        LoraConfig.builder().r(4).loraAlpha(8).targetModules(List.of("q_proj")).build();
    LoraAdapter one = LoraAdapter.initial(lora, base, weights, 1);
    LoraAdapter other = LoraAdapter.initial(lora, base, weights, 2);
    Weights first = one.on(base, weights);
    Weights second = other.on(base, weights);
    weights
        .asMap()
        .forEach(
            (name, array) -> {
              assertThat(first.get(name) == array).as(name).isTrue();
              assertThat(second.get(name) == array).as(name).isTrue();
            });
    one.asMap()
        .forEach((name, array) -> assertThat(other.asMap().get(name) == array).as(name).isFalse());
  }

  @Test
  void onlyAnAdapterOnABaseOfItsOwnWritesIntoItsTokenTable() {
    TransformerConfig base = Architectures.of(Architecture.QWEN2, VOCABULARY);
    Weights weights = Weights.initial(base, 5);
    INDArray before = weights.tokenTable().dup();
    LoraConfig lora = Adapters.everywhere(2).trainableTokenIndices(List.of(7)).build();
    LoraAdapter adapter = new Case(base, lora, 5).adapter(weights);
    LatentBatch batch = Batches.of(VOCABULARY, 3, PICTURES);
    Weights own;
    double expected;
    try (LatentTransformer copied = Adapters.model(base, weights, adapter, "onednn")) {
      expected = copied.loss(batch);
      assertThat(weights.tokenTable()).isEqualTo(before);
      own = adapter.onOwn(base, weights);
    }
    try (LatentTransformer model =
        LatentTransformer.create(adapter.on(base), own, LatentLoops.FUSED)) {
      assertThat(model.loss(batch)).isEqualTo(expected);
      assertThat(own.tokenTable() == weights.tokenTable()).isTrue();
      assertThat(weights.tokenTable()).isNotEqualTo(before);
    }
  }

  /** Whose gradient of the table is SameDiff's own. */
  static final class MeanSquare implements Objective {

    @Override
    public SDVariable loss(ObjectiveInputs inputs) {
      SDVariable logits =
          inputs.getGraph().mmul(inputs.getHidden(), inputs.getOutputTable(), false, true, false);
      return logits.mul(logits).mean();
    }

    @Override
    public Targets targets(LatentBatch batch) {
      return new Targets(new int[] {3, 6, 9}, Map.of(), 3);
    }
  }

  /** A product of one element is one that ND4J's own gradient would get wrong. */
  @ParameterizedTest
  @EnumSource(names = {"GPT2", "LLAMA"})
  void loopsAgreeOnASinglePositionAtRank1(Architecture architecture) {
    TransformerConfig base = Architectures.of(architecture, VOCABULARY);
    Weights weights = Weights.initial(base, 3);
    LoraConfig lora = LoraConfig.builder().r(1).loraAlpha(2).targetPattern("all-linear").build();
    LoraAdapter adapter = LoraAdapter.initial(lora, base, weights, 5);
    Random random = new Random(5);
    adapter
        .asMap()
        .values()
        .forEach(
            array -> {
              for (long i = 0; i < array.length(); i++) {
                array.putScalar(i, 0.3 * random.nextGaussian());
              }
            });
    ObjectiveChecks.assertLoopsAgree(
        adapter.on(base),
        adapter.on(base, weights),
        Batches.of(VOCABULARY, 1, "w**wl"),
        Objective.CROSS_ENTROPY);
  }

  /** With B = 0 the function is the base's. */
  @ParameterizedTest
  @CsvSource({"GPT2, onednn", "GPT2, nd4j", "QWEN2, onednn", "QWEN2, nd4j"})
  void trainedRowsHaveTheGradientsOfTheTablesRows(Architecture architecture, String backend) {
    TransformerConfig base = Architectures.of(architecture, VOCABULARY);
    Weights weights = Weights.initial(base, 5);
    LatentBatch batch = Batches.of(VOCABULARY, 3, PICTURES);
    int[] tokens = batch.getInputIds().reshape(-1).toIntVector();
    List<Integer> trained = List.of(tokens[9], tokens[4] == tokens[9] ? tokens[5] : tokens[4]);
    LoraConfig lora = Adapters.everywhere(3).trainableTokenIndices(trained).build();
    LoraAdapter adapter = LoraAdapter.initial(lora, base, weights, 1);
    for (Objective objective : List.of(Objective.CROSS_ENTROPY, new MeanSquare())) {
      try (LatentTransformer adapted = Adapters.model(base, weights, adapter, backend);
          LatentTransformer whole =
              LatentTransformer.create(base, weights, Backends.named(backend), Precision.FLOAT32);
          LossGradients actual = adapted.gradients(batch, objective);
          LossGradients expected = whole.gradients(batch, objective)) {
        INDArray rows =
            expected
                .getGradients()
                .get(weights.getTokenTableName())
                .getRows(trained.get(0), trained.get(1));
        assertThat(rows.amaxNumber().doubleValue()).isFinite().isPositive();
        String name = adapted.getWeights().getTrainedRowsName();
        CloseArrays.assertWithin(1e-5, actual.getGradients().get(name), rows);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Architecture.class)
  void aStepMakesNoArrayOfAFrozenParametersShape(Architecture architecture) {
    assertMakesNone(architecture, LatentLoops.FUSED);
  }

  @ParameterizedTest
  @EnumSource(Architecture.class)
  void anUnrolledStepMakesNoArrayOfAFrozenParametersShape(Architecture architecture) {
    assertMakesNone(architecture, LatentLoops.UNROLLED);
  }

  private static void assertMakesNone(Architecture architecture, LatentLoops loop) {
    TransformerConfig base = Architectures.of(architecture, VOCABULARY);
    Weights weights = Weights.initial(base, 5);
    LoraConfig lora = Adapters.everywhere(3).trainableTokenIndices(List.of(7, 22, 0)).build();
    LoraAdapter adapter = LoraAdapter.initial(lora, base, weights, 1);
    Set<List<Long>> frozen = new HashSet<>();
    weights.asMap().values().forEach(array -> frozen.add(FrozenParametersTest.shape(array)));
    assertThat(FrozenParametersTest.made(adapter.on(base), adapter.on(base, weights), loop))
        .contains(List.of(3L, 6L)) // A, and the rows of three tokens
        .doesNotContainAnyElementsOf(frozen);
  }

  @Test
  void theLinearLayersOfAStepInBfloat16AreCloseToThoseInFloat() {
    TransformerConfig base =
        Architectures.of(Architecture.LLAMA, VOCABULARY).toBuilder().nPositions(90).build();
    Weights weights = Weights.initial(base, 5);
    LoraConfig lora = Adapters.everywhere(4).build();
    LoraAdapter adapter = new Case(base, lora, 5).adapter(weights);
    LatentBatch batch =
        Batches.of(VOCABULARY, 3, "w".repeat(40) + "***" + "w".repeat(20) + "l".repeat(20));
    try (LatentTransformer rounded =
            LatentTransformer.create(
                adapter.on(base),
                adapter.on(base, weights),
                Backends.named("onednn"),
                Precision.BF16);
        LatentTransformer exact = Adapters.model(base, weights, adapter, "onednn");
        LossGradients actual = rounded.gradients(batch);
        LossGradients expected = exact.gradients(batch)) {
      assertThat(actual.getLoss())
          .isCloseTo(expected.getLoss(), within(0.05))
          .isNotEqualTo(expected.getLoss());
      assertThat(ArrayDifference.between(actual.getGradients(), expected.getGradients()))
          .allSatisfy(
              (name, difference) ->
                  assertThat(difference)
                      .matches(d -> d.isWithin(0.1 * d.getMagnitude()), "within a tenth"));
    }
  }
}
