package io.github.coconut4j.method;

import java.util.List;

/** {@code no_cot}: the answer alone. */
final class DirectAnswer extends SequenceLayout {

  @Override
  boolean isStaged() {
    return false;
  }

  @Override
  void writeChain(SequenceWriter writer, List<int[]> steps, int stage, ThoughtSettings settings) {}
}
