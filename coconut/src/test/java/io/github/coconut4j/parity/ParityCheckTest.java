package io.github.coconut4j.parity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.coconut4j.model.latent.LatentLoops;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** The fixtures were computed by other implementations on tiny models. */
class ParityCheckTest {

  private static final String TENSORS = "expected.safetensors";
  private static final String KEYS = "transformer.h.1.mlp.c_fc.weight";
  private static final String TABLE = "transformer.wpe.weight";

  @TempDir private Path directory;
  private DamagedFixture fixture;

  @BeforeEach
  void copy() throws IOException {
    fixture = DamagedFixture.copy("tiny-gpt2-a", directory);
  }

  private ParityReport run() throws IOException {
    return ParityCheck.run(directory, LatentLoops.AUTO);
  }

  static Stream<Arguments> fixtures() throws IOException {
    try (Stream<Path> directories = Files.list(DamagedFixture.FIXTURES)) {
      return directories.filter(Files::isDirectory).sorted().toList().stream()
          .map(path -> path.getFileName().toString())
          .flatMap(
              name ->
                  Stream.of(LatentLoops.UNROLLED, LatentLoops.FUSED)
                      .map(loop -> Arguments.of(name, loop)));
    }
  }

  @Test
  void everyFamilyHasAFixture() throws IOException {
    assertThat(fixtures().map(fixture -> fixture.get()[0]).distinct())
        .contains("tiny-gpt2-a", "tiny-gpt2-e", "tiny-llama-b", "tiny-qwen2-a", "tiny-qwen3-a");
  }

  @ParameterizedTest
  @MethodSource("fixtures")
  void agreesWithTheOtherImplementation(String name, LatentLoops loop) throws IOException {
    ParityReport report = ParityCheck.run(DamagedFixture.FIXTURES.resolve(name), loop);

    assertThat(report.getLossError()).isLessThan(1e-5);
    assertThat(report.getLogitsError()).isLessThan(1e-4);
    assertThat(report.getEmbeddingsError()).isLessThan(1e-4);
    assertThat(report.getGradientError()).isLessThan(1e-3);
    assertThat(report.isGenerationsEqual()).isTrue();
    assertThat(report.isPass()).isTrue();
  }

  /** Relative to the fixture's loss, which is above 1. */
  @Test
  void aWrongLossDoesNotPass() throws IOException {
    fixture.changeCase(json -> json.put("loss", 100));

    ParityReport report = run();

    assertThat(report.getLossError()).isCloseTo((100 - report.getLoss()) / 100, within(1e-9));
    assertThat(report.isPass()).isFalse();
  }

  @Test
  void everyTermOfTheLossIsCompared() throws IOException {
    double loss = run().getLoss();
    fixture.changeCase(json -> json.putObject("losses").put("coconut", loss).put("total", 2.0));

    ParityReport report = run();

    assertThat(report.getTermErrors()).containsOnlyKeys("coconut", "total");
    assertThat(report.getTermErrors().get("coconut")).isLessThan(1e-12);
    assertThat(report.getTermErrors().get("total")).isCloseTo((loss - 2) / 2, within(1e-9));
    assertThat(report.getLossError()).isEqualTo(report.getTermErrors().get("total"));
    assertThat(report.isPass()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"loss", "total"})
  void aLossThatIsNoNumberIsNaN(String key) throws IOException {
    fixture.changeCase(
        json -> (key.equals("loss") ? json : json.putObject("losses")).put(key, Double.NaN));

    ParityReport report = run();

    assertThat(report.getLossError()).isNaN();
    assertThat(report.isPass()).isFalse();
  }

  /** NaN is in five elements of a tensor, which a reduction that ignores NaN does not find. */
  @ParameterizedTest
  @ValueSource(doubles = {Double.NaN, Double.POSITIVE_INFINITY})
  void aTensorWithElementsThatAreNoNumbersDoesNotPass(double none) throws IOException {
    fixture.changeTensors(
        TENSORS,
        tensors -> {
          spoil(tensors.get("grad." + KEYS), none);
          spoil(tensors.get("logits").slice(1), none);
          spoil(tensors.get("inputs_embeds").slice(1), none);
        });

    ParityReport report = run();

    assertThat(report.getGradientError()).isNaN();
    assertThat(report.getWorstGradient()).isEqualTo(KEYS);
    assertThat(report.getLogitsError()).isNaN();
    assertThat(report.getEmbeddingsError()).isNaN();
    assertThat(report.isGenerationsEqual()).isTrue();
    assertThat(report.isPass()).isFalse();
  }

  private static void spoil(INDArray array, double value) {
    INDArray flat = array.reshape(-1);
    for (int i = 1; i <= 5; i++) {
      flat.putScalar(i * (flat.length() - 1) / 5, value);
    }
  }

  @Test
  void ourOwnNumbersThatAreNoneDoNotPass() throws IOException {
    fixture.changeTensors(
        "model.safetensors", tensors -> tensors.get(KEYS).putScalar(3, 5, Double.NaN));

    ParityReport report = run();

    assertThat(report.getLoss()).isNaN();
    assertThat(report.getLossError()).isNaN();
    assertThat(report.getLogitsError()).isNaN();
    assertThat(report.getGradientError()).isNaN();
    assertThat(report.isGenerationsEqual()).isFalse();
    assertThat(report.isPass()).isFalse();
  }

  /** The fixture's batch is shorter than the position table, whose last rows have no gradient. */
  @Test
  void whereAGradientIsZeroInTheFixtureOursMustBeToo() throws IOException {
    fixture.changeTensors(TENSORS, tensors -> tensors.get("grad." + KEYS).assign(0));

    ParityReport report = run();

    assertThat(report.getWorstGradient()).isEqualTo(KEYS);
    assertThat(report.getGradientError()).isBetween(1e-6, 1.0);
    assertThat(report.isPass()).isFalse();
  }

  @Test
  void aGradientThatIsOffInOneElementDoesNotPass() throws IOException {
    fixture.changeTensors(
        TENSORS,
        tensors -> {
          INDArray gradient = tensors.get("grad." + TABLE);
          gradient.putScalar(
              1, 1, gradient.getDouble(1, 1) + 0.01 * gradient.amaxNumber().doubleValue());
        });

    ParityReport report = run();

    assertThat(report.getWorstGradient()).isEqualTo(TABLE);
    assertThat(report.getGradientError()).isCloseTo(0.01, within(1e-4));
    assertThat(report.isPass()).isFalse();
  }

  @Test
  void gradientsOfOtherParametersDoNotPass() throws IOException {
    fixture.changeTensors(
        TENSORS, tensors -> tensors.put("grad.transformer.other", tensors.remove("grad." + TABLE)));

    ParityReport report = run();

    assertThat(report.getGradientError()).isNaN();
    assertThat(report.getUnmatchedGradients()).contains(TABLE, "transformer.other");
    assertThat(report.isPass()).isFalse();
  }

  @Test
  void anotherGreedyTokenDoesNotPass() throws IOException {
    fixture.changeCase(
        json -> {
          ArrayNode tokens = (ArrayNode) json.at("/greedy/1/tokens");
          int last = tokens.size() - 1;
          tokens.set(last, tokens.numberNode((tokens.get(last).asInt() + 1) % 60));
        });

    assertThat(run().isGenerationsEqual()).isFalse();
    assertThat(run().isPass()).isFalse();
  }

  static Stream<Arguments> damages() {
    return Stream.of(
        tensors("no logits", t -> t.remove("logits"), "must hold the tensor logits"),
        tensors("no embeddings", t -> t.remove("inputs_embeds"), "the tensor inputs_embeds"),
        tensors(
            "logits of another shape",
            t -> t.put("logits", Nd4j.zeros(1)),
            "Tensor logits",
            "must have the shape [4, "),
        tensors(
            "a gradient of another shape",
            t -> t.put("grad." + TABLE, Nd4j.ones(1, 32)),
            "Tensor grad." + TABLE,
            "must have the shape [64, 32]",
            "[1, 32]"),
        tensors(
            "an output that nothing is compared with",
            t -> t.put("latents", Nd4j.ones(2)),
            "latents"),
        json("no greedy answers", j -> j.putArray("greedy"), "a greedy answer"),
        json("no key for them", j -> j.remove("greedy"), "a greedy answer"),
        json("empty greedy answers alone", ParityCheckTest::keepPrompts, "that has tokens"),
        json("no tokens to write", j -> j.put("max_new_tokens", 0), "max_new_tokens above 0"),
        json("too few tokens to write", j -> j.put("max_new_tokens", 3), "at most max_new_tokens"),
        json("no prompt", j -> ((ObjectNode) j.at("/greedy/0")).remove("prompt"), "a prompt"),
        json("another prompt", j -> ((ArrayNode) j.at("/greedy/0/prompt")).set(0, 1), "that begin"),
        json("no loss", j -> j.remove("loss"), "the key loss"),
        json("no end of sequence", j -> j.remove("eos_id"), "the key eos_id"),
        json("no labels", j -> j.remove("labels"), "the key labels"),
        json("a row too few", j -> ((ArrayNode) j.get("labels")).remove(0), "as many rows"),
        json("a ragged row", j -> ((ArrayNode) j.at("/input_ids/1")).remove(0), "columns"),
        json("a null among ids", j -> ((ArrayNode) j.at("/input_ids/1")).setNull(3), "null"),
        json("all padding", ParityCheckTest::padAll, "that counts"),
        json("a mask of 2", j -> ((ArrayNode) j.at("/attention_mask/0")).set(9, 2), "0 and 1"),
        json("an unknown token", j -> ((ArrayNode) j.at("/input_ids/0")).set(9, 999), "999"),
        json("a term that is not computed", j -> j.putObject("losses").put("kd", 1), "losses.kd"),
        json("another kind", j -> j.put("kind", "lotus"), "must be of the kind coconut", "pccot"),
        json("no kind", j -> j.putNull("kind"), "must be of the kind coconut"));
  }

  private static void keepPrompts(ObjectNode json) {
    json.get("greedy").forEach(g -> ((ObjectNode) g).set("tokens", g.get("prompt").deepCopy()));
  }

  private static void padAll(ObjectNode json) {
    json.get("attention_mask")
        .forEach(
            row -> {
              for (int i = 0; i < row.size(); i++) {
                ((ArrayNode) row).set(i, 0);
              }
            });
  }

  private interface Damage {
    void to(DamagedFixture fixture) throws IOException;
  }

  private static Arguments tensors(
      String name, Consumer<Map<String, INDArray>> change, String... messages) {
    Damage damage = fixture -> fixture.changeTensors(TENSORS, change);
    return Arguments.of(Named.of(name, damage), messages);
  }

  private static Arguments json(String name, Consumer<ObjectNode> change, String... messages) {
    Damage damage = fixture -> fixture.changeCase(change);
    return Arguments.of(Named.of(name, damage), messages);
  }

  @ParameterizedTest
  @MethodSource("damages")
  void aDamagedFixtureIsRefused(Damage damage, String[] messages) throws IOException {
    damage.to(fixture);

    assertThatThrownBy(this::run)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll(messages);
  }

  @ParameterizedTest
  @ValueSource(strings = {"case.json", "config.json", "model.safetensors", TENSORS})
  void aFixtureThatLacksAFileIsRefused(String file) throws IOException {
    Files.delete(directory.resolve(file));

    assertThatThrownBy(this::run).hasMessageContaining(file);
  }

  @Test
  void aFixtureCutShortIsRefused() throws IOException {
    Path file = directory.resolve(TENSORS);
    byte[] whole = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(whole, whole.length / 2));

    assertThatThrownBy(this::run)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(TENSORS);
  }
}
