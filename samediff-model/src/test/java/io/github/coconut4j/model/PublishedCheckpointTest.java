package io.github.coconut4j.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.coconut4j.model.safetensors.SafetensorsWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** The parameters of a Hugging Face model under the names of the published implementation. */
class PublishedCheckpointTest {

  private static TransformerConfig config;
  private static Weights weights;

  @TempDir private Path directory;

  @BeforeAll
  static void readModel() throws IOException {
    config = TransformerConfig.read(HuggingFaceFiles.path("single"));
    weights = Weights.read(HuggingFaceFiles.path("single"), config);
  }

  private Map<String, INDArray> renamed(UnaryOperator<String> naming) {
    Map<String, INDArray> tensors = new LinkedHashMap<>();
    weights.asMap().forEach((name, array) -> tensors.put(naming.apply(name), array));
    return tensors;
  }

  private Path file(Map<String, INDArray> tensors) throws IOException {
    Path file = directory.resolve("checkpoint_6.safetensors");
    SafetensorsWriter.write(file, tensors, Map.of());
    return file;
  }

  @ParameterizedTest
  @ValueSource(strings = {"base_causallm.", "module.base_causallm.", "module.", ""})
  void readsTheNamesOfEveryWayToTrain(String prefix) throws IOException {
    Map<String, INDArray> tensors = renamed(name -> prefix + name);
    tensors.put(prefix + "lm_head.weight", weights.tokenTable());
    tensors.put(prefix.replace("base_causallm.", "") + "embedding.weight", Nd4j.ones(67, 8));

    try (PublishedCheckpoint checkpoint = PublishedCheckpoint.open(file(tensors))) {
      TransformerConfig inferred = checkpoint.architecture(2);

      EqualArrays.assertEqual(checkpoint.weights(inferred), weights);
      assertThat(inferred.getNLayer()).isEqualTo(config.getNLayer());
      assertThat(inferred.innerSize()).isEqualTo(config.innerSize());
      assertThat(inferred.getNPositions()).isEqualTo(config.getNPositions());
      assertThat(inferred.getNHead()).isEqualTo(2);
    }
  }

  @Test
  void aWidthThatTellsNoHeadsAsksForThem() throws IOException {
    try (PublishedCheckpoint checkpoint = PublishedCheckpoint.open(file(renamed(name -> name)))) {
      assertThatThrownBy(() -> checkpoint.architecture(null))
          .isInstanceOf(ModelFormatException.class)
          .hasMessageContainingAll("multiple of 64", "found 8", "--heads");
    }
  }

  @Test
  void anotherModelIsRefused() throws IOException {
    try (PublishedCheckpoint checkpoint =
        PublishedCheckpoint.open(file(Map.of("model.norm.weight", Nd4j.ones(8))))) {
      assertThatThrownBy(() -> checkpoint.architecture(null))
          .isInstanceOf(ModelFormatException.class)
          .hasMessageContainingAll("checkpoint_6.safetensors", "transformer.wte.weight");
    }
  }

  @Test
  void aCheckpointOfPyTorchIsRefused() {
    assertThatThrownBy(() -> PublishedCheckpoint.open(HuggingFaceFiles.path("pickle.bin")))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContainingAll("pickle.bin", "torch.save");
  }
}
