package io.github.coconut4j.model.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.coconut4j.model.Architecture;
import io.github.coconut4j.model.Precision;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.Weights;
import io.github.coconut4j.model.backend.Backends;
import io.github.coconut4j.model.latent.Architectures;
import io.github.coconut4j.model.latent.Batches;
import io.github.coconut4j.model.latent.LatentBatch;
import io.github.coconut4j.model.latent.LatentTransformer;
import io.github.coconut4j.model.latent.LossGradients;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A batch that runs out of GPU memory, at several places, leaves nothing wrong behind. */
@OnCudaShim
class FullGpuTest {

  private static final int VOCABULARY = 29;

  private final CudaShim.Driver driver = CudaShim.load();

  @AfterEach
  void restoreMemory() {
    driver.shim_memory(CudaShim.MEMORY);
  }

  private static Map<String, float[]> step(LatentTransformer model, LatentBatch batch) {
    try (LossGradients gradients = model.gradients(batch)) {
      Map<String, float[]> values = new TreeMap<>();
      values.put("loss", new float[] {(float) gradients.getLoss()});
      gradients.getGradients().forEach((name, array) -> values.put(name, array.data().asFloat()));
      return values;
    }
  }

  /** As a caller does who catches the error and goes on with smaller batches. */
  @ParameterizedTest
  @ValueSource(longs = {0, 20_000, 300_000, 1_500_000})
  void aModelGivesTheSameAfterItRanOutOfMemory(long available) {
    TransformerConfig config = Architectures.of(Architecture.QWEN3, VOCABULARY);
    LatentBatch large = Batches.of(VOCABULARY, 3, "wwww***wlll", "..ww*wllll.", "wwwwwwwlll.");
    LatentBatch small = Batches.of(VOCABULARY, 4, "ww*wll");
    Weights weights = Weights.initial(config, 4);
    try (LatentTransformer whole = model(config, weights);
        LatentTransformer model = model(config, weights)) {
      Map<String, float[]> expected = step(whole, small);
      Map<String, float[]> expectedLarge = step(whole, large);
      CudaRuntime.get().mirrors().trim(); // what earlier tests left must not be found later
      driver.shim_memory(driver.shim_used() + available);
      assertThatThrownBy(() -> step(model, large)).isInstanceOf(OutOfMemoryError.class);
      driver.shim_memory(CudaShim.MEMORY);
      assertSame(step(model, small), expected);
      assertSame(step(model, large), expectedLarge);
    }
  }

  private static void assertSame(Map<String, float[]> actual, Map<String, float[]> expected) {
    assertThat(actual.keySet()).isEqualTo(expected.keySet());
    actual.forEach((name, values) -> assertThat(values).as(name).isEqualTo(expected.get(name)));
  }

  private static LatentTransformer model(TransformerConfig config, Weights weights) {
    return LatentTransformer.create(config, weights, Backends.named("cuda"), Precision.FLOAT32);
  }
}
