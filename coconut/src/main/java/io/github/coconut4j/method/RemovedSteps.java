package io.github.coconut4j.method;

import java.util.List;

/** {@code no_thoughts}: steps leave from stage to stage and nothing replaces them. */
class RemovedSteps extends SequenceLayout {

  @Override
  final boolean isStaged() {
    return true;
  }

  @Override
  final void writeChain(
      SequenceWriter writer, List<int[]> steps, int stage, ThoughtSettings settings) {
    steps.stream().skip(settings.skippedSteps(stage, steps.size())).forEach(writer::labelled);
  }
}
