package io.github.coconut4j.model.latent;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.coconut4j.model.Precision;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.Weights;
import io.github.coconut4j.model.backend.Backend;
import io.github.coconut4j.model.backend.Backends;
import io.github.coconut4j.model.backend.DeviceArrays;
import java.util.Collection;
import lombok.RequiredArgsConstructor;
import lombok.experimental.Delegate;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** What the host reads of a table that a device has trained are the newest values. */
class DeviceTableTest {

  private static final TransformerConfig CONFIG =
      TransformerConfig.builder().vocabSize(7).nPositions(8).nEmbd(4).nLayer(1).nHead(2).build();

  /** Holds newer values of one array. */
  @RequiredArgsConstructor
  static final class Holder implements DeviceArrays {

    interface Copies {
      void toHost(Collection<INDArray> arrays);
    }

    @Delegate(excludes = Copies.class)
    private final DeviceArrays others = DeviceArrays.NONE;

    private final INDArray held;
    private final INDArray newest;

    @Override
    public void toHost(Collection<INDArray> arrays) {
      arrays.stream().filter(array -> array == held).forEach(array -> array.assign(newest));
    }
  }

  @RequiredArgsConstructor
  static final class HoldingBackend implements Backend {

    interface Arrays {
      DeviceArrays deviceArrays();
    }

    @Delegate(excludes = Arrays.class)
    private final Backend computing = Backends.named("nd4j");

    private final DeviceArrays arrays;

    @Override
    public DeviceArrays deviceArrays() {
      return arrays;
    }
  }

  private static LatentTransformer trained(Weights weights, INDArray newest) {
    Backend backend = new HoldingBackend(new Holder(weights.tokenTable(), newest));
    return LatentTransformer.create(CONFIG, weights, backend, Precision.FLOAT32);
  }

  @Test
  void embeddingsAreTheNewest() {
    INDArray newest = Nd4j.linspace(1, 28, 28).reshape(7, 4).castTo(Nd4j.dataType());
    try (LatentTransformer model = trained(Weights.initial(CONFIG, 3), newest)) {
      assertThat(model.tokenEmbeddings(2, 5)).isEqualTo(newest.getRows(2, 5));
    }
    LatentBatch batch = Batches.of(7, 1, "ww*w");
    int first = batch.getInputIds().getInt(0, 0);
    try (LatentTransformer model = trained(Weights.initial(CONFIG, 3), newest)) {
      INDArray embeddings = model.inputEmbeddings(batch).slice(0);
      assertThat(embeddings.getRow(0)).isEqualTo(newest.getRow(first));
    }
  }
}
