package io.github.coconut4j.method;

import java.util.List;
import java.util.stream.Stream;

/** {@code no_cot}: only the answer. */
final class DirectAnswer extends SequenceLayout {

  @Override
  boolean isStaged() {
    return false;
  }

  @Override
  Stream<int[]> chain(List<int[]> steps, int stage, ThoughtSettings settings) {
    return Stream.empty();
  }
}
