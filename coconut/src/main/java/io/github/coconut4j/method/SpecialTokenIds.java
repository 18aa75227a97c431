package io.github.coconut4j.method;

import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import io.github.coconut4j.data.tokenizer.SpecialTokens;
import io.github.coconut4j.data.tokenizer.TextTokenizer;
import io.github.coconut4j.method.Method.Thought;
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
        .startLatent(method.markers() ? id(tokenizer, SpecialTokens.START_LATENT) : null)
        .endLatent(method.markers() ? id(tokenizer, SpecialTokens.END_LATENT) : null)
        .latent(method.thought() == Thought.LATENT ? id(tokenizer, SpecialTokens.LATENT) : null)
        .pause(method.thought() == Thought.PAUSE ? id(tokenizer, SpecialTokens.PAUSE) : null)
        .eos(tokenizer.id(SpecialTokens.END_OF_TEXT))
        .build();
  }

  /** Names of the tokens that a method adds to a language model's vocabulary, in their order. */
  public static List<String> names(Method method) {
    Stream<String> latent = method.markers() ? SpecialTokens.COCONUT.stream() : Stream.empty();
    Stream<String> pause =
        method.thought() == Thought.PAUSE ? Stream.of(SpecialTokens.PAUSE) : Stream.empty();
    return Stream.concat(latent, pause).toList();
  }

  /** Whether a generated token is one of these rather than text. */
  public boolean contains(int token) {
    return token == eos
        || Stream.of(startLatent, endLatent, latent, pause)
            .filter(Objects::nonNull)
            .anyMatch(id -> id == token);
  }

  private static Integer id(TextTokenizer tokenizer, String token) {
    return tokenizer.id(token);
  }
}
