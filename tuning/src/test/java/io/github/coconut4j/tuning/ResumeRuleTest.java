package io.github.coconut4j.tuning;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.coconut4j.config.ConfigException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ResumeRuleTest {

  private static final String BEGUN =
      """
      method: coconut
      lr: 0.1
      threads: 2
      on_nonfinite: stop
      search:
        generator: random
        candidates: 4
        minutes: 10
      """;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "save_path: elsewhere",
        "name: other",
        "on_nonfinite: skip",
        "checkpoint_every_steps: 7",
        "checkpoint_every_minutes: 3",
        "keep_checkpoints: 9"
      })
  void whatARunMayChangeASearchMay(String line) {
    String now = BEGUN.replace("on_nonfinite: stop\n", "") + line + "\n";

    assertThatCode(() -> ResumeRule.check(BEGUN, now)).doesNotThrowAnyException();
  }

  @ParameterizedTest
  @CsvSource({"candidates: 4, candidates: 8", "minutes: 10, minutes: 1"})
  void whatEndsASearchMayChange(String before, String after) {
    assertThatCode(() -> ResumeRule.check(BEGUN, BEGUN.replace(before, after)))
        .doesNotThrowAnyException();
  }

  /** Threads too, which a single run may change: sums depend on their number. */
  @ParameterizedTest
  @CsvSource({
    "lr: 0.1, lr: 0.2, lr",
    "threads: 2, threads: 3, threads",
    "generator: random, generator: grid, search.generator"
  })
  void whatChangesResultsIsRefused(String before, String after, String key) {
    assertThatThrownBy(() -> ResumeRule.check(BEGUN, BEGUN.replace(before, after)))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("`" + key + "` was ");
  }

  /** Proposals are values by the order of the searched keys. */
  @Test
  void searchedKeysStayInTheirOrder() {
    String before = BEGUN + "  space: {lr: {fixed: 1}, c_thought: {integer: [1, 2]}}\n";
    String after = BEGUN + "  space: {c_thought: {integer: [1, 2]}, lr: {fixed: 1}}\n";

    assertThatThrownBy(() -> ResumeRule.check(before, after))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("`search.space` was {\"lr\"")
        .hasMessageContaining("is now {\"c_thought\"");
    assertThatCode(() -> ResumeRule.check(before, before)).doesNotThrowAnyException();
  }

  /** Candidates that end by different rules are not comparable. */
  @Test
  void earlyStoppingStaysTheSame() {
    String patient = "early_stopping: {patience: 5}\n" + BEGUN;
    assertThatThrownBy(() -> ResumeRule.check(BEGUN, patient))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("`early_stopping` was null and is now {\"patience\":5}");
    assertThatCode(() -> ResumeRule.check(patient, patient)).doesNotThrowAnyException();
  }
}
