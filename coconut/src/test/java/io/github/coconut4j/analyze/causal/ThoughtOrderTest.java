package io.github.coconut4j.analyze.causal;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.coconut4j.analyze.thought.ThoughtRecord;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class ThoughtOrderTest {

  private static final int PROBLEMS = 60;
  private static final int THOUGHTS = 3;

  @Test
  void aProblemGetsItsOwnThoughtsInAnotherOrder() {
    ThoughtRecord record = new ThoughtRecord(PROBLEMS, THOUGHTS, 1);
    for (int thought = 0; thought < THOUGHTS; thought++) {
      for (int problem = 0; problem < PROBLEMS; problem++) {
        record.thought(thought).putScalar(problem, 0, 10 * problem + thought);
      }
    }
    ThoughtOrder order = new ThoughtOrder(record, 4);
    Set<List<Integer>> orders = new HashSet<>();
    for (int problem = 0; problem < PROBLEMS; problem++) {
      List<Integer> drawn = order.order(problem);
      orders.add(drawn);
      assertThat(drawn).containsExactlyInAnyOrder(0, 1, 2).isNotEqualTo(List.of(0, 1, 2));
    }
    assertThat(orders).hasSize(5); // every other order is drawn

    INDArray fed =
        order.replace(1, new int[] {7, 2}, Nd4j.zeros(2, 1).castTo(record.thought(0).dataType()));

    assertThat(fed.getDouble(0, 0)).isEqualTo(70 + order.order(7).get(1));
    assertThat(fed.getDouble(1, 0)).isEqualTo(20 + order.order(2).get(1));
  }

  /** Pearson's statistic of places that are drawn alike; 7 degrees of freedom at most. */
  @ParameterizedTest
  @CsvSource({"4, 1", "4, 2", "8, 1", "8, 4"})
  void everyThoughtGetsToEveryPlaceAsOften(int thoughts, long seed) {
    ThoughtOrder order = new ThoughtOrder(new ThoughtRecord(1, thoughts, 1), seed);
    int problems = 3000;
    int[][] places = new int[thoughts][thoughts];
    for (int problem = 0; problem < problems; problem++) {
      List<Integer> drawn = order.order(problem);
      for (int place = 0; place < thoughts; place++) {
        places[drawn.get(place)][place]++;
      }
    }
    // Its own place a little less often, since the original order is left out.
    double orders = IntStream.rangeClosed(1, thoughts).asDoubleStream().reduce(1, (a, b) -> a * b);
    double own = problems * (orders / thoughts - 1) / (orders - 1);
    double other = (problems - own) / (thoughts - 1);
    for (int thought = 0; thought < thoughts; thought++) {
      double statistic = 0;
      for (int place = 0; place < thoughts; place++) {
        double expected = place == thought ? own : other;
        statistic += Math.pow(places[thought][place] - expected, 2) / expected;
      }
      assertThat(statistic).as("places of thought %s", thought).isLessThan(30);
    }
  }

  @Test
  void everyOrderIsDrawnAsOften() {
    ThoughtOrder order = new ThoughtOrder(new ThoughtRecord(1, 4, 1), 1);
    Map<List<Integer>, Integer> counts = new HashMap<>();
    for (int problem = 0; problem < 3000; problem++) {
      counts.merge(order.order(problem), 1, Integer::sum);
    }
    double expected = 3000 / 23.0;
    double statistic =
        counts.values().stream()
            .mapToDouble(count -> Math.pow(count - expected, 2) / expected)
            .sum();
    assertThat(counts).hasSize(23);
    assertThat(statistic).isLessThan(60); // 22 degrees of freedom
  }
}
