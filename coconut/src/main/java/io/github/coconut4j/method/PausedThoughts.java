package io.github.coconut4j.method;

import io.github.coconut4j.data.tokenizer.SpecialTokens;
import java.util.List;
import java.util.stream.Stream;

/**
 * {@code pause_as_thought}: as {@code coconut}, but a latent is the embedding of the pause token.
 */
final class PausedThoughts extends LatentThoughts {

  @Override
  List<String> specialTokens() {
    return Stream.concat(super.specialTokens().stream(), Stream.of(SpecialTokens.PAUSE)).toList();
  }

  @Override
  boolean hasLatents() {
    return false;
  }

  @Override
  int thought(SpecialTokenIds tokens) {
    return tokens.getPause();
  }
}
