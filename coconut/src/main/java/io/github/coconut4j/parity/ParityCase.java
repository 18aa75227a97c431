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
import io.github.coconut4j.files.JsonFault;
import io.github.coconut4j.model.ModelFormatException;
import java.io.CharConversionException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import lombok.Builder;
import lombok.Value;
import lombok.extern.jackson.Jacksonized;

/** {@code case.json}: one batch, its loss, and prompts with their greedy continuations. */
@Value
@Builder
@Jacksonized
@JsonNaming(SnakeCaseStrategy.class)
@JsonIgnoreProperties(ignoreUnknown = true)
class ParityCase {

  /** Python writes NaN and Infinity literally. */
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
          .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
          .build();

  /** Kind of the fixture; the default is {@code coconut}. */
  @Builder.Default String kind = "coconut";

  /** Folder of the adapter, or null. */
  String adapter;

  /** The teachers of a self-distillation; null if there are none. */
  Teacher teacher;

  /** Number of latents of each student. */
  Integer numLatents;

  /** Weight of the teachers' loss. */
  @Builder.Default double alpha = 1;

  /** Weight of the students' loss. */
  @Builder.Default double beta = 1;

  /** Weight of the distillation. */
  @Builder.Default double gamma = 1;

  /** The hidden states that the distillation compares; null without distillation. */
  Distillation kd;

  /** File of the thought map's projection, or null for the identity. */
  String projection;

  /** Number of passes over latents that are refined in parallel. */
  Integer numIterations;

  /** Folder of SIM-CoT's decoder. */
  String decoder;

  /** Position id of the decoder's first input. */
  Integer decoderFirstPosition;

  /** Tokens of the step of each sequence's group of latents [B][G]. */
  int[][][] stepIds;

  /** How a group's loss is averaged: {@code tokens} or {@code rows}. */
  String stepMean;

  /** λ of SIM-CoT on CODI. */
  Double stepFactor;

  /** w of SIM-CoT on Coconut. */
  Double stepWeight;

  /** Number of latents per group, with SIM-CoT on Coconut. */
  Integer cThought;

  /** λ of the frontier's supervision. */
  Double frontierWeight;

  /** Distributions of each sequence's latents, null if a latent has none. */
  List<List<Target>> frontierTargets;

  /** Ids that greedy decoding never chooses. */
  @Builder.Default List<Integer> greedyExcludedIds = List.of();

  /** Id of the latent token, or null if the batch has none. */
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

  /** Mean cross-entropy over the labelled tokens; may be NaN. */
  Double loss;

  /** The terms of the loss by name, numbers or lists of them; null if the fixture has none. */
  Map<String, JsonNode> losses;

  /** Prompts with their continuations, at least one. */
  List<Greedy> greedy;

  /** Largest number of tokens generated after a prompt. */
  @Builder.Default int maxNewTokens = 12;

  /**
   * A prompt and its greedy continuation.
   *
   * @param prompt token ids, latents included
   * @param tokens the prompt and its continuation
   */
  @JsonIgnoreProperties(ignoreUnknown = true)
  record Greedy(int[] prompt, int[] tokens) {}

  /** The teachers' arrays [B, T'], padded on the right. */
  @JsonIgnoreProperties(ignoreUnknown = true)
  @JsonNaming(SnakeCaseStrategy.class)
  record Teacher(int[][] inputIds, int[][] attentionMask, int[][] positionIds, int[][] labels) {}

  /**
   * Hidden states that are compared.
   *
   * @param layers indices of layers: 0 is the input of the first block
   * @param studentColumns time step of each student [B]
   * @param teacherColumns time step of each teacher [B]
   */
  @JsonIgnoreProperties(ignoreUnknown = true)
  @JsonNaming(SnakeCaseStrategy.class)
  record Distillation(int[] layers, int[] studentColumns, int[] teacherColumns) {}

  /** A latent's distribution over token ids. */
  @JsonIgnoreProperties(ignoreUnknown = true)
  record Target(int[] ids, double[] probs) {}

  static ParityCase read(Path fixture) throws IOException {
    Path file = fixture.resolve("case.json");
    if (!Files.isRegularFile(file)) {
      throw new IllegalArgumentException(
          "A fixture needs case.json, model.safetensors and expected.safetensors but "
              + fixture
              + " lacks case.json. Check the path of --fixture.");
    }
    try (InputStream input = Files.newInputStream(file)) {
      ParityCase read = JSON.readValue(input, ParityCase.class);
      new ParityCaseCheck(file, read).run();
      return read;
    } catch (JsonProcessingException e) {
      throw malformed(file, JsonFault.described(e.getOriginalMessage()), e);
    } catch (CharConversionException e) { // the bytes are not valid text
      throw malformed(file, e.getMessage(), e);
    }
  }

  private static ModelFormatException malformed(Path file, String found, Exception cause) {
    return new ModelFormatException(
        file.toString(), "must describe a batch", found, "Make it again.", cause);
  }

  boolean isLatent(int token) {
    return latentId != null && token == latentId;
  }

  /** The continuation of a prompt up to the first end-of-sequence token. */
  int[] continuation(Greedy greedy) {
    return IntStream.of(greedy.tokens())
        .skip(greedy.prompt().length)
        .takeWhile(token -> token != eosId)
        .toArray();
  }
}
