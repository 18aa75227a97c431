package io.github.coconut4j.model.latent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.coconut4j.model.Architecture;
import io.github.coconut4j.model.ArrayDifference;
import io.github.coconut4j.model.LoraAdapter;
import io.github.coconut4j.model.LoraConfig;
import io.github.coconut4j.model.Precision;
import io.github.coconut4j.model.ThoughtMapConfig;
import io.github.coconut4j.model.ThoughtProjection;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.Weights;
import io.github.coconut4j.model.backend.Backends;
import io.github.coconut4j.model.dropout.Dropout;
import io.github.coconut4j.model.dropout.DropoutRates;
import io.github.coconut4j.model.loop.ReferenceThoughtMap;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** What latents are fed of hidden states: CODI's projection and the fixed norm. */
class ThoughtMapTest {

  private static final int VOCABULARY = 23;
  private static final String[] PICTURES = {"www***wl", ".ww*llll", "wlllll.."};
  private static final Dropout NO_DROPOUT = new Dropout(DropoutRates.NONE, 0, 0);

  private static TransformerConfig config(Architecture architecture, ThoughtMapConfig map) {
    return Architectures.of(architecture, VOCABULARY).toBuilder().thoughtMap(map).build();
  }

  /** A projection whose norm and biases are no fresh ones, and whose width is not the model's. */
  private static Weights drawn(TransformerConfig config) {
    Weights weights = Weights.initial(config, 5);
    weights
        .asMap()
        .forEach(
            (name, array) -> {
              if (name.startsWith("prj.ln")) {
                INDArray noise = Nd4j.linspace(-0.4, 0.5, array.length(), array.dataType());
                array.addi(noise);
              }
            });
    return weights;
  }

  static Stream<ThoughtMapConfig> maps() {
    return Stream.of(ThoughtMapConfig.projection(9), ThoughtMapConfig.scale(1.7));
  }

  /** Of the map, what comes before it and what after it. */
  @ParameterizedTest
  @EnumSource(
      value = Architecture.class,
      names = {"GPT2", "QWEN3"})
  void gradientsAreThoseOfTheLoss(Architecture architecture) {
    maps()
        .forEach(
            map -> {
              TransformerConfig config = config(architecture, map);
              Weights weights = drawn(config).castTo(DataType.DOUBLE);
              List<String> trained =
                  weights.asMap().keySet().stream()
                      .filter(name -> name.matches("prj.*|.*(wte|embed_tokens|ln_f|model.norm).*"))
                      .toList();
              FiniteDifferenceTest.check(
                  config,
                  weights.withTrained(trained),
                  Batches.of(VOCABULARY, 3, PICTURES),
                  NO_DROPOUT);
            });
  }

  @ParameterizedTest
  @CsvSource({
    "onednn, GPT2",
    "onednn, LLAMA",
    "plain-java, GPT2",
    "plain-java, LLAMA",
    "nd4j, GPT2",
    "nd4j, LLAMA"
  })
  void latentsAreFedTheMapOfTheHiddenStateBefore(String backend, Architecture architecture) {
    maps()
        .forEach(
            map -> {
              TransformerConfig config =
                  config(architecture, map).toBuilder().layerNormEpsilon(0.1).build();
              Weights weights = drawn(config);
              ReferenceThoughtMap reference = new ReferenceThoughtMap(map, projection(weights));
              LatentBatch batch = Batches.of(VOCABULARY, 3, PICTURES);
              try (LatentTransformer model = model(config, weights, backend)) {
                INDArray hidden = model.hiddenStates(batch);
                INDArray fed = model.inputEmbeddings(batch);
                int[][] latents = {{0, 3}, {0, 4}, {0, 5}, {1, 3}};
                for (int[] at : latents) {
                  double[] before = row(hidden, at[0], at[1] - 1);
                  assertClose(row(fed, at[0], at[1]), reference.of(before));
                }
              }
            });
  }

  private static List<double[]> projection(Weights weights) {
    return weights.asMap().entrySet().stream()
        .filter(each -> each.getKey().startsWith("prj."))
        .map(each -> each.getValue().data().asDouble())
        .toList();
  }

  private static LatentTransformer model(
      TransformerConfig config, Weights weights, String backend) {
    return LatentTransformer.create(config, weights, Backends.named(backend), Precision.FLOAT32);
  }

  private static double[] row(INDArray array, int b, int t) {
    return array.slice(b).getRow(t).toDoubleVector();
  }

  private static void assertClose(double[] actual, double[] expected) {
    assertThat(actual).hasSameSizeAs(expected);
    for (int i = 0; i < actual.length; i++) {
      assertThat(actual[i]).isCloseTo(expected[i], within(2e-5));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"onednn", "plain-java", "nd4j"})
  void feedingLatentsBackIsALatent(String backend) {
    maps()
        .forEach(
            map -> {
              TransformerConfig config =
                  StepwiseDecodingTest.config().toBuilder().thoughtMap(map).build();
              try (LatentTransformer model = model(config, drawn(config), backend);
                  Decoder whole = model.decoder(StepwiseDecodingTest.withLatents(), 1);
                  Decoder stepwise = model.decoder(StepwiseDecodingTest.QUESTIONS, 3)) {
                StepwiseDecodingTest.assertHiddenStatesAreLatents(whole, stepwise);
              }
            });
  }

  @ParameterizedTest
  @ValueSource(strings = {"onednn", "plain-java", "nd4j"})
  void aBatchWithoutLatentsGivesTheProjectionGradientsOfZero(String backend) {
    TransformerConfig config = config(Architecture.GPT2, ThoughtMapConfig.projection(9));
    LatentBatch batch = Batches.of(VOCABULARY, 3, "wwwll", "wlll.");
    Weights weights = drawn(config);
    try (LatentTransformer model = model(config, weights, backend);
        LossGradients result = model.gradients(batch)) {
      assertThat(result.getLoss()).isFinite();
      assertThat(result.getGradients()).containsOnlyKeys(weights.asMap().keySet());
      List.of("prj.1.weight", "prj.1.bias", "prj.3.weight", "prj.3.bias", "prj.ln.weight")
          .forEach(
              name ->
                  assertThat(result.getGradients().get(name).data().asFloat()).containsOnly(0f));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"onednn", "plain-java", "nd4j"})
  void aProjectionIsTrainedBesideAnAdapterUnlessItIsFrozen(String backend) {
    TransformerConfig base = config(Architecture.LLAMA, ThoughtMapConfig.projection(9));
    LoraConfig lora =
        LoraConfig.builder().r(3).loraAlpha(4).targetPattern(LoraConfig.ALL_LINEAR).build();
    Weights weights = drawn(base);
    LoraAdapter adapter = LoraAdapter.initial(lora, base, weights, 1);
    assertThat(adapter.asMap().keySet()).noneMatch(name -> name.startsWith("prj."));
    List<String> projection =
        weights.asMap().keySet().stream().filter(name -> name.startsWith("prj.")).toList();
    assertThat(projection).hasSize(6);
    List<String> others =
        weights.asMap().keySet().stream().filter(name -> !name.startsWith("prj.")).toList();
    LatentBatch batch = Batches.of(VOCABULARY, 3, PICTURES);
    Map<String, INDArray> whole = gradients(base, weights, backend, batch);
    Map<String, INDArray> adapted =
        gradients(adapter.on(base), adapter.on(base, weights), backend, batch);
    assertThat(adapted.keySet()).containsAll(projection).containsAll(adapter.asMap().keySet());
    projection.forEach(
        name -> // B is 0, so that the function is the base's
        assertThat(ArrayDifference.between(adapted.get(name), whole.get(name)))
                .matches(d -> d.isWithin(1e-4 * d.getMagnitude() + 1e-6), name));

    Weights frozen = adapter.on(base, weights.withTrained(others));
    assertThat(gradients(adapter.on(base), frozen, backend, batch))
        .containsOnlyKeys(adapter.asMap().keySet());
  }

  private static Map<String, INDArray> gradients(
      TransformerConfig config, Weights weights, String backend, LatentBatch batch) {
    try (LatentTransformer model = model(config, weights, backend);
        LossGradients result = model.gradients(batch)) {
      Map<String, INDArray> copies = new LinkedHashMap<>();
      result.getGradients().forEach((name, gradient) -> copies.put(name, gradient.dup()));
      return copies;
    }
  }

  @ParameterizedTest
  @CsvSource({
    "codi-a, onednn", "codi-a, plain-java", "codi-a, nd4j",
    "codi-b, onednn", "codi-b, plain-java", "codi-b, nd4j"
  })
  void latentsOfAStudentAreThePublishedOnes(String name, String backend) throws IOException {
    Path directory = Path.of("src/test/resources/fixtures", name);
    Path file = directory.resolve(ThoughtProjection.FILE);
    Fixture fixture = Fixture.load(name);
    TransformerConfig config =
        fixture.config().toBuilder().thoughtMap(ThoughtProjection.config(file)).build();
    Weights weights = ThoughtProjection.read(file, config, fixture.weights());
    Path beside = directory.resolve("adapter");
    LoraAdapter adapter = Files.exists(beside) ? LoraAdapter.read(beside, config) : null;
    try (LatentTransformer model =
        adapter == null
            ? model(config, weights, backend)
            : model(adapter.on(config), adapter.on(config, weights), backend)) {
      assertReal(fixture, model.logits(fixture.batch()), "logits");
      assertReal(fixture, model.inputEmbeddings(fixture.batch()), "inputs_embeds");
    }
  }

  private static void assertReal(Fixture fixture, INDArray actual, String name) {
    INDArray real = fixture.batch().getAttentionMask();
    assertThat(ArrayDifference.between(actual, fixture.expected().get(name), real))
        .matches(difference -> difference.isWithin(1e-4), name + " within 1e-4");
  }

  @Test
  void aScaledLatentHasTheNormOfItsMap() {
    TransformerConfig config = config(Architecture.QWEN3, ThoughtMapConfig.scale(2.5));
    LatentBatch batch = Batches.of(VOCABULARY, 3, PICTURES);
    try (LatentTransformer model = model(config, Weights.initial(config, 5), "onednn")) {
      INDArray fed = model.inputEmbeddings(batch);
      assertThat(fed.slice(0).getRow(4).norm2Number().doubleValue()).isCloseTo(2.5, within(1e-5));
    }
  }
}
