package io.github.coconut4j.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LogisticRegressionTest {

  /**
   * With one feature of two values the regression gives each group's share, apart from the decay: 3
   * of 4 at 0 and 1 of 8 at 5.
   */
  @Test
  void tellsTheShareOfEachGroup() {
    double[][] features = new double[1200][];
    Boolean[] labels = new Boolean[1200];
    for (int i = 0; i < 1200; i++) {
      boolean first = i < 400;
      features[i] = new double[] {first ? 0 : 5};
      labels[i] = first ? i % 4 != 0 : i % 8 == 0;
    }
    LogisticRegression fitted = LogisticRegression.fit(features, List.of(labels), 1e-4);

    assertThat(fitted.probability(new double[] {0})).isCloseTo(0.75, within(0.01));
    assertThat(fitted.probability(new double[] {5})).isCloseTo(0.125, within(0.01));
  }

  /** Labels drawn from a known regression give it back, up to chance. */
  @Test
  void findsTheWeightsThatLabelsWereDrawnFrom() {
    Random random = new Random(3);
    double[] weight = {1.5, -0.7, 0};
    double[][] features =
        IntStream.range(0, 20_000)
            .mapToObj(i -> new double[] {random.nextGaussian(), 2 + random.nextGaussian(), 1})
            .toArray(double[][]::new);
    List<Boolean> labels =
        IntStream.range(0, features.length)
            .mapToObj(
                i -> {
                  double score = 0.3 + weight[0] * features[i][0] + weight[1] * features[i][1];
                  return random.nextDouble() < 1 / (1 + Math.exp(-score));
                })
            .toList();
    LogisticRegression fitted = LogisticRegression.fit(features, labels, 1e-4);

    assertThat(fitted.weight()[0]).isCloseTo(1.5, within(0.08));
    assertThat(fitted.weight()[1]).isCloseTo(-0.7, within(0.06));
    assertThat(fitted.weight()[2]).isCloseTo(0, within(1e-6));
    assertThat(fitted.bias()).isCloseTo(0.3, within(0.15));
  }

  @Test
  void labelsThatAreAllTheSameHaveAnAnswerToo() {
    double[][] features = {{1, 2}, {3, 4}, {5, 5}};
    LogisticRegression fitted = LogisticRegression.fit(features, Collections.nCopies(3, true), 0.1);

    assertThat(fitted.probability(new double[] {3, 3})).isCloseTo(4 / 5.0, within(1e-12));
  }
}
