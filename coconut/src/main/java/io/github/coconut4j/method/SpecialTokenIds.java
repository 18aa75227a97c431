package io.github.coconut4j.method;

import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import io.github.coconut4j.data.tokenizer.SpecialTokens;
import io.github.coconut4j.data.tokenizer.TextTokenizer;
import java.util.List;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import lombok.Builder;
import lombok.Value;
import lombok.extern.jackson.Jacksonized;

/** Ids of the tokens that are not text; null for tokens that a method does not use. */
@Value
@Builder
@Jacksonized
@JsonNaming(SnakeCaseStrategy.class)
public class SpecialTokenIds {

  /** Id of {@code <|start-latent|>}, or null. */
  Integer startLatent;

  /** Id of {@code <|end-latent|>}, or null. */
  Integer endLatent;

  /** Id of {@code <|latent|>}, or null. */
  Integer latent;

  /** Id of {@code <pause>}, or null. */
  Integer pause;

  /** Id of the token that training sequences end with. */
  int eos;

  /**
   * Looks up the tokens that a method needs, for a model whose files do not name an end of
   * sequence.
   *
   * @throws IllegalArgumentException if the tokenizer lacks one of them
   */
  public static SpecialTokenIds of(TextTokenizer tokenizer, Method method) {
    return of(tokenizer, method, List.of());
  }

  /**
   * Looks up the tokens that a method needs.
   *
   * @param eosTokenIds {@code eos_token_id} of the model's files. Sequences end with the
   *     tokenizer's {@code eos_token} if it is one of these, else with the first; without any, with
   *     the tokenizer's, and only then with {@code <|endoftext|>}
   * @throws IllegalArgumentException if the tokenizer lacks one of them
   */
  public static SpecialTokenIds of(
      TextTokenizer tokenizer, Method method, List<Integer> eosTokenIds) {
    return builder()
        .startLatent(id(SpecialTokens.START_LATENT, tokenizer, method))
        .endLatent(id(SpecialTokens.END_LATENT, tokenizer, method))
        .latent(method.hasLatents() ? tokenizer.id(SpecialTokens.LATENT) : null)
        .pause(id(SpecialTokens.PAUSE, tokenizer, method))
        .eos(endOfSequence(tokenizer, eosTokenIds))
        .build();
  }

  private static Integer id(String token, TextTokenizer tokenizer, Method method) {
    return names(method).contains(token) ? (Integer) tokenizer.id(token) : null;
  }

  private static int endOfSequence(TextTokenizer tokenizer, List<Integer> eosTokenIds) {
    OptionalInt named = tokenizer.endOfSequence();
    if (eosTokenIds.isEmpty()) {
      return named.orElseGet(
          () ->
              tokenizer
                  .findId(SpecialTokens.END_OF_TEXT)
                  .orElseThrow(SpecialTokenIds::noEndOfSequence));
    }
    return named.isPresent() && eosTokenIds.contains(named.getAsInt())
        ? named.getAsInt()
        : eosTokenIds.get(0);
  }

  private static IllegalArgumentException noEndOfSequence() {
    return new IllegalArgumentException(
        "A model's files need to say which token ends a text but neither generation_config.json nor"
            + " config.json has an `eos_token_id`, tokenizer_config.json has no `eos_token`, and the"
            + " tokenizer has no "
            + SpecialTokens.END_OF_TEXT
            + ". Add `eos_token_id` to the model's config.json.");
  }

  /** A thought's token, repeated {@code count} times, between the markers of latents. */
  IntStream marked(int thought, int count) {
    return IntStream.concat(
        IntStream.concat(IntStream.of(startLatent), IntStream.generate(() -> thought).limit(count)),
        IntStream.of(endLatent));
  }

  /** Names of the tokens that a method adds to a language model's vocabulary, in their order. */
  public static List<String> names(Method method) {
    return method.layout().specialTokens();
  }

  /** Whether a generated token is one of these rather than text. */
  public boolean contains(int token) {
    return token == eos
        || Stream.of(startLatent, endLatent, latent, pause)
            .filter(Objects::nonNull)
            .anyMatch(id -> id == token);
  }
}
