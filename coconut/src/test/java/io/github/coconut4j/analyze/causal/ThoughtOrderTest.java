package io.github.coconut4j.analyze.causal;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.coconut4j.analyze.thought.ThoughtRecord;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
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
}
