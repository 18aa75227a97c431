package io.github.coconut4j.model;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.coconut4j.files.AtomicDirectory;
import io.github.coconut4j.files.AtomicFile;
import io.github.coconut4j.files.Sha256;
import io.github.coconut4j.model.export.SameDiffExport;
import io.github.coconut4j.model.safetensors.SafetensorsFile;
import io.github.coconut4j.model.safetensors.SafetensorsWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Null for what a program is to name or read first is rejected by the argument's name. */
class NullArgumentsTest {

  private static final Path FOLDER = HuggingFaceFiles.path("single");

  private static Arguments call(String name, ThrowingCallable call) {
    return Arguments.of(name, call);
  }

  static Stream<Arguments> calls() throws IOException {
    TransformerConfig config = TransformerConfig.read(FOLDER);
    Weights weights = Weights.read(FOLDER, config);
    GenerationConfig generation = GenerationConfig.of(config);
    return Stream.of(
        call("modelDirectory", () -> TransformerConfig.read(null)),
        call("modelDirectory", () -> config.write(null)),
        call("config", () -> GenerationConfig.of(null)),
        call("modelDirectory", () -> GenerationConfig.read(null, config)),
        call("config", () -> GenerationConfig.read(FOLDER, null)),
        call("modelDirectory", () -> generation.write(null)),
        call("modelDirectory", () -> Weights.read(null, config)),
        call("config", () -> Weights.read(FOLDER, null)),
        call("config", () -> Weights.initial(null, Initialization.gpt2(config), 1)),
        call("modelDirectory", () -> weights.write(null)),
        call("directory", () -> LoraAdapter.read(null, config)),
        call("directory", () -> LoraAdapter.baseName(null)),
        call("file", () -> PublishedCheckpoint.open(null)),
        call("file", () -> SafetensorsFile.open(null)),
        call("target", () -> SafetensorsWriter.write((Path) null, Map.of(), Map.of())),
        call("tensors", () -> SafetensorsWriter.write(new ByteArrayOutputStream(), null, Map.of())),
        call("actual", () -> ArrayDifference.between(null, Map.of())),
        call("weights", () -> SameDiffExport.write(FOLDER, config, null, null, null)),
        call("A path", () -> AtomicFile.write(null, "")),
        call("A path", () -> AtomicFile.requireWritable(null)),
        call("A path", () -> AtomicDirectory.create(null)),
        call("A path", () -> AtomicDirectory.delete(null)),
        call("A path", () -> Sha256.of(null)));
  }

  @ParameterizedTest
  @MethodSource("calls")
  void nullIsRejectedByName(String name, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(name)
        .hasMessageContaining("must be given, but is null");
  }
}
