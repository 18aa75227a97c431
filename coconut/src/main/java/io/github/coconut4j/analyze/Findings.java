package io.github.coconut4j.analyze;

import io.github.coconut4j.analyze.causal.CausalEffect;
import io.github.coconut4j.analyze.causal.Replacement;
import io.github.coconut4j.analyze.tree.ParallelismPoint;
import io.github.coconut4j.model.ThoughtMapConfig;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import lombok.RequiredArgsConstructor;

/** Describes in sentences what the numbers show, and what they cannot show. */
@RequiredArgsConstructor
final class Findings {

  private static final double SIGNIFICANCE = 0.05;
  private static final double GUESSING = 0.5;
  private static final int MEDIAN = 50;

  private final List<ForcedThoughts> forced;
  private final List<ParallelismPoint> parallelism;
  private final List<CausalEffect> causal;
  private final int trained;
  private final ThoughtMapConfig.Kind thoughtMap;

  List<String> sentences() {
    List<String> sentences = new ArrayList<>();
    whatIsRead().ifPresent(sentences::add);
    sentences.add(accuracy());
    narrowing().ifPresent(sentences::add);
    sentences.add(causal.isEmpty() ? noTests() : whatThoughtsCarry());
    strongest().ifPresent(sentences::add);
    return sentences;
  }

  /** Which vector is read as a thought, if it is not the hidden state itself. */
  private Optional<String> whatIsRead() {
    return switch (thoughtMap) {
      case IDENTITY -> Optional.empty();
      case PROJECTION ->
          Optional.of(
              "A thought is what its latent is fed: the hidden state after the model's projection"
                  + " (thought_map: projection). It is read, compared and replaced as that.");
      case SCALE ->
          Optional.of(
              "A thought is what its latent is fed: the hidden state scaled to a fixed norm"
                  + " (thought_map: scale). It is read, compared and replaced as that.");
    };
  }

  private String accuracy() {
    ForcedThoughts last = forced.get(forced.size() - 1);
    String beyond =
        last.getThoughts() == trained
            ? ""
            : format(
                " and %.1f %% with %s", 100 * last.getAccuracy(), thoughts(last.getThoughts()));
    return format(
        "Accuracy is %.1f %% with %s, as in training, %.1f %% without thoughts%s.",
        100 * forced.get(trained).getAccuracy(),
        thoughts(trained),
        100 * forced.get(0).getAccuracy(),
        beyond);
  }

  /** Compares how many branches the thoughts of one and of two steps cover. */
  private Optional<String> narrowing() {
    List<ParallelismPoint> medians =
        parallelism.stream().filter(point -> point.getPercentile() == MEDIAN).toList();
    if (medians.size() < 2) {
      return Optional.empty();
    }
    ParallelismPoint first = medians.get(0);
    ParallelismPoint second = medians.get(1);
    boolean isFirst = first.getThoughts() == 1;
    return Optional.of(
        format(
            "The likeliest node holds %.0f %% of its frontier's value after %s and %.0f %%"
                + " after %s, at the median: the search %s.",
            100 * first.getTop1(),
            isFirst ? "the first thought" : thoughts(first.getThoughts()),
            100 * second.getTop1(),
            isFirst ? "the second" : second.getThoughts(),
            second.getTop1() > first.getTop1() ? "narrows" : "does not narrow"));
  }

  private String noTests() {
    return trained == 0
        ? "The model was trained without thoughts, so none were replaced."
        : "Replacing thoughts needs at least 2 problems, so none were replaced.";
  }

  private String whatThoughtsCarry() {
    if (!isAboveGuessing()) {
      return format(
          "With its thoughts the model's accuracy (95 %% interval %.1f to %.1f %%) is not above"
              + " guessing one of two options, so replacing thoughts cannot show what they carry.",
          100 * forced.get(trained).getLow(), 100 * forced.get(trained).getHigh());
    }
    List<CausalEffect> losses = ofAllThoughts().stream().filter(this::isLoss).toList();
    if (losses.isEmpty()) {
      return "No replacement of all thoughts lowers accuracy beyond chance, so here they act like"
          + " pauses; the worst: "
          + change(worst(ofAllThoughts()))
          + ".";
    }
    Optional<CausalEffect> exchanged =
        losses.stream()
            .filter(effect -> effect.getReplacement() == Replacement.OTHER_PROBLEM)
            .findFirst();
    return exchanged
            .map(
                effect ->
                    "The thoughts carry what is particular to a problem: " + change(effect) + ".")
            .orElseGet(
                () ->
                    "Something must stand in the thoughts' place, but another problem's thoughts do"
                        + " as well within chance; the worst: "
                        + change(worst(losses))
                        + ".")
        + mildest();
  }

  /** The replacement with the smallest loss, which shows whether the model needs its thoughts. */
  private String mildest() {
    CausalEffect mildest =
        ofAllThoughts().stream()
            .max(Comparator.comparing(CausalEffect::getDifference))
            .orElseThrow();
    return (isLoss(mildest)
            ? " No replacement keeps the accuracy; the mildest: "
            : " It is kept, within chance, where the thoughts are not misleading: ")
        + change(mildest)
        + ".";
  }

  private static CausalEffect worst(List<CausalEffect> effects) {
    return effects.stream().min(Comparator.comparing(CausalEffect::getDifference)).orElseThrow();
  }

  private boolean isAboveGuessing() {
    return forced.get(trained).getLow() > GUESSING;
  }

  private Optional<String> strongest() {
    return causal.stream()
        .filter(effect -> effect.getThought() != null && isLoss(effect) && isAboveGuessing())
        .min(Comparator.comparing(CausalEffect::getDifference))
        .map(effect -> "Of single replacements the worst: " + change(effect) + ".");
  }

  private List<CausalEffect> ofAllThoughts() {
    return causal.stream().filter(effect -> effect.getThought() == null).toList();
  }

  /** Bonferroni's correction: there are as many comparisons as effects of this kind. */
  private boolean isLoss(CausalEffect effect) {
    long comparisons =
        causal.stream()
            .filter(other -> (other.getThought() == null) == (effect.getThought() == null))
            .count();
    return effect.getDifference() < 0 && effect.getProbability() * comparisons < SIGNIFICANCE;
  }

  private static String change(CausalEffect effect) {
    return format(
        "with %s replaced by %s, accuracy changes by %+.1f points (95 %% interval %+.1f to %+.1f,"
            + " %d problems)",
        effect.getThought() == null ? "every thought" : "thought " + effect.getThought(),
        effect.getReplacement().getTitle(),
        100 * effect.getDifference(),
        100 * effect.getLow(),
        100 * effect.getHigh(),
        effect.getProblems());
  }

  private static String thoughts(int number) {
    return number + (number == 1 ? " thought" : " thoughts");
  }

  private static String format(String pattern, Object... values) {
    return String.format(Locale.ROOT, pattern, values);
  }
}
