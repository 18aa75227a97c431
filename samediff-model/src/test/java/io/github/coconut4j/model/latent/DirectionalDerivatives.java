package io.github.coconut4j.model.latent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.function.DoubleSupplier;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Gradients in double precision against central differences of the loss along random directions.
 *
 * <p>A direction has a part in each element of each parameter, so that two losses check them all.
 * Of length 1, it leaves an error of the difference of about 1e-10, and shows a wrong element of
 * the gradient from about 1e-7 on. Parameters whose joint derivative is wrong are then
 * differentiated one by one, to name the one that is at fault.
 */
final class DirectionalDerivatives {

  private static final double STEP = 1e-5;
  private static final double TOLERANCE = 3e-9;
  private static final int DIRECTIONS = 3;

  private final Map<String, INDArray> values;
  private final Map<String, INDArray> gradients;
  private final DoubleSupplier loss;

  /** The values, of DOUBLE, are those that the loss is computed from; they are put back. */
  DirectionalDerivatives(
      Map<String, INDArray> values, Map<String, INDArray> gradients, DoubleSupplier loss) {
    this.values = values;
    this.gradients = gradients;
    this.loss = loss;
  }

  /** Checks the derivatives along three directions. */
  void check() {
    assertThat(gradients).isNotEmpty();
    for (int seed = 1; seed <= DIRECTIONS; seed++) {
      Map<String, INDArray> direction = direction(seed);
      if (!agrees(direction)) {
        direction.forEach((name, part) -> assertAgrees(Map.of(name, part)));
        assertAgrees(direction);
      }
    }
  }

  private Map<String, INDArray> direction(int seed) {
    Random random = new Random(seed);
    Map<String, INDArray> direction = new LinkedHashMap<>();
    double squares = 0;
    for (var each : gradients.entrySet()) {
      double[] part = random.doubles(each.getValue().length(), -1, 1).toArray();
      INDArray array = Nd4j.createFromArray(part).reshape(each.getValue().shape());
      squares += array.mul(array).sumNumber().doubleValue();
      direction.put(each.getKey(), array);
    }
    double length = Math.sqrt(squares);
    direction.values().forEach(part -> part.divi(length));
    return direction;
  }

  private boolean agrees(Map<String, INDArray> direction) {
    double expected = difference(direction);
    return Math.abs(derivative(direction) - expected) <= TOLERANCE * (1 + Math.abs(expected));
  }

  private void assertAgrees(Map<String, INDArray> direction) {
    double expected = difference(direction);
    assertThat(expected).as("difference along %s", direction.keySet()).isFinite();
    assertThat(derivative(direction))
        .as("derivative along %s", direction.keySet())
        .isFinite()
        .isCloseTo(expected, within(TOLERANCE * (1 + Math.abs(expected))));
  }

  private double derivative(Map<String, INDArray> direction) {
    return direction.entrySet().stream()
        .mapToDouble(
            each -> gradients.get(each.getKey()).mul(each.getValue()).sumNumber().doubleValue())
        .sum();
  }

  private double difference(Map<String, INDArray> direction) {
    Map<String, INDArray> originals = new LinkedHashMap<>();
    direction.keySet().forEach(name -> originals.put(name, values.get(name).dup()));
    move(originals, direction, STEP);
    double above = loss.getAsDouble();
    move(originals, direction, -STEP);
    double below = loss.getAsDouble();
    move(originals, direction, 0);
    return (above - below) / (2 * STEP);
  }

  private void move(
      Map<String, INDArray> originals, Map<String, INDArray> direction, double distance) {
    originals.forEach(
        (name, original) -> {
          INDArray part = direction.get(name);
          assertThat(values.get(name).dataType()).isEqualTo(DataType.DOUBLE);
          values.get(name).assign(original.add(part.mul(distance)));
        });
  }
}
