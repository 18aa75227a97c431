package io.github.coconut4j.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class InterleavedRoundsTest {

  private final List<String> order = new ArrayList<>();

  @Test
  void takesMediansOfTheRoundsAfterTheWarmUpInTurn() {
    List<double[]> medians =
        new InterleavedRounds(3, 0)
            .medians(List.of(work("a", 9, 9, 1, 7, 2), work("b", 8, 8, 3, 3, 5)));

    assertThat(order).startsWith("a", "b", "a", "b").hasSize(10);
    assertThat(medians).containsExactly(new double[] {2, 20}, new double[] {3, 30});
  }

  @Test
  void refusesNoRounds() {
    assertThatThrownBy(() -> new InterleavedRounds(0, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("--rounds needs to be at least 1 but is 0.");
  }

  /** Takes these times in turn in its first part and ten times as long in its second. */
  private InterleavedRounds.Work work(String name, double... times) {
    int[] runs = new int[1];
    return () -> {
      order.add(name);
      double time = times[runs[0]++];
      return new double[] {time, 10 * time};
    };
  }
}
