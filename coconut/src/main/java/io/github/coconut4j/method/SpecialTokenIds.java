package io.github.coconut4j.method;

import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import io.github.coconut4j.data.tokenizer.SpecialTokens;
import io.github.coconut4j.data.tokenizer.TextTokenizer;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import lombok.Builder;
import lombok.Value;
import lombok.extern.jackson.Jacksonized;

/** Ids of the tokens that are not text; those that a method does without are null. */
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

  /** Id of {@code <|endoftext|>}. */
  int eos;

  /**
   * Looks up the tokens that a method needs.
   *
   * @throws IllegalArgumentException if the tokenizer lacks one of them
   */
  public static SpecialTokenIds of(TextTokenizer tokenizer, Method method) {
    return builder()
        .startLatent(id(SpecialTokens.START_LATENT, tokenizer, method))
        .endLatent(id(SpecialTokens.END_LATENT, tokenizer, method))
        .latent(method.hasLatents() ? tokenizer.id(SpecialTokens.LATENT) : null)
        .pause(id(SpecialTokens.PAUSE, tokenizer, method))
        .eos(tokenizer.id(SpecialTokens.END_OF_TEXT))
        .build();
  }

  private static Integer id(String token, TextTokenizer tokenizer, Method method) {
    return names(method).contains(token) ? (Integer) tokenizer.id(token) : null;
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
