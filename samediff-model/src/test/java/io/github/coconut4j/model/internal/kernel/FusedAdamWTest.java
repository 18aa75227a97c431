package io.github.coconut4j.model.internal.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Random;
import org.bytedeco.javacpp.FloatPointer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Fused AdamW against the algorithm of the paper in double precision, over several steps. */
class FusedAdamWTest {

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void followsThePaper(int threads) {
    Random random = new Random(1);
    int[] sizes = {1, 37, 20_000};
    double[] decays = {0, 0.1, 0.01};
    try (FusedAdamW optimiser = new FusedAdamW(threads)) {
      double[][] values = new double[3][];
      double[][] first = new double[3][];
      double[][] second = new double[3][];
      FusedAdamW.Tensor[] tensors = new FusedAdamW.Tensor[3];
      for (int i = 0; i < 3; i++) {
        values[i] = ReferenceTransformer.normal(random, sizes[i], 0, 1);
        first[i] = new double[sizes[i]];
        second[i] = new double[sizes[i]];
        tensors[i] =
            new FusedAdamW.Tensor(
                NativeTensors.of(values[i]),
                NativeTensors.unwritten(sizes[i]),
                NativeTensors.of(first[i]),
                NativeTensors.of(second[i]),
                sizes[i],
                (float) decays[i]);
      }
      for (int step = 1; step <= 5; step++) {
        double squares = 0;
        for (int i = 0; i < 3; i++) {
          double[] gradient = ReferenceTransformer.normal(random, sizes[i], 0, 2);
          for (int j = 0; j < sizes[i]; j++) {
            tensors[i].gradient().put(j, (float) gradient[j]);
            squares += gradient[j] * gradient[j];
            double g = 0.5 * gradient[j];
            first[i][j] = 0.9 * first[i][j] + 0.1 * g;
            second[i][j] = 0.999 * second[i][j] + 0.001 * g * g;
            double m = first[i][j] / (1 - Math.pow(0.9, step));
            double v = second[i][j] / (1 - Math.pow(0.999, step));
            values[i][j] -= 0.01 * (m / (Math.sqrt(v) + 1e-8) + decays[i] * values[i][j]);
          }
        }
        assertThat(optimiser.gradientNorm(List.of(tensors)))
            .isCloseTo(Math.sqrt(squares), within(1e-4 * Math.sqrt(squares)));
        optimiser.update(
            List.of(tensors), new FusedAdamW.Step(0.01f, 0.9f, 0.999f, 1e-8f, step, 0.5f));
      }
      for (int i = 0; i < 3; i++) {
        FloatPointer actual = tensors[i].values();
        for (int j = 0; j < sizes[i]; j++) {
          assertThat((double) actual.get(j)).isCloseTo(values[i][j], within(2e-5));
        }
      }
    }
  }

  @Test
  void theNormOfValuesWhoseSquaresOverflowFloatIsFinite() {
    int size = 5003;
    FloatPointer gradient = NativeTensors.unwritten(size);
    for (int i = 0; i < size; i++) {
      gradient.put(i, i % 2 == 0 ? 3e38f : -3e38f);
    }
    try (FusedAdamW optimiser = new FusedAdamW(2)) {
      FusedAdamW.Tensor tensor = new FusedAdamW.Tensor(null, gradient, null, null, size, 0);
      double expected = 3e38 * Math.sqrt(size);
      assertThat(optimiser.gradientNorm(List.of(tensor)))
          .isCloseTo(expected, within(1e-6 * expected));

      gradient.put(4999, Float.POSITIVE_INFINITY);
      assertThat(optimiser.gradientNorm(List.of(tensor))).isInfinite();
      gradient.put(17, Float.NaN);
      assertThat(optimiser.gradientNorm(List.of(tensor))).isNaN();
    }
  }
}
