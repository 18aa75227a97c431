package io.github.coconut4j.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.schedule.MapSchedule;
import org.nd4j.linalg.schedule.ScheduleType;

/** A component that is created again, also in another process, has the same description. */
class ComponentDescriptionTest {

  /** What a component may hold; without a text of its own. Its fields are read by reflection. */
  @SuppressWarnings("UnusedVariable")
  private static final class Holder {

    private final Object held;
    private final transient Object cache = new Object[] {System.nanoTime()};

    Holder(Object held) {
      this.held = held;
    }
  }

  private static String description(Object held) {
    return ComponentDescription.of(new Holder(held));
  }

  @Test
  void theOrderOfMapsAndSetsDoesNotCount() {
    Map<Integer, Double> rising = new LinkedHashMap<>();
    Map<Integer, Double> falling = new LinkedHashMap<>();
    for (int i = 0; i < 5; i++) {
      rising.put(i, 0.1 * i);
      falling.put(4 - i, 0.1 * (4 - i));
    }
    assertThat(description(falling)).isEqualTo(description(rising)).contains("4=0.4");
    assertThat(ComponentDescription.of(new MapSchedule(ScheduleType.ITERATION, falling)))
        .isEqualTo(ComponentDescription.of(new MapSchedule(ScheduleType.ITERATION, rising)));
    Set<Integer> forward = new LinkedHashSet<>(List.of(1, 2, 3));
    Set<Integer> backward = new LinkedHashSet<>(List.of(3, 2, 1));
    assertThat(description(forward)).isEqualTo(description(backward));
    assertThat(description(List.of(1, 2))).isNotEqualTo(description(List.of(2, 1)));
  }

  @Test
  void objectsInCollectionsAreDescribedByTheirFields() {
    assertThat(description(List.of(new Holder(1), new Holder(2))))
        .isEqualTo(description(List.of(new Holder(1), new Holder(2))))
        .isNotEqualTo(description(List.of(new Holder(1), new Holder(3))));
    assertThat(description(Map.of("a", new Holder(1))))
        .isEqualTo(description(Map.of("a", new Holder(1))))
        .isNotEqualTo(description(Map.of("a", new Holder(3))));
    assertThat(description(Set.of(new Holder(1), new Holder(2))))
        .isEqualTo(description(Set.of(new Holder(2), new Holder(1))));
    assertThat(description(Optional.of(new Holder(1))))
        .isEqualTo(description(Optional.of(new Holder(1))))
        .isNotEqualTo(description(Optional.empty()));
  }

  @Test
  void arraysAreDescribedByTheirValues() {
    INDArray values = Nd4j.linspace(0, 1, 2000, DataType.FLOAT).reshape(40, 50);
    INDArray other = values.dup();
    other.putScalar(7, 7, other.getFloat(7, 7) + 1e-6f);

    assertThat(description(values))
        .isEqualTo(description(values.dup('f')))
        .isNotEqualTo(description(other))
        .isNotEqualTo(description(values.reshape(50, 40)))
        .isNotEqualTo(description(values.castTo(DataType.DOUBLE)))
        .hasSizeLessThan(200);
  }

  @Test
  void aComponentThatHoldsItselfComesToAnEnd() {
    List<Object> held = new ArrayList<>();
    Holder holder = new Holder(held);
    held.add(holder);

    assertThat(ComponentDescription.of(holder)).contains("Holder[held=");
  }
}
