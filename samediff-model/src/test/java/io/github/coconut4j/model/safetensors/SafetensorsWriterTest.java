package io.github.coconut4j.model.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.coconut4j.files.Sha256;
import io.github.coconut4j.model.HuggingFaceFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

class SafetensorsWriterTest {

  @TempDir Path directory;

  @Test
  void writesTheBytesThatHuggingFaceWrites() throws IOException {
    Path original = HuggingFaceFiles.path("single/model.safetensors");
    Map<String, INDArray> tensors = new LinkedHashMap<>();
    Map<String, String> metadata;
    try (SafetensorsFile file = SafetensorsFile.open(original)) {
      for (String name : file.names()) {
        tensors.put(name, file.read(name));
      }
      metadata = file.metadata();
    }
    Path copy = directory.resolve("copy.safetensors");

    SafetensorsWriter.write(copy, tensors, metadata);

    assertThat(copy).hasSameBinaryContentAs(original);
    assertThat(SafetensorsWriter.sum(tensors, metadata)).isEqualTo(Sha256.of(original));
  }

  @Test
  void writesViewsInRowMajorOrder() throws IOException {
    INDArray matrix = Nd4j.arange(12).castTo(DataType.FLOAT).reshape('c', 3, 4);
    Map<String, INDArray> tensors = new LinkedHashMap<>();
    tensors.put("transposed", matrix.transpose());
    tensors.put("columns", matrix.get(NDArrayIndex.all(), NDArrayIndex.interval(1, 3)));
    tensors.put("row", matrix.getRow(1));
    tensors.put("fortran", matrix.dup('f'));

    try (SafetensorsFile file = written(tensors)) {
      assertThat(file.read("transposed").data().asFloat())
          .containsExactly(0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11);
      assertThat(file.read("columns").data().asFloat()).containsExactly(1, 2, 5, 6, 9, 10);
      assertThat(file.read("row").data().asFloat()).containsExactly(4, 5, 6, 7);
      assertThat(file.read("fortran").data().asFloat())
          .containsExactly(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11);
    }
  }

  @Test
  void keepsTypesShapesAndOrder() throws IOException {
    Map<String, INDArray> tensors = new LinkedHashMap<>();
    tensors.put("z", Nd4j.create(new double[] {1, 0.1}));
    tensors.put("half", Nd4j.create(new float[] {1, 2, 3}).castTo(DataType.FLOAT16));
    tensors.put("brain", Nd4j.create(new float[] {1, 2, 4}).castTo(DataType.BFLOAT16));
    tensors.put("scalar", Nd4j.scalar(0.5f));
    tensors.put("empty", Nd4j.create(DataType.FLOAT, 0, 3));

    try (SafetensorsFile file = written(tensors)) {
      assertThat(file.names()).containsExactly("z", "half", "brain", "scalar", "empty");
      assertThat(file.read("z").data().asFloat()).containsExactly(1, 0.1f);
      assertThat(file.read("half").data().asFloat()).containsExactly(1, 2, 3);
      assertThat(file.read("brain").data().asFloat()).containsExactly(1, 2, 4);
      assertThat(file.shape("scalar")).isEmpty();
      assertThat(file.read("scalar").getFloat(0)).isEqualTo(0.5f);
      assertThat(file.shape("empty")).containsExactly(0, 3);
    }
  }

  @Test
  void alignsTheDataToEightBytes() throws IOException {
    Path file = directory.resolve("aligned.safetensors");
    for (String name : new String[] {"a", "ab", "abc", "abcd", "\u00e9", "\"\n"}) {
      SafetensorsWriter.write(file, Map.of(name, Nd4j.scalar(1f)), Map.of());

      byte[] bytes = Files.readAllBytes(file);
      long length = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong(0);
      assertThat(length % 8).isZero();
      assertThat(bytes).hasSize((int) length + 12);
      assertThat(new String(bytes, 8, (int) length, StandardCharsets.UTF_8).strip()).endsWith("}");
      try (SafetensorsFile opened = SafetensorsFile.open(file)) {
        assertThat(opened.names()).containsExactly(name);
      }
    }
  }

  @Test
  void refusesOtherTypesAndKeepsTheFileThatIsThere() throws IOException {
    Path file = Files.writeString(directory.resolve("kept.safetensors"), "before");

    assertThatThrownBy(
            () ->
                SafetensorsWriter.write(file, Map.of("ids", Nd4j.createFromArray(1, 2)), Map.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("ids", "INT", "Cast it first");
    assertThat(file).hasContent("before");
  }

  private SafetensorsFile written(Map<String, INDArray> tensors) throws IOException {
    Path file = directory.resolve("written.safetensors");
    SafetensorsWriter.write(file, tensors, Map.of());
    return SafetensorsFile.open(file);
  }
}
