package io.github.coconut4j.method;

import java.util.List;
import java.util.stream.Stream;

/** {@code cot}: the whole chain in words. */
final class ChainOfThought extends SequenceLayout {

  @Override
  boolean isStaged() {
    return false;
  }

  @Override
  Stream<int[]> chain(List<int[]> steps, int stage, ThoughtSettings settings) {
    return steps.stream();
  }
}
