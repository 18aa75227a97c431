package io.github.coconut4j.audit;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;
import lombok.AccessLevel;
import lombok.Getter;
import lombok.RequiredArgsConstructor;

/**
 * The claims, each with the paper that makes or tests it, what is measured, and the rule that was
 * fixed before measuring. {@code docs/Audit.md} has them with what the papers found.
 *
 * <p>An interval is <em>above</em> or <em>below</em> a threshold if all of it is. A model whose
 * accuracy interval is not above guessing has shown no reasoning that thoughts could carry.
 */
@Getter
@RequiredArgsConstructor
public enum Claim {
  /** The answers depend on the thoughts. */
  THOUGHTS_NEEDED(
      "Continuous thoughts are needed: trained in the same way without them, a model answers fewer"
          + " problems.",
      Claim.HAO,
      "share of right answers",
      "Holds if the model's minus the control's is above 0.05, and so is the share of answers that"
          + " change when the mean thought replaces every thought. Does not hold if either is below"
          + " 0.05.",
      Statistic.mean(Series.CORRECT)) {

    @Override
    Judgement judge(Comparison compared) {
      if (compared.model(Statistic.mean(Series.CHANGED_BY_MEAN)).isBelow(THRESHOLD)) {
        return Judgement.of(
            Verdict.DOES_NOT, "the mean thought in place of every thought changes no answer");
      }
      if (!compared.isAboveGuessing()) {
        return Judgement.GUESSING;
      }
      Estimate advantage = compared.difference(getStatistic());
      if (advantage.isBelow(THRESHOLD)) {
        return Judgement.of(Verdict.DOES_NOT, "the control answers as many");
      }
      boolean used = compared.model(Statistic.mean(Series.CHANGED_BY_MEAN)).isAbove(THRESHOLD);
      return advantage.isAbove(THRESHOLD) && used
          ? Judgement.of(
              Verdict.HOLDS, "the control answers fewer, and the model fewer with mean thoughts")
          : Judgement.ACROSS;
    }
  },

  /** Their order matters. */
  PERMUTATION(
      "Thoughts are a chain of steps: in another order they lead to other answers.",
      Claim.MARTIN,
      "share of answers that change when the model is fed its own thoughts in another order",
      Claim.EXCESS_RULE,
      Statistic.mean(Series.CHANGED_BY_ORDER)) {

    @Override
    Judgement judge(Comparison compared) {
      return excess(compared);
    }
  },

  /** Thoughts are specific to their problem. */
  TRANSPLANTATION(
      "Thoughts belong to their problem: another problem's lead to other answers.",
      Claim.MARTIN,
      "share of answers that change with another problem's thoughts",
      Claim.EXCESS_RULE,
      Statistic.mean(Series.CHANGED_BY_OTHER)) {

    @Override
    Judgement judge(Comparison compared) {
      return excess(compared);
    }
  },

  /** Each thought builds on the previous ones. */
  CUMULATIVE_CORRUPTION(
      "Thoughts build on each other: with noise for the first, then the first two and so on, answers"
          + " are lost that a control keeps.",
      Claim.MARTIN,
      "accuracy lost with the first 1, 2, … thoughts as noise, the mean over their numbers",
      "As for permutation. Also does not hold if noise changes less than 0.05 of the answers.",
      Statistic.mean(Series.LOST_TO_NOISE)) {

    @Override
    Judgement judge(Comparison compared) {
      if (compared.model(Statistic.mean(Series.CHANGED_BY_NOISE)).isBelow(THRESHOLD)) {
        return Judgement.of(Verdict.DOES_NOT, "noise in place of thoughts changes no answer");
      }
      return compared.isAboveGuessing() ? excess(compared) : Judgement.GUESSING;
    }
  },

  /** Probes read information from the thoughts themselves. */
  PROBE_ON_CONTROL(
      "Thoughts hold the search: after the thoughts of as many steps, nodes of the frontier that lead"
          + " to the answer have a higher value than others, and not in a control.",
      Claim.HAO,
      "share of pairs of a frontier's nodes, one that leads to the answer and one that does not, in"
          + " which the former has the higher value; 0.5 is chance",
      "Holds if the model's is above 0.55, and the model's minus the control's is above 0.05. Does"
          + " not hold if either is below.",
      Statistic.mean(Series.FRONTIER_RANK)) {

    @Override
    Judgement judge(Comparison compared) {
      Estimate own = compared.model(getStatistic());
      Estimate more = compared.difference(getStatistic());
      if (!own.isMeasured() || !more.isMeasured()) {
        return Judgement.UNMEASURED;
      }
      if (own.isBelow(CHANCE + THRESHOLD)) {
        return Judgement.of(Verdict.DOES_NOT, "the values show no more than chance");
      }
      if (more.isBelow(THRESHOLD)) {
        return Judgement.of(Verdict.DOES_NOT, "the control's values show as much");
      }
      return own.isAbove(CHANCE + THRESHOLD) && more.isAbove(THRESHOLD)
          ? Judgement.of(Verdict.HOLDS, "the control's values show less")
          : Judgement.ACROSS;
    }
  },

  /** Thoughts make the model miscalibrated. */
  CALIBRATION_BY_STEPS(
      "Feeding hidden states back miscalibrates: confidence and accuracy are further apart, by"
          + " number of steps, than in a control.",
      Claim.MARTIN,
      "distance of mean confidence and accuracy on the problems of each number of steps, weighted by"
          + " their number",
      "Holds if the model's minus the control's is above 0.05. Does not hold if it is below.",
      Statistic.calibrationError()) {

    @Override
    Judgement judge(Comparison compared) {
      Estimate more = compared.difference(getStatistic());
      if (!more.isMeasured()) {
        return Judgement.UNMEASURED;
      }
      if (more.isAbove(THRESHOLD)) {
        return Judgement.of(Verdict.HOLDS, "the control is better calibrated");
      }
      return more.isBelow(THRESHOLD)
          ? Judgement.of(Verdict.DOES_NOT, "the control is no better calibrated")
          : Judgement.ACROSS;
    }
  },

  /** The number of thoughts need not match. */
  ONE_MORE_THOUGHT(
      "A constant number of thoughts is enough: one more than in training changes no answer.",
      Claim.HAO,
      "share of answers that change with one more thought than in training",
      "Holds if the model's is below 0.05. Does not hold if it is above. The control's is for"
          + " comparison.",
      Statistic.mean(Series.CHANGED_BY_ONE_MORE)) {

    @Override
    Judgement judge(Comparison compared) {
      Estimate changed = compared.model(getStatistic());
      if (changed.isBelow(THRESHOLD)) {
        return Judgement.of(Verdict.HOLDS, "answers stay as they are");
      }
      if (!compared.isAboveGuessing()) {
        return Judgement.GUESSING;
      }
      return changed.isAbove(THRESHOLD)
          ? Judgement.of(Verdict.DOES_NOT, "answers change with one more thought")
          : Judgement.ACROSS;
    }
  };

  static final double THRESHOLD = 0.05;
  static final double CHANCE = 0.5;

  private static final String HAO = "Hao et al. 2024, arXiv 2412.06769";
  private static final String MARTIN = "Martin 2026, The Curriculum Is the Mechanism";

  private static final String EXCESS_RULE =
      "Holds if the model's is above 0.05, and so is the model's minus the control's. Does not hold"
          + " if either is below.";

  /** The claim, in a sentence. */
  private final String statement;

  /** The paper that claims or tests it. */
  private final String source;

  /** The measure, the same for model and control. */
  private final String measure;

  /** When the claim holds and when it does not. */
  private final String rule;

  @Getter(AccessLevel.PACKAGE)
  private final Statistic statistic;

  /** Applies the rule. */
  abstract Judgement judge(Comparison compared);

  /** Whether the models exceed the controls; models that guess prove nothing. */
  final Judgement excess(Comparison compared) {
    Estimate own = compared.model(statistic);
    Estimate more = compared.difference(statistic);
    if (!own.isMeasured() || !more.isMeasured()) {
      return Judgement.UNMEASURED;
    }
    if (own.isBelow(THRESHOLD)) {
      return Judgement.of(Verdict.DOES_NOT, "fewer than 5 in 100");
    }
    if (more.isBelow(THRESHOLD)) {
      return Judgement.of(Verdict.DOES_NOT, "no more than in the control");
    }
    if (!compared.isAboveGuessing()) {
      return Judgement.GUESSING;
    }
    return own.isAbove(THRESHOLD) && more.isAbove(THRESHOLD)
        ? Judgement.of(Verdict.HOLDS, "more than in the control")
        : Judgement.ACROSS;
  }

  /** The name in files, such as {@code thoughts_needed}. */
  @JsonValue
  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** A verdict with its reason. */
  record Judgement(Verdict verdict, String because) {

    static final Judgement GUESSING =
        of(Verdict.UNDECIDED, "the model is not above guessing one of two options");
    static final Judgement ACROSS = of(Verdict.UNDECIDED, "an interval includes its threshold");
    static final Judgement UNMEASURED = of(Verdict.UNDECIDED, "it cannot be measured here");

    static Judgement of(Verdict verdict, String because) {
      return new Judgement(verdict, because);
    }
  }
}
