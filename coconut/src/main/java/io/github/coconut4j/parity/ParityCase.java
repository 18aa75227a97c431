package io.github.coconut4j.parity;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.coconut4j.model.ModelFormatException;
import io.github.coconut4j.model.latent.LatentBatch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import lombok.Builder;
import lombok.Value;
import lombok.extern.jackson.Jacksonized;
import org.nd4j.linalg.factory.Nd4j;

/** {@code case.json}: one batch, its loss, and prompts with their greedy continuations. */
@Value
@Builder
@Jacksonized
@JsonNaming(SnakeCaseStrategy.class)
@JsonIgnoreProperties(ignoreUnknown = true)
class ParityCase {

  /** Python writes NaN and Infinity as they stand. */
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
          .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
          .build();

  /** What the fixture computes; fixtures that do not say are {@code coconut}. */
  @Builder.Default String kind = "coconut";

  /** Folder of the adapter, with the kind {@code lora} alone. */
  String adapter;

  /** Id of the latent token, or null where the batch has none. */
  Integer latentId;

  /** Id of the end-of-sequence token. */
  Integer eosId;

  /** Token ids [B, T]. */
  int[][] inputIds;

  /** 1 real, 0 padding [B, T]. */
  int[][] attentionMask;

  /** Position ids [B, T]. */
  int[][] positionIds;

  /** Labels [B, T], -100 where none. */
  int[][] labels;

  /** Mean cross-entropy over the labelled tokens; may be no number. */
  Double loss;

  /** The loss' terms by name, numbers or lists of them; null where the fixture has none. */
  Map<String, JsonNode> losses;

  /** Prompts and what follows them, at least one. */
  List<Greedy> greedy;

  /** Tokens generated after a prompt at most. */
  @Builder.Default int maxNewTokens = 12;

  /**
   * A prompt and its greedy continuation.
   *
   * @param prompt token ids, latents included
   * @param tokens the prompt and all that follows
   */
  @JsonIgnoreProperties(ignoreUnknown = true)
  record Greedy(int[] prompt, int[] tokens) {}

  static ParityCase read(Path fixture) throws IOException {
    Path file = fixture.resolve("case.json");
    if (!Files.isRegularFile(file)) {
      throw new IllegalArgumentException(
          "A fixture needs case.json, model.safetensors and expected.safetensors but "
              + fixture
              + " lacks case.json. Check the path of --fixture.");
    }
    try {
      ParityCase read = JSON.readValue(Files.readAllBytes(file), ParityCase.class);
      new ParityCaseCheck(file, read).run();
      return read;
    } catch (JsonProcessingException e) {
      throw new ModelFormatException(
          file.toString(), "must describe a batch", e.getOriginalMessage(), "Make it again.", e);
    }
  }

  LatentBatch batch() {
    return LatentBatch.builder()
        .inputIds(Nd4j.createFromArray(inputIds))
        .positionIds(Nd4j.createFromArray(positionIds))
        .attentionMask(Nd4j.createFromArray(attentionMask))
        .latentMask(Nd4j.createFromArray(latentMask()))
        .labels(Nd4j.createFromArray(labels))
        .build();
  }

  boolean isLatent(int token) {
    return latentId != null && token == latentId;
  }

  /** What follows a prompt up to the first end-of-sequence token. */
  int[] continuation(Greedy greedy) {
    return IntStream.of(greedy.tokens())
        .skip(greedy.prompt().length)
        .takeWhile(token -> token != eosId)
        .toArray();
  }

  private int[][] latentMask() {
    return IntStream.range(0, inputIds.length)
        .mapToObj(
            row ->
                IntStream.range(0, inputIds[row].length)
                    .map(column -> isLatentCell(row, column) ? 1 : 0)
                    .toArray())
        .toArray(int[][]::new);
  }

  private boolean isLatentCell(int row, int column) {
    return attentionMask[row][column] == 1 && isLatent(inputIds[row][column]);
  }
}
