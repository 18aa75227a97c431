package io.github.coconut4j.method;

import java.util.List;

/** {@code cot}: the whole chain in words. */
final class ChainOfThought extends SequenceLayout {

  @Override
  boolean isStaged() {
    return false;
  }

  @Override
  void writeChain(SequenceWriter writer, List<int[]> steps, int stage, ThoughtSettings settings) {
    steps.forEach(writer::labelled);
  }
}
