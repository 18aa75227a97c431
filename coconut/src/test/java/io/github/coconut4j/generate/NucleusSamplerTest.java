package io.github.coconut4j.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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

  /** Against the definition: all tokens sorted, the nucleus, and a point in its probability. */
  @ParameterizedTest
  @CsvSource({"1, 1", "0.3, 1", "4, 1", "1, 0.95", "1, 0.5", "1, 0.999999", "0.05, 0.9", "4, 1e-9"})
  void drawsWhatItWouldDrawAfterSortingAllTokens(double temperature, double topP) {
    SplittableRandom random = new SplittableRandom(11);
    SplittableRandom stream = new SplittableRandom(new SplittableRandom(7).nextLong() ^ 2);
    NucleusSampler sampler = new NucleusSampler(temperature, topP, 7);
    Set<Integer> drawn = new HashSet<>();
    for (int draw = 0; draw < 100; draw++) {
      float[] logits = new float[1000];
      for (int token = 0; token < logits.length; token++) {
        logits[token] = Math.round(40 * random.nextDouble()) / 4f; // many are equal
      }
      int token = sampler.next(logits, 2);
      assertThat(token).isEqualTo(sorted(logits, temperature, topP, stream.nextDouble()));
      drawn.add(token);
    }
    assertThat(drawn).hasSizeGreaterThan(20);
  }

  private static int sorted(float[] logits, double temperature, double topP, double uniform) {
    double largest = IntStream.range(0, logits.length).mapToDouble(i -> logits[i]).max().orElse(0);
    double[] weights =
        IntStream.range(0, logits.length)
            .mapToDouble(i -> Math.exp((logits[i] - largest) / temperature))
            .toArray();
    double sum = DoubleStream.of(weights).sum();
    List<Integer> tokens =
        IntStream.range(0, logits.length)
            .boxed()
            .sorted(Comparator.comparing(i -> -weights[i]))
            .toList();
    int kept = 0;
    double mass = 0;
    while (kept < tokens.size() && mass < topP) {
      mass += weights[tokens.get(kept++)] / sum;
    }
    double left = mass * uniform;
    int token = 0;
    while (token < kept - 1 && left >= weights[tokens.get(token)] / sum) {
      left -= weights[tokens.get(token++)] / sum;
    }
    return tokens.get(token);
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
