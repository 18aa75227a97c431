package io.github.coconut4j.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.coconut4j.model.safetensors.SafetensorsFile;
import io.github.coconut4j.model.safetensors.SafetensorsWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Parameters of a projection of thoughts, and their file. */
class ThoughtProjectionTest {

  private static final Path FIXTURES = Path.of("src/test/resources/fixtures");
  private static final TransformerConfig PLAIN =
      TransformerConfig.builder().vocabSize(11).nPositions(8).nEmbd(6).nLayer(1).nHead(2).build();
  private static final TransformerConfig CONFIG =
      PLAIN.toBuilder().thoughtMap(ThoughtMapConfig.projection(9)).build();

  @TempDir Path directory;

  private Path file() {
    return directory.resolve(ThoughtProjection.FILE);
  }

  @ParameterizedTest
  @EnumSource(ThoughtMapConfig.Kind.class)
  void theRestOfAFreshModelIsTheSameWhateverTheMap(ThoughtMapConfig.Kind kind) {
    ThoughtMapConfig map =
        switch (kind) {
          case IDENTITY -> ThoughtMapConfig.IDENTITY;
          case PROJECTION -> ThoughtMapConfig.projection(9);
          case SCALE -> ThoughtMapConfig.scale(2);
        };
    TransformerConfig untied = PLAIN.toBuilder().tieWordEmbeddings(false).build();
    Weights plain = Weights.initial(untied, 3);
    TransformerConfig mapped = untied.toBuilder().thoughtMap(map).build();
    Weights weights = Weights.initial(mapped, 3);
    Map<String, INDArray> others = new LinkedHashMap<>(weights.asMap());
    others.keySet().removeIf(name -> name.startsWith("prj."));
    EqualArrays.assertEqual(others, plain.asMap());
    Weights joined = ThoughtProjection.initial(mapped, plain, 3);
    EqualArrays.assertEqual(joined, weights);
    assertThat(joined.asMap()).hasSize(plain.asMap().size() + (map.isProjection() ? 6 : 0));
  }

  @Test
  void aFreshProjectionIsPyTorchs() {
    TransformerConfig wide =
        PLAIN.toBuilder().nEmbd(64).thoughtMap(ThoughtMapConfig.projection(256)).build();
    Weights weights = Weights.initial(wide, 3);
    assertUniform(weights.get("prj.1.weight"), 1 / 8.0);
    assertUniform(weights.get("prj.1.bias"), 1 / 8.0);
    assertUniform(weights.get("prj.3.weight"), 1 / 16.0);
    assertUniform(weights.get("prj.3.bias"), 1 / 16.0);
    assertThat(weights.get("prj.ln.weight").data().asFloat()).containsOnly(1f);
    assertThat(weights.get("prj.ln.bias").data().asFloat()).containsOnly(0f);
    assertThat(weights.get("prj.1.weight").shape()).containsExactly(256, 64);
    assertThat(Weights.initial(wide, 4).get("prj.1.weight"))
        .isNotEqualTo(weights.get("prj.1.weight"));
  }

  /** U(-b, b): its largest values come near b, its variance is b² / 3. */
  private static void assertUniform(INDArray array, double bound) {
    assertThat(array.maxNumber().doubleValue()).isBetween(0.85 * bound, bound);
    assertThat(array.minNumber().doubleValue()).isBetween(-bound, -0.85 * bound);
    double deviation = array.stdNumber().doubleValue();
    assertThat(deviation * Math.sqrt(3) / bound).isBetween(0.85, 1.15);
  }

  @Test
  void isWrittenBesideWeightsThatPythonReads() throws IOException {
    Weights weights = Weights.initial(CONFIG, 3);
    PLAIN.write(directory);
    weights.write(directory);
    try (SafetensorsFile model = SafetensorsFile.open(directory.resolve("model.safetensors"));
        SafetensorsFile own = SafetensorsFile.open(file())) {
      assertThat(model.names()).containsExactlyInAnyOrderElementsOf(Weights.names(PLAIN));
      assertThat(own.names())
          .containsExactlyInAnyOrder(
              "prj.1.weight",
              "prj.1.bias",
              "prj.3.weight",
              "prj.3.bias",
              "prj.ln.weight",
              "prj.ln.bias");
    }
    assertThat(TransformerConfig.read(directory)).isEqualTo(PLAIN);
    EqualArrays.assertEqual(Weights.read(directory, CONFIG), weights);
    assertThat(Weights.read(directory, PLAIN).asMap()).hasSize(weights.asMap().size() - 6);
    assertThat(ThoughtProjection.config(file())).isEqualTo(ThoughtMapConfig.projection(9));
  }

  /** Objectives compute it with ND4J's operations, whose factors must have the same type. */
  @Test
  void staysInFloat32BesideWeightsInBfloat16() {
    Weights weights = Weights.initial(CONFIG, 3);
    for (Weights narrow :
        List.of(
            weights.castTo(DataType.BFLOAT16), weights.withTrained(List.of()).frozenInBfloat16())) {
      assertThat(narrow.tokenTable().dataType()).isEqualTo(DataType.BFLOAT16);
      assertThat(narrow.get("prj.1.weight").dataType()).isEqualTo(DataType.FLOAT);
      assertThat(narrow.get("prj.3.weight").dataType()).isEqualTo(DataType.FLOAT);
    }
  }

  @Test
  void aModelWithoutAProjectionHasNoFileOfOne() throws IOException {
    Weights.initial(PLAIN, 3).write(directory);
    assertThat(file()).doesNotExist();
  }

  @ParameterizedTest
  @MethodSource("files")
  void isReadUnderTheNamesOfBothPublishedPrograms(String fixture, Map<String, String> names)
      throws IOException {
    TransformerConfig plain = TransformerConfig.read(FIXTURES.resolve(fixture));
    Path published = FIXTURES.resolve(fixture).resolve(ThoughtProjection.FILE);
    TransformerConfig config =
        plain.toBuilder().thoughtMap(ThoughtProjection.config(published)).build();
    Weights weights = ThoughtProjection.read(published, config, Weights.initial(plain, 1));
    try (SafetensorsFile tensors = SafetensorsFile.open(published)) {
      assertThat(tensors.names()).hasSize(6);
      for (String stored : tensors.names()) {
        String module = stored.substring(0, stored.lastIndexOf('.'));
        String own = names.get(module) + stored.substring(module.length());
        assertThat(weights.get(own)).isEqualTo(tensors.read(stored));
        assertThat(ThoughtProjection.name(stored, tensors.names())).isEqualTo(own);
      }
    }
  }

  static Stream<Arguments> files() {
    Map<String, String> codi = Map.of("prj.1", "prj.1", "prj.3", "prj.3", "prj.ln", "prj.ln");
    Map<String, String> pccot = Map.of("prj.0", "prj.1", "prj.2", "prj.3", "prj.3", "prj.ln");
    return Stream.of(
        Arguments.of("codi-a", codi), Arguments.of("codi-b", codi), Arguments.of("pccot-a", pccot));
  }

  static Stream<Arguments> damages() {
    return Stream.of(
        damage("missing prj.3.bias and unexpected none", all -> all.remove("prj.3.bias")),
        damage(
            "missing none and unexpected prj.5.bias",
            all -> all.put("prj.5.bias", Nd4j.zeros(DataType.FLOAT, 3))),
        damage(
            "missing prj.1.bias, prj.1.weight",
            all -> {
              all.remove("prj.1.weight");
              all.remove("prj.1.bias");
            }),
        damage("NaN in prj.ln.weight", all -> all.get("prj.ln.weight").putScalar(2, Float.NaN)),
        damage(
            "Infinity in prj.3.weight",
            all -> all.get("prj.3.weight").putScalar(2, Float.POSITIVE_INFINITY)),
        damage(
            "width 9 for hidden states of width 6, with prj.1.weight [9, 6], but found [9, 5]",
            all -> all.put("prj.1.weight", Nd4j.zeros(DataType.FLOAT, 9, 5))),
        damage(
            "with prj.1.weight [9, 6], but found [6, 9]",
            all -> all.put("prj.1.weight", Nd4j.zeros(DataType.FLOAT, 6, 9))),
        damage(
            "with prj.1.weight [9, 6], but found [54]",
            all -> all.put("prj.1.weight", Nd4j.zeros(DataType.FLOAT, 54))));
  }

  private static Arguments damage(String message, Consumer<Map<String, INDArray>> damage) {
    return Arguments.of(message, damage);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("damages")
  void aDamagedFileIsRefusedInOneMessage(String message, Consumer<Map<String, INDArray>> damage)
      throws IOException {
    Map<String, INDArray> all = new LinkedHashMap<>(Weights.initial(CONFIG, 3).asMap());
    all.keySet().removeIf(name -> !name.startsWith("prj."));
    damage.accept(all);
    SafetensorsWriter.write(file(), all, Map.of());
    assertRefused(message);
  }

  private void assertRefused(String message) {
    assertThatThrownBy(() -> ThoughtProjection.read(file(), CONFIG, Weights.initial(PLAIN, 3)))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining(ThoughtProjection.FILE)
        .hasMessageContaining(message);
  }

  @Test
  void anotherWidthIsRefused() throws IOException {
    Weights.initial(PLAIN.toBuilder().thoughtMap(ThoughtMapConfig.projection(7)).build(), 3)
        .write(directory);
    assertRefused(
        "width 9 for hidden states of width 6, with prj.1.weight [9, 6], but found [7, 6]");
  }

  @Test
  void aMissingFileAndOneThatIsNoneAreRefused() throws IOException {
    assertRefused("no such file");
    Files.writeString(file(), "no tensors");
    assertRefused("");
    SafetensorsWriter.write(file(), Map.of("a", Nd4j.zeros(DataType.FLOAT, 3)), Map.of());
    assertThatThrownBy(() -> ThoughtProjection.config(file()))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("prj.1.weight [p, d]");
  }

  @Test
  void ofNoMapWithoutParametersIsAFileRead() throws IOException {
    Weights plain = Weights.initial(PLAIN, 3);
    for (ThoughtMapConfig map : List.of(ThoughtMapConfig.IDENTITY, ThoughtMapConfig.scale(2))) {
      TransformerConfig config = PLAIN.toBuilder().thoughtMap(map).build();
      assertThat(ThoughtProjection.read(file(), config, plain)).isSameAs(plain);
    }
  }

  @Test
  void mapsAreCheckedWhenTheyAreMade() {
    assertThatThrownBy(() -> ThoughtMapConfig.projection(0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("projection_width must be 1 to");
    for (double scale : new double[] {0, -1, Double.NaN, Double.POSITIVE_INFINITY}) {
      assertThatThrownBy(() -> ThoughtMapConfig.scale(scale))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("thought_scale must be a finite number above 0");
    }
    assertThatThrownBy(
            () ->
                ThoughtMapConfig.builder()
                    .kind(ThoughtMapConfig.Kind.SCALE)
                    .scale(1)
                    .projectionWidth(3)
                    .build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("projection_width");
  }
}
