package io.github.coconut4j.audit;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.coconut4j.analyze.tree.TreeNode;
import io.github.coconut4j.audit.Comparison.Pair;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The rules, on observations that are written down. */
class ClaimTest {

  private static final int PROBLEMS = 400;

  private final Map<Series, double[]> model = new EnumMap<>(Series.class);
  private final Map<Series, double[]> control = new EnumMap<>(Series.class);

  ClaimTest() {
    for (Series series : Series.values()) {
      model.put(series, new double[PROBLEMS]);
      control.put(series, new double[PROBLEMS]);
    }
    set(model, Series.CORRECT, share(0.95));
    set(control, Series.CORRECT, share(0.5));
  }

  private static void set(Map<Series, double[]> of, Series series, IntToDoubleFunction value) {
    of.put(series, IntStream.range(0, PROBLEMS).mapToDouble(value).toArray());
  }

  /** 1 for a share of the problems. */
  private static IntToDoubleFunction share(double share) {
    return problem -> problem % 100 < 100 * share ? 1 : 0;
  }

  private Comparison compared() {
    return new Comparison(List.of(new Pair(seen(model, false), seen(control, true))), 3);
  }

  private static Observations seen(Map<Series, double[]> series, boolean control) {
    return Observations.builder()
        .series(series)
        .steps(IntStream.range(0, PROBLEMS).map(problem -> 1 + problem % 2).toArray())
        .control(control)
        .build();
  }

  private Verdict verdict(Claim claim) {
    return claim.judge(compared()).verdict();
  }

  @ParameterizedTest
  @CsvSource({
    "0.00, 0.00, DOES_NOT",
    "0.01, 0.00, DOES_NOT",
    "0.06, 0.00, UNDECIDED",
    "0.20, 0.00, HOLDS",
    "0.30, 0.29, DOES_NOT",
    "0.20, 0.13, UNDECIDED",
  })
  void whatChangesIsComparedWithTheControl(double changed, double inControl, Verdict expected) {
    set(model, Series.CHANGED_BY_ORDER, share(changed));
    set(control, Series.CHANGED_BY_ORDER, share(inControl));
    set(model, Series.CHANGED_BY_OTHER, share(changed));
    set(control, Series.CHANGED_BY_OTHER, share(inControl));

    assertThat(verdict(Claim.PERMUTATION)).isEqualTo(expected);
    assertThat(verdict(Claim.TRANSPLANTATION)).isEqualTo(expected);
  }

  /** A control that noise helps does not make the model's own loss larger. */
  @Test
  void theModelItselfNeedsToLose() {
    set(model, Series.CHANGED_BY_NOISE, share(0.5));
    set(model, Series.LOST_TO_NOISE, share(0.02));
    set(control, Series.LOST_TO_NOISE, problem -> -share(0.3).applyAsDouble(problem));

    assertThat(verdict(Claim.CUMULATIVE_CORRUPTION)).isEqualTo(Verdict.DOES_NOT);
  }

  @Test
  void aModelThatGuessesDecidesNothingByChanging() {
    set(model, Series.CORRECT, share(0.51));
    for (Series changed :
        List.of(Series.CHANGED_BY_ORDER, Series.CHANGED_BY_MEAN, Series.CHANGED_BY_ONE_MORE)) {
      set(model, changed, share(0.4));
    }

    assertThat(verdict(Claim.PERMUTATION)).isEqualTo(Verdict.UNDECIDED);
    assertThat(verdict(Claim.THOUGHTS_NEEDED)).isEqualTo(Verdict.UNDECIDED);
    assertThat(verdict(Claim.ONE_MORE_THOUGHT)).isEqualTo(Verdict.UNDECIDED);
  }

  @ParameterizedTest
  @CsvSource({
    "0.40, 0.50, HOLDS",
    "0.40, 0.94, DOES_NOT",
    "0.40, 0.89, UNDECIDED",
    "0.00, 0.50, DOES_NOT",
    "0.05, 0.50, UNDECIDED"
  })
  void thoughtsAreNeededWhereModelAndControlDoWithoutThemWorse(
      double changed, double inControl, Verdict expected) {
    set(model, Series.CHANGED_BY_MEAN, share(changed));
    set(control, Series.CORRECT, share(inControl));

    assertThat(verdict(Claim.THOUGHTS_NEEDED)).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({
    "0.9, 0.5, HOLDS",
    "0.9, 0.9, DOES_NOT",
    "0.5, 0.2, DOES_NOT",
    "0.57, 0.4, UNDECIDED"
  })
  void valuesTellMoreThanChanceAndMoreThanTheControls(
      double own, double inControl, Verdict expected) {
    set(model, Series.FRONTIER_RANK, share(own));
    set(control, Series.FRONTIER_RANK, share(inControl));

    assertThat(verdict(Claim.PROBE_ON_CONTROL)).isEqualTo(expected);
  }

  @Test
  void whatNoProblemShowsIsUndecided() {
    set(model, Series.FRONTIER_RANK, problem -> Double.NaN);
    set(model, Series.CHANGED_BY_ORDER, problem -> Double.NaN);

    assertThat(verdict(Claim.PROBE_ON_CONTROL)).isEqualTo(Verdict.UNDECIDED);
    assertThat(verdict(Claim.PERMUTATION)).isEqualTo(Verdict.UNDECIDED);
    assertThat(compared().model(Statistic.mean(Series.FRONTIER_RANK))).isEqualTo(Estimate.NONE);
  }

  /** Too sure on problems of one step, too little on those of two: by steps both count. */
  @Test
  void calibrationIsByNumberOfSteps() {
    set(model, Series.CORRECT, problem -> problem % 4 < 2 ? 1 : 0);
    set(model, Series.CONFIDENCE, problem -> problem % 2 == 0 ? 0.9 : 0.1);
    set(control, Series.CORRECT, problem -> problem % 4 < 2 ? 1 : 0);
    set(control, Series.CONFIDENCE, problem -> 0.5);
    int[] all = IntStream.range(0, PROBLEMS).toArray();

    assertThat(Statistic.calibrationError().of(seen(model, false), all))
        .isCloseTo(0.4, Assertions.within(1e-12));
    assertThat(Statistic.calibrationError().of(seen(control, true), all))
        .isCloseTo(0, Assertions.within(1e-12));
    assertThat(verdict(Claim.CALIBRATION_BY_STEPS)).isEqualTo(Verdict.HOLDS);
  }

  /** Clopper and Pearson's interval of 380 in 400 is 0.924 to 0.969, of 0 in 400 0 to 0.009. */
  @Test
  void intervalsAreAsWideAsExactOnes() {
    Estimate accuracy = compared().model(Statistic.mean(Series.CORRECT));
    Estimate none = compared().model(Statistic.mean(Series.CHANGED_BY_ORDER));
    Estimate difference = compared().difference(Statistic.mean(Series.CHANGED_BY_ORDER));

    assertThat(accuracy.getValue()).isCloseTo(0.95, Assertions.within(1e-12));
    assertThat(accuracy.getInterval().getLow()).isBetween(0.918, 0.930);
    assertThat(accuracy.getInterval().getHigh()).isBetween(0.965, 0.973);
    assertThat(none.getInterval().getLow()).isZero();
    assertThat(none.getInterval().getHigh()).isBetween(0.005, 0.012);
    assertThat(difference.getInterval().getLow()).isBetween(-0.012, -0.004);
    assertThat(difference.getInterval().getHigh()).isBetween(0.004, 0.012);
  }

  @Test
  void nodesAreRankedInPairs() {
    assertThat(FrontierRanks.rank(List.of(node(0.5, true), node(0.4, false), node(0.5, false))))
        .isEqualTo(OptionalDouble.of(0.75));
    assertThat(FrontierRanks.rank(List.of(node(0.5, true), node(0.9, true)))).isEmpty();
  }

  private static TreeNode node(double value, boolean leads) {
    return TreeNode.builder()
        .name("x")
        .value(value)
        .leadsToTarget(leads)
        .parents(List.of())
        .build();
  }
}
