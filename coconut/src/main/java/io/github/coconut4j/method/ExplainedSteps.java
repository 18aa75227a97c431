package io.github.coconut4j.method;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** Steps as targets of SIM-CoT's decoder. */
final class ExplainedSteps {

  private ExplainedSteps() {}

  /** Some steps, each with its line feed, and the end of sequence. */
  static int[] joined(List<int[]> steps, int eos) {
    return IntStream.concat(steps.stream().flatMapToInt(Arrays::stream), IntStream.of(eos))
        .toArray();
  }
}
