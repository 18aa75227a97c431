package io.github.coconut4j.model.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.coconut4j.model.HuggingFaceFiles;
import io.github.coconut4j.model.ModelFormatException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

class SafetensorsFileTest {

  private SafetensorsFile file;

  @BeforeEach
  void open() throws IOException {
    file = SafetensorsFile.open(HuggingFaceFiles.path("types.safetensors"));
  }

  @AfterEach
  void close() throws IOException {
    file.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"f16", "bf16", "f64"})
  void convertsAsPyTorchDoes(String type) throws IOException {
    INDArray converted = file.read(type);

    assertThat(converted.dataType()).isEqualTo(DataType.FLOAT);
    assertThat(converted.shape()).isEqualTo(file.shape(type + ".float"));
    // Bit patterns were drawn at random: subnormal numbers, infinities and NaN are among them.
    assertThat(converted.data().asFloat()).isEqualTo(file.read(type + ".float").data().asFloat());
  }

  @Test
  void readsAsFloatOrBfloat16Only() throws IOException {
    assertThat(file.read("f64", DataType.BFLOAT16).dataType()).isEqualTo(DataType.BFLOAT16);
    for (DataType type : Arrays.asList(null, DataType.DOUBLE, DataType.INT32)) {
      assertThatThrownBy(() -> file.read("f16", type))
          .isExactlyInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining(
              "as FLOAT or BFLOAT16, but the type is " + (type == null ? type : ""));
    }
  }

  @Test
  void readsShapesOfEveryRank() throws IOException {
    INDArray rank4 = file.read("rank4");

    assertThat(rank4.shape()).containsExactly(2, 3, 1, 4);
    assertThat(rank4.getFloat(1, 2, 0, 3)).isEqualTo(23);
    assertThat(rank4.getFloat(1, 0, 0, 1)).isEqualTo(13);
    assertThat(file.shape("scalar")).isEmpty();
    assertThat(file.read("scalar").getFloat(0)).isEqualTo(2.5f);
    assertThat(file.shape("empty")).containsExactly(0, 3);
    assertThat(file.read("empty").length()).isZero();
  }

  @Test
  void listsNamesAndMetadata() {
    assertThat(file.names())
        .contains("f16", "bf16.float", "flags", "counts")
        .hasSize(11)
        .doesNotContain("__metadata__");
    assertThat(file.metadata()).containsExactly(Map.entry("made by", "safetensors.torch"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"flags", "counts"})
  void refusesToReadOtherTypes(String name) {
    assertThatThrownBy(() -> file.read(name))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContainingAll(name, "types.safetensors", "F32, F16, BF16 or F64", "float()");
  }

  @Test
  void namesTheTensorsThereAreWhenAskedForAnother() {
    assertThatThrownBy(() -> file.shape("f32"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("f32", "rank4");
  }

  @Test
  void givesShapesThatCannotBeChanged() {
    file.shape("rank4")[0] = 7;

    assertThat(file.shape("rank4")).containsExactly(2, 3, 1, 4);
  }

  @Test
  void anInterruptedThreadReadsAndLeavesTheFileOpenForOthers() throws IOException {
    float[] expected = file.read("rank4").data().asFloat();

    Thread.currentThread().interrupt();
    try (SafetensorsFile opened =
        SafetensorsFile.open(HuggingFaceFiles.path("types.safetensors"))) {
      assertThat(opened.read("rank4").data().asFloat()).isEqualTo(expected);
      assertThat(file.read("rank4").data().asFloat()).isEqualTo(expected);
    } finally {
      assertThat(Thread.interrupted()).as("still interrupted").isTrue();
    }

    assertThat(file.read("rank4").data().asFloat()).isEqualTo(expected);
  }

  @Test
  void threadsShareAFile() {
    float[] rank4 = values("rank4");
    float[] f16 = values("f16");

    assertThat(
            IntStream.range(0, 200)
                .parallel()
                .mapToObj(
                    i ->
                        i % 2 == 0
                            ? Arrays.equals(values("rank4"), rank4)
                            : Arrays.equals(values("f16"), f16)))
        .containsOnly(true);
  }

  private float[] values(String name) {
    try {
      return file.read(name).data().asFloat();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void aMissingFileIsNamed(@TempDir Path directory) {
    assertThatThrownBy(() -> SafetensorsFile.open(directory.resolve("gone")))
        .isInstanceOf(NoSuchFileException.class);
  }

  @Test
  void cannotBeReadOnceClosed() throws IOException {
    file.close();

    assertThatThrownBy(() -> file.read("rank4")).isInstanceOf(ClosedChannelException.class);
  }

  @Test
  void refusesPicklesWithTheWayToConvertThem() {
    assertThatThrownBy(() -> SafetensorsFile.open(HuggingFaceFiles.path("pickle.bin")))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContainingAll("pickle.bin", "torch.save", "save_file");
  }

  @Test
  void metadataOfNullIsNone(@TempDir Path directory) throws IOException {
    String header =
        "{\"__metadata__\":null,\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}";
    Path path = Files.write(directory.resolve("null.safetensors"), RawFile.bytes(header, 8));

    try (SafetensorsFile opened = SafetensorsFile.open(path)) {
      assertThat(opened.metadata()).isEmpty();
      assertThat(opened.read("a").toFloatVector()).containsExactly(0, 0);
    }
  }
}
