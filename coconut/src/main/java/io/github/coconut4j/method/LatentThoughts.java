package io.github.coconut4j.method;

import io.github.coconut4j.data.tokenizer.SpecialTokens;
import java.util.List;
import java.util.stream.IntStream;

/** {@code coconut}: latents between markers replace more steps from stage to stage. */
class LatentThoughts extends RemovedSteps {

  @Override
  List<String> specialTokens() {
    return SpecialTokens.COCONUT;
  }

  @Override
  boolean hasLatents() {
    return true;
  }

  @Override
  final int trainingThoughts(ThoughtSettings settings, int stage, int steps) {
    int replaced = stage <= settings.getMaxLatentStage() ? stage : settings.lastStage(steps);
    return settings.getCThought() * replaced;
  }

  @Override
  final int promptThoughts(ThoughtSettings settings, int stage, int steps) {
    return settings.getCThought() * Math.min(stage, settings.lastStage(steps));
  }

  @Override
  final int possibleThoughts(int requested) {
    return requested;
  }

  @Override
  final int markers() {
    return 2;
  }

  @Override
  final IntStream thoughts(SpecialTokenIds tokens, int thoughts) {
    return tokens.marked(thought(tokens), thoughts);
  }

  /** Id of the token at a thought's position. */
  int thought(SpecialTokenIds tokens) {
    return tokens.getLatent();
  }
}
