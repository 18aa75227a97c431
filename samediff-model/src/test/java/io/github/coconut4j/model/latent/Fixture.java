package io.github.coconut4j.model.latent;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.Weights;
import io.github.coconut4j.model.safetensors.SafetensorsFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** A Hugging Face model with a batch, and what the published implementation computes for it. */
record Fixture(
    TransformerConfig config,
    Weights weights,
    LatentBatch batch,
    double loss,
    Map<String, INDArray> expected,
    List<Greedy> greedy,
    int maxNewTokens,
    int latentId,
    int eosId) {

  private static final String GRADIENT = "grad.";

  /** A prompt and, from its beginning, the tokens of its greedy continuation. */
  record Greedy(int[] prompt, int[] tokens) {}

  /** Expected gradients by parameter. */
  Map<String, INDArray> gradients() {
    Map<String, INDArray> gradients = new LinkedHashMap<>();
    expected.forEach(
        (name, array) -> {
          if (name.startsWith(GRADIENT)) {
            gradients.put(name.substring(GRADIENT.length()), array);
          }
        });
    return gradients;
  }

  static Fixture load(String name) {
    Path directory = Path.of("src/test/resources/fixtures", name);
    try {
      JsonNode json = new ObjectMapper().readTree(directory.resolve("case.json").toFile());
      TransformerConfig config = TransformerConfig.read(directory);
      int latentId = json.get("latent_id").asInt();
      INDArray ids = array(json.get("input_ids"));
      LatentBatch batch =
          LatentBatch.builder()
              .inputIds(ids)
              .positionIds(array(json.get("position_ids")))
              .attentionMask(array(json.get("attention_mask")))
              .latentMask(ids.eq(latentId).castTo(DataType.INT32))
              .labels(array(json.get("labels")))
              .build();
      return new Fixture(
          config,
          Weights.read(directory, config),
          batch,
          json.get("loss").asDouble(),
          expected(directory.resolve("expected.safetensors")),
          greedy(json.get("greedy")),
          json.get("max_new_tokens").asInt(),
          latentId,
          json.get("eos_id").asInt());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Map<String, INDArray> expected(Path path) throws IOException {
    Map<String, INDArray> expected = new LinkedHashMap<>();
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      for (String name : file.names()) {
        expected.put(name, file.read(name));
      }
    }
    return expected;
  }

  private static List<Greedy> greedy(JsonNode cases) {
    List<Greedy> greedy = new ArrayList<>();
    cases.forEach(c -> greedy.add(new Greedy(ints(c.get("prompt")), ints(c.get("tokens")))));
    return greedy;
  }

  private static INDArray array(JsonNode rows) {
    int[][] values = new int[rows.size()][];
    for (int row = 0; row < values.length; row++) {
      values[row] = ints(rows.get(row));
    }
    return Nd4j.createFromArray(values);
  }

  private static int[] ints(JsonNode values) {
    int[] ints = new int[values.size()];
    for (int i = 0; i < ints.length; i++) {
      ints[i] = values.get(i).asInt();
    }
    return ints;
  }
}
