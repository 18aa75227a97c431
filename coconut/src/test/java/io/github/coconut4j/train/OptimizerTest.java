package io.github.coconut4j.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.coconut4j.model.ArrayDifference;
import io.github.coconut4j.model.backend.Backends;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.AMSGrad;
import org.nd4j.linalg.learning.config.AdaBelief;
import org.nd4j.linalg.learning.config.AdaGrad;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.nd4j.linalg.learning.config.RmsProp;
import org.nd4j.linalg.learning.config.Sgd;

class OptimizerTest {

  private static final double[][] GRADIENTS = {{0.5, -2, 1e-8}, {0.1, 3, 2e-8}, {-0.4, 1, 0}};

  /** Algorithm 2 of arXiv 1711.05101, with the placement of epsilon of torch.optim.AdamW. */
  private static double[] adamW(double[] start, double lr, double decay) {
    double[] p = start.clone();
    double[] m = new double[p.length];
    double[] v = new double[p.length];
    for (int t = 1; t <= GRADIENTS.length; t++) {
      for (int i = 0; i < p.length; i++) {
        double g = GRADIENTS[t - 1][i];
        p[i] -= lr * decay * p[i];
        m[i] = 0.9 * m[i] + 0.1 * g;
        v[i] = 0.999 * v[i] + 0.001 * g * g;
        double mHat = m[i] / (1 - Math.pow(0.9, t));
        double vHat = v[i] / (1 - Math.pow(0.999, t));
        p[i] -= lr * mHat / (Math.sqrt(vHat) + 1e-8);
      }
    }
    return p;
  }

  @Test
  void adamWFollowsItsEquations() {
    double[] start = {1, -0.5, 0.25};
    INDArray parameter = Nd4j.createFromArray(start);
    AdamW optimizer = new AdamW(Map.of("p", parameter), 0.1);

    for (double[] gradient : GRADIENTS) {
      optimizer.update(Map.of("p", Nd4j.createFromArray(gradient)), 0.01);
    }

    assertThat(parameter.toDoubleVector()).containsExactly(adamW(start, 0.01, 0.1), within(1e-9));
    assertThat(optimizer.updates()).isEqualTo(3);
  }

  @Test
  void fusedAdamWIsAdamW() {
    Random random = new Random(3);
    float[] start = normal(random, 5000);
    INDArray expected = Nd4j.createFromArray(start);
    INDArray actual = Nd4j.createFromArray(start);
    AdamW reference = new AdamW(Map.of("p", expected), 0.1);
    try (AdamW fused = fused(Map.of("p", actual), 0.1)) {
      for (int step = 0; step < 20; step++) {
        float[] gradient = normal(random, start.length);
        Map<String, INDArray> own = Map.of("p", Nd4j.createFromArray(gradient));
        double norm = reference.gradientNorm(own);
        assertThat(norm).isFinite();
        assertThat(fused.gradientNorm(own)).isCloseTo(norm, within(1e-4 * norm));
        reference.update(Map.of("p", Nd4j.createFromArray(gradient)), 0.01, 0.5);
        fused.update(own, 0.01, 0.5);
      }
      assertThat(ArrayDifference.between(actual, expected))
          .matches(difference -> difference.isWithin(1e-6), "within 1e-6");
      assertThat(fused.state().keySet()).isEqualTo(reference.state().keySet());
    }
  }

  private static AdamW fused(Map<String, INDArray> parameters, double weightDecay) {
    return AdamW.builder()
        .parameters(parameters)
        .backend(Backends.bestFused())
        .weightDecay(weightDecay)
        .build();
  }

  private static float[] normal(Random random, int count) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  @Test
  void aRestoredAdamWContinuesAsIfNothingHadHappened() {
    INDArray parameter = Nd4j.createFromArray(1.0, -0.5, 0.25);
    AdamW interrupted = new AdamW(Map.of("p", parameter), 0.1);
    interrupted.update(Map.of("p", Nd4j.createFromArray(GRADIENTS[0])), 0.01);
    AdamW resumed = new AdamW(Map.of("p", parameter), 0.1);
    Map<String, INDArray> saved = new LinkedHashMap<>();
    interrupted.state().forEach((name, array) -> saved.put(name, array.dup()));

    resumed.restore(saved, interrupted.updates());
    for (double[] gradient : List.of(GRADIENTS[1], GRADIENTS[2])) {
      resumed.update(Map.of("p", Nd4j.createFromArray(gradient)), 0.01);
    }

    assertThat(parameter.toDoubleVector())
        .containsExactly(adamW(new double[] {1, -0.5, 0.25}, 0.01, 0.1), within(1e-9));
  }

  @Test
  void aResetAdamWForgets() {
    INDArray parameter = Nd4j.createFromArray(1.0);
    AdamW optimizer = new AdamW(Map.of("p", parameter), 0);
    optimizer.update(Map.of("p", Nd4j.createFromArray(5.0)), 0.01);

    optimizer.reset();
    optimizer.update(Map.of("p", Nd4j.createFromArray(-1.0)), 0.01);

    // The first update of Adam moves by the learning rate against the gradient's sign.
    assertThat(parameter.getDouble(0)).isCloseTo(1.0, within(1e-6));
  }

  @Test
  void anyUpdaterOfNd4jServes() {
    INDArray parameter = Nd4j.createFromArray(1.0, 2.0);
    UpdaterOptimizer optimizer = new UpdaterOptimizer(Map.of("p", parameter), new Sgd(7), 0.5);

    optimizer.update(Map.of("p", Nd4j.createFromArray(1.0, -1.0)), 0.1);

    assertThat(parameter.toDoubleVector()).containsExactly(new double[] {0.85, 2.0}, within(1e-9));
  }

  /** AdaGrad's and RMSProp's sums begin with epsilon, not with 0. */
  @ParameterizedTest
  @MethodSource("updatersOfNd4j")
  void afterAResetAnUpdaterBeginsAgain(IUpdater updater) {
    INDArray parameter = Nd4j.createFromArray(1.0);
    UpdaterOptimizer optimizer = new UpdaterOptimizer(Map.of("p", parameter), updater, 0);
    optimizer.update(Map.of("p", Nd4j.createFromArray(1e-4)), 0.1);
    double first = parameter.getDouble(0);

    optimizer.reset();
    parameter.assign(1);
    optimizer.update(Map.of("p", Nd4j.createFromArray(1e-4)), 0.1);

    assertThat(parameter.getDouble(0)).isEqualTo(first);
  }

  static List<IUpdater> updatersOfNd4j() {
    return List.of(
        new Adam(), new AMSGrad(), new AdaGrad(), new Nesterovs(), new RmsProp(), new Sgd());
  }

  @Test
  void gradientsThatAreNotTheParametersAreRefused() {
    INDArray parameter = Nd4j.ones(DataType.FLOAT, 4, 4);
    INDArray closed = Nd4j.ones(DataType.FLOAT, 4, 4);
    closed.close();
    List<StatefulOptimizer> optimizers =
        List.of(
            new AdamW(Map.of("p", parameter), 0),
            fused(Map.of("p", parameter), 0),
            new UpdaterOptimizer(Map.of("p", parameter), new Sgd(), 0));
    for (StatefulOptimizer optimizer : optimizers) {
      for (INDArray gradient :
          List.of(Nd4j.ones(DataType.DOUBLE, 4, 4), Nd4j.ones(DataType.FLOAT, 4, 3), closed)) {
        assertThatThrownBy(() -> optimizer.update(Map.of("p", gradient), 0.1))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("for p, FLOAT [4, 4]");
      }
      assertThatThrownBy(() -> optimizer.update(Map.of("q", parameter), 0.1))
          .hasMessageContaining("for q, none");
      for (double rate : new double[] {Double.NaN, -1e-3, Double.POSITIVE_INFINITY}) {
        assertThatThrownBy(() -> optimizer.update(Map.of("p", parameter.dup()), rate))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("A learning rate");
      }
      assertThat(optimizer.updates()).isZero();
      optimizer.close();
    }
    assertThatThrownBy(() -> new AdamW(Map.of("p", parameter), -1))
        .hasMessageContaining("A weight decay");
  }

  @Test
  void missingArgumentsAreRefused() {
    INDArray values = Nd4j.createFromArray(1f, 2f);
    INDArray closed = values.dup();
    closed.close();
    Map<String, INDArray> parameters = Map.of("p", values);
    assertMissing("parameters", () -> new AdamW(null, 0));
    assertMissing("p is none", () -> new AdamW(Collections.singletonMap("p", null), 0));
    assertMissing("p is an array that was closed", () -> new AdamW(Map.of("p", closed), 0));
    assertMissing("parameters", () -> new UpdaterOptimizer(null, new Adam(), 0));
    assertMissing("updater", () -> new UpdaterOptimizer(parameters, null, 0));
    assertMissing("transformer", () -> AdamW.of(null, 0));
    for (Optimizer optimizer :
        List.of(
            new AdamW(parameters, 0),
            fused(parameters, 0),
            new UpdaterOptimizer(parameters, new Adam(), 0))) {
      assertMissing("gradients", () -> optimizer.update(null, 0.1));
      assertMissing("gradients", () -> optimizer.gradientNorm(null));
      assertMissing("state", () -> optimizer.restore(null, 0));
      Map<String, INDArray> state = new LinkedHashMap<>(optimizer.state());
      state.replaceAll((name, array) -> closed);
      assertMissing("an array that was closed", () -> optimizer.restore(state, 0));
      assertThat(optimizer.updates()).isZero();
      optimizer.close();
    }
  }

  @Test
  void anUpdaterThatFailsToBeginIsNamed() {
    INDArray parameter = Nd4j.createFromArray(1f, 2f);
    assertThatThrownBy(() -> new UpdaterOptimizer(Map.of("p", parameter), new AdaBelief(), 0))
        .isExactlyInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("AdaBelief", "another one")
        .hasRootCauseInstanceOf(ArrayIndexOutOfBoundsException.class);
  }

  private static void assertMissing(String subject, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isExactlyInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(subject)
        .hasMessageEndingWith(".");
  }

  @Test
  void aStateOfAnotherModelIsRefused() {
    AdamW optimizer = new AdamW(Map.of("p", Nd4j.createFromArray(1.0)), 0);

    assertThatThrownBy(() -> optimizer.restore(Map.of(), 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("p.exp_avg");
  }
}
