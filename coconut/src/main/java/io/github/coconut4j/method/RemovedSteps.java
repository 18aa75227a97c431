package io.github.coconut4j.method;

import java.util.List;
import java.util.stream.Stream;

/** {@code no_thoughts}: steps are removed from stage to stage and nothing replaces them. */
class RemovedSteps extends SequenceLayout {

  @Override
  final boolean isStaged() {
    return true;
  }

  @Override
  final Stream<int[]> chain(List<int[]> steps, int stage, ThoughtSettings settings) {
    return steps.stream().skip(settings.skippedSteps(stage, steps.size()));
  }
}
