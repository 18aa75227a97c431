package io.github.coconut4j.model.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.coconut4j.model.ParameterLayout;
import io.github.coconut4j.model.ParameterLayout.Parameter;
import io.github.coconut4j.model.Precision;
import io.github.coconut4j.model.backend.Backends;
import io.github.coconut4j.model.backend.DeviceBackend;
import io.github.coconut4j.model.latent.BatchLayout;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The device says among how many workers a batch is divided where weights are in bfloat16. */
class PassingWorkersTest {

  private static final BatchLayout BATCH = Layouts.of("ttttlltyy", "ttttllyyy", "ttttltyyy");

  private final ReferenceTransformer model = new ReferenceTransformer(2, 32, 4, 64, 1e-5, 16, 3);

  /** How many workers ran, call after call. */
  private final List<Integer> ran = new ArrayList<>();

  /** A device of two threads that wants so many workers for weights in bfloat16. */
  private Device device(int wanted) {
    DeviceBackend backend = (DeviceBackend) Backends.named("onednn");
    Device real = LoopRun.withThreads(2, () -> backend.device(model.config(), Precision.FLOAT32));
    return (Device)
        Proxy.newProxyInstance(
            Device.class.getClassLoader(),
            new Class<?>[] {Device.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("workersPassing")) {
                return wanted;
              }
              if (method.getName().equals("run")) {
                ran.add(((int[]) arguments[0]).length);
              }
              return method.invoke(real, arguments);
            });
  }

  private List<INDArray> narrowWeights() {
    List<Parameter> parameters = ParameterLayout.of(model.config()).loopParameters();
    List<INDArray> weights = new ArrayList<>(model.weights());
    for (int i = 0; i < weights.size(); i++) {
      if (parameters.get(i).mayBeBfloat16()) {
        weights.set(i, weights.get(i).castTo(DataType.BFLOAT16));
      }
    }
    return weights;
  }

  private List<float[]> step(List<INDArray> weights, int wanted) {
    ran.clear();
    try (LoopRun run = new LoopRun(model, weights, device(wanted))) {
      return run.step(BATCH);
    }
  }

  /** Forward, backward, and the parameters' gradients, which all threads share. */
  @Test
  void oneWorkerComputesWhatTwoDo() {
    List<INDArray> weights = narrowWeights();
    List<float[]> one = step(weights, 1);
    assertThat(ran).containsExactly(1, 1, 2);
    List<float[]> two = step(weights, 2);
    assertThat(ran).containsExactly(2, 2, 2);
    for (int tensor = 0; tensor < two.size(); tensor++) {
      for (int i = 0; i < two.get(tensor).length; i++) {
        float expected = two.get(tensor)[i];
        assertThat(one.get(tensor)[i])
            .isCloseTo(expected, within(1e-4f * (1 + Math.abs(expected))));
      }
    }
  }

  @Test
  void weightsInFloatAreReadByAllWorkers() {
    step(model.weights(), 1);
    assertThat(ran).containsExactly(2, 2, 2);
  }
}
