package io.github.coconut4j.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class NucleusSamplerTest {

  /** Probabilities 0.5, 0.25, 0.125, 0.125. */
  private static final float[] LOGITS = {(float) Math.log(4), (float) Math.log(2), 0, 0};

  private static int[] counts(NucleusSampler sampler) {
    int[] counts = new int[LOGITS.length];
    IntStream.range(0, 20_000).forEach(i -> counts[sampler.next(LOGITS, 0)]++);
    return counts;
  }

  @Test
  void drawsByProbability() {
    int[] counts = counts(new NucleusSampler(1, 1, 5));

    assertThat(counts[0] / 20_000.0).isCloseTo(0.5, within(0.02));
    assertThat(counts[1] / 20_000.0).isCloseTo(0.25, within(0.02));
    assertThat(counts[3] / 20_000.0).isCloseTo(0.125, within(0.02));
  }

  @Test
  void topPLeavesOutTheTail() {
    int[] counts = counts(new NucleusSampler(1, 0.7, 5));

    assertThat(counts[0] / 20_000.0).isCloseTo(2 / 3.0, within(0.02));
    assertThat(counts[2] + counts[3]).isZero();
  }

  @Test
  void aRowDrawsTheSameWhateverIsDrawnBesideIt() {
    NucleusSampler alone = new NucleusSampler(1, 1, 9);
    NucleusSampler beside = new NucleusSampler(1, 1, 9);

    for (int i = 0; i < 50; i++) {
      beside.next(LOGITS, 3);
      assertThat(beside.next(LOGITS, 7)).isEqualTo(alone.next(LOGITS, 7));
    }
  }

  @Test
  void refusesWhatIsOutOfRange() {
    assertThatThrownBy(() -> new NucleusSampler(0, 1, 1)).hasMessageContaining("temperature");
    assertThatThrownBy(() -> new NucleusSampler(1, 0, 1)).hasMessageContaining("top-p");
  }

  @Test
  void neighbouringSeedsShareNoDraws() {
    float[] even = new float[1000];
    NucleusSampler first = new NucleusSampler(1, 1, 0);
    NucleusSampler second = new NucleusSampler(1, 1, 1);
    int[] drawn = IntStream.range(0, 21).map(i -> first.next(even, 0)).toArray();

    int[] shifted = IntStream.range(0, 20).map(i -> second.next(even, 0)).toArray();

    assertThat(shifted).isNotEqualTo(Arrays.copyOfRange(drawn, 1, 21));
  }
}
