package io.github.coconut4j.parity;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.coconut4j.model.safetensors.SafetensorsFile;
import io.github.coconut4j.model.safetensors.SafetensorsWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A copy of a fixture, changed. */
record DamagedFixture(Path directory) {

  static final Path FIXTURES = Path.of("../samediff-model/src/test/resources/fixtures");
  private static final JsonMapper JSON = JsonMapper.builder().build();

  static DamagedFixture copy(String fixture, Path directory) throws IOException {
    try (Stream<Path> files = Files.list(FIXTURES.resolve(fixture))) {
      for (Path file : files.toList()) {
        Files.copy(file, directory.resolve(file.getFileName()));
      }
    }
    return new DamagedFixture(directory);
  }

  void changeCase(Consumer<ObjectNode> change) throws IOException {
    Path file = directory.resolve("case.json");
    ObjectNode content = (ObjectNode) JSON.readTree(Files.readAllBytes(file));
    change.accept(content);
    // Python writes NaN without quotes.
    Files.writeString(file, JSON.writeValueAsString(content).replace("\"NaN\"", "NaN"));
  }

  void changeTensors(String file, Consumer<Map<String, INDArray>> change) throws IOException {
    Path path = directory.resolve(file);
    Map<String, INDArray> tensors = new LinkedHashMap<>();
    try (SafetensorsFile stored = SafetensorsFile.open(path)) {
      for (String name : stored.names()) {
        tensors.put(name, stored.read(name));
      }
    }
    change.accept(tensors);
    SafetensorsWriter.write(path, tensors, Map.of("format", "pt"));
  }
}
