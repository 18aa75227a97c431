package io.github.coconut4j.method;

import io.github.coconut4j.data.tokenizer.SpecialTokens;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * {@code pause}: pause tokens before the answer, from the first update on. Source: Goyal et al.,
 * arXiv 2310.02226.
 */
final class PauseTokens extends SequenceLayout {

  @Override
  List<String> specialTokens() {
    return List.of(SpecialTokens.PAUSE);
  }

  @Override
  boolean isStaged() {
    return false;
  }

  @Override
  int trainingThoughts(ThoughtSettings settings, int stage, int steps) {
    return settings.getCThought() * settings.getMaxLatentStage();
  }

  @Override
  int promptThoughts(ThoughtSettings settings, int stage, int steps) {
    return settings.getCThought() * settings.getMaxLatentStage();
  }

  @Override
  int possibleThoughts(int requested) {
    return requested;
  }

  @Override
  IntStream thoughts(SpecialTokenIds tokens, int thoughts) {
    return IntStream.generate(tokens::getPause).limit(thoughts);
  }

  @Override
  Stream<int[]> chain(List<int[]> steps, int stage, ThoughtSettings settings) {
    return Stream.empty();
  }
}
