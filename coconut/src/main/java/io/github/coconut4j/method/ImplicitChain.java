package io.github.coconut4j.method;

import java.util.Arrays;
import java.util.List;

/**
 * {@code icot}: the chain's first tokens leave, more of them every epoch. Source: Deng et al.,
 * arXiv 2405.14838.
 */
final class ImplicitChain extends SequenceLayout {

  @Override
  boolean isStaged() {
    return true;
  }

  @Override
  boolean isStageAnEpoch() {
    return true;
  }

  @Override
  void writeChain(SequenceWriter writer, List<int[]> steps, int stage, ThoughtSettings settings) {
    int removed = Math.multiplyExact(stage, settings.getIcotTokensPerStage());
    writer.labelled(steps.stream().flatMapToInt(Arrays::stream).skip(removed).toArray());
  }
}
