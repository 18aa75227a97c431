package io.github.coconut4j.model.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.coconut4j.model.Architecture;
import io.github.coconut4j.model.Precision;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.Weights;
import io.github.coconut4j.model.backend.Backends;
import io.github.coconut4j.model.dropout.Dropout;
import io.github.coconut4j.model.dropout.DropoutRates;
import io.github.coconut4j.model.latent.Architectures;
import io.github.coconut4j.model.latent.Batches;
import io.github.coconut4j.model.latent.LatentBatch;
import io.github.coconut4j.model.latent.LatentTransformer;
import io.github.coconut4j.model.latent.LossGradients;
import io.github.coconut4j.model.latent.Objective;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A kernel's result must not depend on the order in which its threads and blocks run. The shim's
 * driver fills and surrounds each allocation with signalling NaNs, so the test also detects reads
 * of uninitialized values and writes past the end. Races that no order shows are looked for in one.
 */
@OnCudaShim
class ThreadOrderTest {

  /** Thread by thread, ascending and descending; warp by warp, likewise; random. */
  private static final int ORDERS = 5;

  private static final int VOCABULARY = 41;

  @AfterEach
  void restoreOrder() {
    CudaShim.load().shim_order(0);
    CudaShim.load().shim_find_races(0);
  }

  @ParameterizedTest
  @EnumSource(
      value = Architecture.class,
      names = {"GPT2", "QWEN3"})
  void aStepHasTheSameBitsInEveryOrder(Architecture architecture) {
    TransformerConfig config = Architectures.of(architecture, VOCABULARY);
    LatentBatch batch = Batches.of(VOCABULARY, 3, "..wwww**wlll", "wwwwww***lll", "....ww*wwll.");
    Weights weights = Weights.initial(config, 4);
    Map<String, float[]> first = null;
    for (int order = 0; order < ORDERS; order++) {
      CudaShim.load().shim_order(order);
      CudaShim.load().shim_find_races(order == 0 ? 1 : 0); // the others would find the same
      Map<String, float[]> step = step(config, weights, batch);
      if (first == null) {
        first = step;
      }
      assertThat(step).hasSameSizeAs(first);
      for (Map.Entry<String, float[]> each : first.entrySet()) {
        assertThat(step.get(each.getKey()))
            .as("%s in order %d", each.getKey(), order)
            .containsExactly(each.getValue());
      }
    }
  }

  private static Map<String, float[]> step(
      TransformerConfig config, Weights weights, LatentBatch batch) {
    Dropout dropout = new Dropout(new DropoutRates(0.2, 0.1, 0.3), 5, 6);
    try (LatentTransformer model =
            LatentTransformer.create(config, weights, Backends.named("cuda"), Precision.FLOAT32);
        LossGradients gradients = model.gradients(batch, Objective.CROSS_ENTROPY, dropout)) {
      Map<String, float[]> values = new LinkedHashMap<>();
      values.put("loss", new float[] {(float) gradients.getLoss()});
      gradients
          .getGradients()
          .forEach((name, array) -> values.put(name, array.dup('c').data().asFloat()));
      return values;
    }
  }
}
