package io.github.coconut4j.data.prosqa;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.coconut4j.data.PublishedProblems;
import io.github.coconut4j.data.ReasoningProblem;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ShortcutBaselinesTest {

  /** Measured on the published file beforehand, by another program. */
  @Test
  void scoreOnThePublishedProblemsWhatWasMeasured() throws IOException {
    ShortcutBaselines baselines = ShortcutBaselines.measure(PublishedProblems.read()).orElseThrow();
    assertThat(baselines.getProblems()).isEqualTo(300);
    assertThat(baselines.getDeeperOption()).isCloseTo(0.925, within(1e-9));
    assertThat(baselines.getFewerIncoming()).isCloseTo(2.0 / 3, within(1e-9));
  }

  @Test
  void needProblemsWithTheirGraph() throws IOException {
    ReasoningProblem plain = new ReasoningProblem("1 + 1?", List.of(), "2", null);
    assertThat(ShortcutBaselines.measure(List.of(plain))).isEmpty();
    assertThat(ShortcutBaselines.measure(List.of())).isEmpty();
    List<ReasoningProblem> mixed = new ArrayList<>(PublishedProblems.read());
    mixed.add(plain);
    assertThat(ShortcutBaselines.measure(mixed)).isEmpty();
  }
}
