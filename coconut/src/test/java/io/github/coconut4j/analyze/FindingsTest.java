package io.github.coconut4j.analyze;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.coconut4j.analyze.causal.CausalEffect;
import io.github.coconut4j.analyze.causal.Replacement;
import io.github.coconut4j.model.ThoughtMapConfig;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The sentences follow the numbers. */
class FindingsTest {

  private static ForcedThoughts forced(int thoughts, double accuracy) {
    return ForcedThoughts.builder()
        .thoughts(thoughts)
        .problems(200)
        .accuracy(accuracy)
        .low(accuracy - 0.05)
        .high(accuracy + 0.05)
        .written(Map.of())
        .completed(Map.of())
        .build();
  }

  private static CausalEffect effect(Replacement replacement, double change, double probability) {
    return CausalEffect.builder()
        .replacement(replacement)
        .problems(200)
        .before(0.9)
        .after(0.9 + change)
        .difference(change)
        .low(change - 0.05)
        .high(change + 0.05)
        .probability(probability)
        .build();
  }

  private static List<CausalEffect> effects(double zero, double other) {
    return Stream.of(Replacement.values())
        .map(
            replacement ->
                switch (replacement) {
                  case ZERO -> effect(replacement, zero, zero < -0.1 ? 1e-6 : 0.3);
                  case OTHER_PROBLEM -> effect(replacement, other, other < -0.1 ? 1e-6 : 0.3);
                  default -> effect(replacement, -0.01, 0.8);
                })
        .toList();
  }

  private static String sentences(double accuracy, List<CausalEffect> causal) {
    List<ForcedThoughts> all = List.of(forced(0, 0.6), forced(1, accuracy), forced(2, 0.7));
    return String.join(
        " ", new Findings(all, List.of(), causal, 1, ThoughtMapConfig.Kind.IDENTITY).sentences());
  }

  @Test
  void exchangedThoughtsThatMisleadCarryTheProblem() {
    assertThat(sentences(0.9, effects(-0.3, -0.4)))
        .contains("Accuracy is 90.0 % with 1 thought,", "60.0 % without", "70.0 % with 2")
        .contains("carry what is particular to a problem")
        .contains("another problem's thought, accuracy changes by -40.0 points")
        .contains("-45.0 to -35.0");
  }

  @Test
  void thoughtsThatMayBeExchangedDoNot() {
    assertThat(sentences(0.9, effects(-0.3, -0.02)))
        .contains("another problem's thoughts do as well within chance")
        .contains("replaced by zero, accuracy changes by -30.0 points");
  }

  @Test
  void thoughtsThatMayBeAnythingArePauses() {
    assertThat(sentences(0.9, effects(-0.02, -0.02))).contains("they act like pauses");
  }

  @Test
  void nothingIsSaidOfAModelThatGuesses() {
    assertThat(sentences(0.5, effects(-0.3, -0.4)))
        .contains("not above guessing", "cannot show")
        .doesNotContain("carry what is particular", "worst");
  }

  @Test
  void aModelTrainedWithoutThoughtsHasNoneToReplace() {
    assertThat(sentences(0.9, List.of())).contains("none were replaced");
  }
}
