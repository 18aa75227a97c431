package io.github.coconut4j.method;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * {@code icot}: the chain's first tokens are removed, more of them every epoch. Source: Deng et
 * al., arXiv 2405.14838.
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
  Stream<int[]> chain(List<int[]> steps, int stage, ThoughtSettings settings) {
    long removed = (long) stage * settings.getIcotTokensPerStage();
    return Stream.of(steps.stream().flatMapToInt(Arrays::stream).skip(removed).toArray());
  }
}
