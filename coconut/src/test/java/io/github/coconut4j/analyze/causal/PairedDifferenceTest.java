package io.github.coconut4j.analyze.causal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.coconut4j.evaluate.Interval;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PairedDifferenceTest {

  /** A prime minister's approval in two surveys: Agresti, Categorical Data Analysis, 10.1. */
  @Test
  void agreesWithAPublishedTable() {
    PairedDifference approval = new PairedDifference(1600, 150, 86);

    assertThat(approval.difference()).isCloseTo(-0.04, within(1e-12));
    assertThat(approval.interval().getLow()).isCloseTo(-0.06, within(0.002));
    assertThat(approval.interval().getHigh()).isCloseTo(-0.02, within(0.002));
    assertThat(approval.probability()).isBetween(1e-5, 1e-4);
  }

  /** The two tails of 2 to the power of -10 times 1, 10 and 45 of 10 changes. */
  @Test
  void theExactTestCountsBothTails() {
    assertThat(new PairedDifference(40, 8, 2).probability())
        .isCloseTo(2 * (1 + 10 + 45) / 1024.0, within(1e-9));
    assertThat(new PairedDifference(40, 0, 0).probability()).isOne();
  }

  /** Both tails together are everything here, and a probability is never above 1. */
  @Test
  void theTailsAreNotCountedTwice() {
    assertThat(new PairedDifference(300, 2, 1).probability()).isOne();
    assertThat(new PairedDifference(300, 2, 2).probability()).isOne();
    assertThat(new PairedDifference(300, 3, 2).probability()).isOne();
  }

  @Test
  void noChangeStillHasAWidth() {
    Interval interval = new PairedDifference(30, 0, 0).interval();

    assertThat(interval.getLow()).isLessThan(-0.02);
    assertThat(interval.getHigh()).isFinite().isGreaterThan(0.02);
  }

  @Test
  void outcomesArePairedCaseByCase() {
    boolean[] before = {true, true, false, false, true};
    boolean[] after = {true, false, true, false, false};

    assertThat(PairedDifference.of(before, after)).isEqualTo(new PairedDifference(5, 2, 1));
  }

  @Test
  void theIntervalCoversTheTruthAboutAsOftenAsItSays() {
    Random random = new Random(3);
    int covered = 0;
    for (int trial = 0; trial < 4000; trial++) {
      int lost = 0;
      int gained = 0;
      for (int i = 0; i < 60; i++) {
        double draw = random.nextDouble();
        lost += draw < 0.2 ? 1 : 0;
        gained += draw > 0.95 ? 1 : 0;
      }
      Interval interval = new PairedDifference(60, lost, gained).interval();
      covered += interval.getLow() <= -0.15 && -0.15 <= interval.getHigh() ? 1 : 0;
    }
    assertThat(covered / 4000.0).isBetween(0.935, 0.975);
  }
}
