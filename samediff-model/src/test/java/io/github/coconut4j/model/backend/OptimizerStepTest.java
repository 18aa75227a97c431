package io.github.coconut4j.model.backend;

import static java.util.Collections.singletonList;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.coconut4j.model.backend.OptimizerStep.Parameter;
import io.github.coconut4j.model.loop.ReferenceTransformer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** AdamW against the algorithm of the paper in double precision, over several steps. */
class OptimizerStepTest {

  private static final int[] SIZES = {1, 37, 20_000};
  private static final double DECAY = 0.1;

  private final int threadsBefore = CpuThreads.count();

  static List<String> backends() {
    return List.of("onednn", "nd4j");
  }

  static List<Arguments> backendsAndThreads() {
    return List.of(
        Arguments.of("onednn", 1),
        Arguments.of("onednn", 2),
        Arguments.of("onednn", 3),
        Arguments.of("nd4j", 1));
  }

  @AfterEach
  void restoreThreads() {
    CpuThreads.setCount(threadsBefore);
  }

  /** A parameter in double precision. */
  private static final class Expected {
    private final double[] values;
    private final double[] first;
    private final double[] second;

    Expected(double[] values) {
      this.values = values.clone();
      first = new double[values.length];
      second = new double[values.length];
    }

    void step(double[] gradient, int step) {
      for (int j = 0; j < values.length; j++) {
        double g = 0.5 * gradient[j];
        first[j] = 0.9 * first[j] + 0.1 * g;
        second[j] = 0.999 * second[j] + 0.001 * g * g;
        double m = first[j] / (1 - Math.pow(0.9, step));
        double v = second[j] / (1 - Math.pow(0.999, step));
        values[j] -= 0.01 * (m / (Math.sqrt(v) + 1e-8) + DECAY * values[j]);
      }
    }
  }

  private static INDArray array(double[] values) {
    float[] floats = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      floats[i] = (float) values[i];
    }
    return Nd4j.createFromArray(floats);
  }

  @ParameterizedTest
  @MethodSource("backendsAndThreads")
  void followsThePaper(String backend, int threads) {
    Random random = new Random(1);
    List<Expected> expected = new ArrayList<>();
    List<Parameter<INDArray>> parameters = new ArrayList<>();
    for (int size : SIZES) {
      double[] values = ReferenceTransformer.normal(random, size, 0, 1);
      expected.add(new Expected(values));
      INDArray zeros = Nd4j.createFromArray(new float[size]);
      parameters.add(new Parameter<>(array(values), zeros.dup(), zeros.dup(), zeros.dup()));
    }
    CpuThreads.setCount(threads);
    try (OptimizerStep operations = Backends.named(backend).optimizerStep()) {
      for (int step = 1; step <= 5; step++) {
        double squares = 0;
        for (int i = 0; i < SIZES.length; i++) {
          double[] gradient = ReferenceTransformer.normal(random, SIZES[i], 0, 2);
          parameters.get(i).gradient().assign(array(gradient));
          squares += Arrays.stream(gradient).map(value -> value * value).sum();
          expected.get(i).step(gradient, step);
        }
        List<INDArray> gradients = parameters.stream().map(Parameter::gradient).toList();
        assertThat(operations.norm(gradients))
            .isCloseTo(Math.sqrt(squares), within(1e-4 * Math.sqrt(squares)));
        operations.adamW(parameters, settings(step));
      }
    }
    for (int i = 0; i < SIZES.length; i++) {
      float[] actual = parameters.get(i).values().data().asFloat();
      for (int j = 0; j < actual.length; j++) {
        assertThat((double) actual[j]).isCloseTo(expected.get(i).values[j], within(2e-5));
      }
    }
  }

  private static OptimizerStep.Settings settings(int step) {
    return OptimizerStep.Settings.builder()
        .learningRate(0.01)
        .weightDecay(DECAY)
        .gradientFactor(0.5)
        .step(step)
        .build();
  }

  @ParameterizedTest
  @MethodSource("backends")
  void theNormOfValuesWhoseSquaresOverflowFloatIsFinite(String backend) {
    int size = 5003;
    INDArray gradient = Nd4j.valueArrayOf(new long[] {size}, 3e38f);
    gradient.putScalar(7, -3e38f);
    CpuThreads.setCount(2);
    try (OptimizerStep operations = Backends.named(backend).optimizerStep()) {
      double expected = 3e38 * Math.sqrt(size);
      assertThat(operations.norm(List.of(gradient))).isCloseTo(expected, within(1e-6 * expected));
      gradient.putScalar(4999, Float.POSITIVE_INFINITY);
      assertThat(operations.norm(List.of(gradient))).isInfinite();
      gradient.putScalar(17, Float.NaN);
      assertThat(operations.norm(List.of(gradient))).isNaN();
    }
  }

  private static Parameter<INDArray> parameter(INDArray gradient, INDArray first, INDArray second) {
    return new Parameter<>(Nd4j.ones(DataType.FLOAT, 5, 4), gradient, first, second);
  }

  @ParameterizedTest
  @MethodSource("backends")
  void whatBelongsToAParameterHasItsTypeAndShape(String backend) {
    INDArray right = Nd4j.ones(DataType.FLOAT, 5, 4);
    List<INDArray> wrong =
        List.of(
            Nd4j.ones(DataType.FLOAT, 4, 5),
            Nd4j.ones(DataType.FLOAT, 1, 4),
            Nd4j.ones(DataType.FLOAT, 2),
            Nd4j.ones(DataType.FLOAT, 20),
            Nd4j.ones(DataType.FLOAT, 9, 9),
            Nd4j.ones(DataType.DOUBLE, 5, 4),
            Nd4j.ones(DataType.FLOAT16, 5, 4));
    try (OptimizerStep operations = Backends.named(backend).optimizerStep()) {
      for (INDArray other : wrong) {
        for (Parameter<INDArray> parameter :
            List.of(
                parameter(other, right, right),
                parameter(right, other, right),
                parameter(right, right, other))) {
          Parameter<INDArray> before = parameter(right, right.dup(), right.dup());
          assertThatThrownBy(() -> operations.adamW(List.of(before, parameter), settings(1)))
              .isInstanceOf(IllegalArgumentException.class)
              .hasMessageMatching("(?s).* but .*");
          assertThat(before.values()).isEqualTo(right);
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("backends")
  void closedArraysAreRefused(String backend) {
    INDArray right = Nd4j.ones(DataType.FLOAT, 5, 4);
    INDArray closed = right.dup();
    closed.close();
    try (OptimizerStep operations = Backends.named(backend).optimizerStep()) {
      for (Parameter<INDArray> parameter :
          List.of(
              new Parameter<>(closed, right, right, right),
              parameter(closed, right, right),
              parameter(right, closed, right),
              parameter(right, right, closed))) {
        assertThatThrownBy(() -> operations.adamW(List.of(parameter), settings(1)))
            .isInstanceOf(IllegalStateException.class)
            .hasMessageContaining("closed");
      }
      assertThatThrownBy(() -> operations.norm(List.of(right, closed)))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("closed");
    }
  }

  @ParameterizedTest
  @MethodSource("backends")
  void missingArgumentsAreRefused(String backend) {
    INDArray right = Nd4j.ones(DataType.FLOAT, 5, 4);
    List<Parameter<INDArray>> parameters = List.of(parameter(right, right.dup(), right.dup()));
    try (OptimizerStep operations = Backends.named(backend).optimizerStep()) {
      assertRefused("parameters", () -> operations.adamW(null, settings(1)));
      assertRefused("parameters[0]", () -> operations.adamW(singletonList(null), settings(1)));
      assertRefused("settings", () -> operations.adamW(parameters, null));
      assertRefused("gradients", () -> operations.norm(null));
      assertRefused("gradients[1]", () -> operations.norm(Arrays.asList(right, null)));
    }
    assertRefused("values", () -> new Parameter<>(null, right, right, right));
    assertRefused("gradient", () -> new Parameter<>(right, null, right, right));
    assertRefused("firstMoment", () -> new Parameter<>(right, right, null, right));
    assertRefused("secondMoment", () -> new Parameter<>(right, right, right, null));
  }

  @Test
  void settingsOutOfRangeAreRefused() {
    OptimizerStep.Settings right = settings(1);
    for (double value : new double[] {-1e-9, Double.NaN, Double.POSITIVE_INFINITY}) {
      assertRefused("learningRate", () -> right.withLearningRate(value));
      assertRefused("epsilon", () -> right.withEpsilon(value));
      assertRefused("weightDecay", () -> right.withWeightDecay(value));
      assertRefused("gradientFactor", () -> right.withGradientFactor(value));
    }
    for (double value : new double[] {-1e-9, 1, 2, Double.NaN}) {
      assertRefused("beta1", () -> right.withBeta1(value));
      assertRefused("beta2", () -> right.withBeta2(value));
    }
    assertRefused("step", () -> right.withStep(0));
    assertRefused("step", () -> right.withStep(-1));
    assertThat(right.withLearningRate(0).withBeta1(0).withBeta2(0).withEpsilon(0).getStep())
        .isEqualTo(1);
  }

  private static void assertRefused(String name, ThrowingCallable change) {
    assertThatThrownBy(change)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(name);
  }
}
