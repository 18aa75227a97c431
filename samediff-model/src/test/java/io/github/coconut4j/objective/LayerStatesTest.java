package io.github.coconut4j.objective;

import io.github.coconut4j.model.Architecture;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.Weights;
import io.github.coconut4j.model.latent.Architectures;
import io.github.coconut4j.model.latent.Batches;
import io.github.coconut4j.model.latent.LatentBatch;
import io.github.coconut4j.model.latent.Objective;
import io.github.coconut4j.model.latent.ObjectiveChecks;
import io.github.coconut4j.model.latent.ObjectiveInputs;
import java.util.Map;
import java.util.Random;
import lombok.Value;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Inner layers' hidden states as an objective reads them, and the gradients that it sends back. */
class LayerStatesTest {

  private static final int[] QUERIED = {4, 8, 17};
  private static final int[] PROBED = {1, 5, 6, 12, 15, 17};

  /** A product of final hidden states and a function of the layers' that no symmetry hides. */
  @Value
  private static class OfLayers implements Objective {

    boolean withHidden;

    @Override
    public SDVariable loss(ObjectiveInputs inputs) {
      SDVariable layers = inputs.getLayers();
      SDVariable loss = layers.mul(layers).mul(factors(layers)).mean();
      return withHidden ? loss.add(inputs.getHidden().mean()) : loss;
    }

    private static SDVariable factors(SDVariable layers) {
      double[] values = new Random(5).doubles(2L * PROBED.length * 6, -1, 1).toArray();
      INDArray factors = Nd4j.createFromArray(values).reshape(2, PROBED.length, 6);
      return layers.getSameDiff().constant(factors.castTo(layers.dataType()));
    }

    @Override
    public boolean readsLayers() {
      return true;
    }

    @Override
    public Targets targets(LatentBatch batch) {
      return new Targets(QUERIED, PROBED, Map.of(), 1);
    }
  }

  /** Three sequences of six time steps, two with latents. */
  private static LatentBatch batch() {
    return Batches.of(11, 3, "ww**wl", ".w*wwl", "wwll..");
  }

  @ParameterizedTest
  @EnumSource(Architecture.class)
  void bothLoopsAgree(Architecture architecture) {
    TransformerConfig config = Architectures.of(architecture, 11);
    Weights weights = Weights.initial(config, 3);
    for (boolean withHidden : new boolean[] {true, false}) {
      ObjectiveChecks.assertLoopsAgree(config, weights, batch(), new OfLayers(withHidden));
    }
  }

  @ParameterizedTest
  @EnumSource(Architecture.class)
  void gradientsAreCentralDifferences(Architecture architecture) {
    TransformerConfig config = Architectures.of(architecture, 11);
    Weights weights = Weights.initial(config, 3).castTo(DataType.DOUBLE);
    ObjectiveChecks.assertCentralDifferences(config, weights, batch(), new OfLayers(true));
  }
}
