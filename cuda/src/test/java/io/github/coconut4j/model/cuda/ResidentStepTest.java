package io.github.coconut4j.model.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.coconut4j.model.Architecture;
import io.github.coconut4j.model.Precision;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.Weights;
import io.github.coconut4j.model.backend.Backend;
import io.github.coconut4j.model.backend.Backends;
import io.github.coconut4j.model.backend.DeviceArrays;
import io.github.coconut4j.model.backend.OptimizerStep;
import io.github.coconut4j.model.dropout.Dropout;
import io.github.coconut4j.model.dropout.DropoutRates;
import io.github.coconut4j.model.latent.Architectures;
import io.github.coconut4j.model.latent.Batches;
import io.github.coconut4j.model.latent.Decoder;
import io.github.coconut4j.model.latent.LatentBatch;
import io.github.coconut4j.model.latent.LatentTransformer;
import io.github.coconut4j.model.latent.LossGradients;
import io.github.coconut4j.model.latent.Objective;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Training steps whose weights, moments and gradients stay on the device. */
@OnCudaShim
class ResidentStepTest {

  private static final int VOCABULARY = 29;
  private static final int STEPS = 4;

  /** A model with its trained parameters and AdamW's moments, updated as the trainer does. */
  static final class Run implements AutoCloseable {

    private final LatentTransformer model;
    private final OptimizerStep step;
    final DeviceArrays device;
    final Map<String, INDArray> weights;
    private final List<INDArray> first = new ArrayList<>();
    private final List<INDArray> second = new ArrayList<>();
    final List<INDArray> all = new ArrayList<>();

    Run(TransformerConfig config, String backend) {
      this(config, backend, Precision.FLOAT32);
    }

    Run(TransformerConfig config, String backend, Precision precision) {
      this(config, Weights.initial(config, 7), backend, precision);
    }

    Run(TransformerConfig config, Weights initial, String backend, Precision precision) {
      Backend chosen = Backends.named(backend);
      model = LatentTransformer.create(config, initial, chosen, precision);
      step = chosen.optimizerStep();
      device = chosen.deviceArrays();
      weights = initial.trained();
      for (INDArray each : weights.values()) {
        first.add(Nd4j.zerosLike(each));
        second.add(Nd4j.zerosLike(each));
      }
      all.addAll(initial.asMap().values());
      all.addAll(first);
      all.addAll(second);
    }

    double update(LatentBatch batch, int number, boolean onDevice) {
      Dropout none = new Dropout(DropoutRates.NONE, 0, 0);
      return update(batch, none, number, onDevice);
    }

    double update(LatentBatch batch, Dropout dropout, int number, boolean onDevice) {
      try (LossGradients gradients = model.gradients(batch, Objective.CROSS_ENTROPY, dropout)) {
        Map<String, INDArray> arrays =
            onDevice ? gradients.getGradientsOnDevice() : gradients.getGradients();
        double norm = step.norm(arrays.values());
        List<OptimizerStep.Parameter<INDArray>> parameters = new ArrayList<>();
        int i = 0;
        for (Map.Entry<String, INDArray> each : weights.entrySet()) {
          parameters.add(
              new OptimizerStep.Parameter<>(
                  each.getValue(), arrays.get(each.getKey()), first.get(i), second.get(i)));
          i++;
        }
        step.adamW(
            parameters,
            OptimizerStep.Settings.builder()
                .learningRate(0.001) // a larger one would amplify the rounding of small gradients
                .weightDecay(0.1)
                .gradientFactor(Math.min(1, 1 / norm))
                .step(number)
                .build());
        return gradients.getLoss();
      }
    }

    @Override
    public void close() {
      model.close();
      step.close();
    }
  }

  private static LatentBatch batch(int seed) {
    return Batches.of(VOCABULARY, seed, "..www**wll", "wwwww***ll", "wwwww*wlll");
  }

  @ParameterizedTest
  @EnumSource(
      value = Architecture.class,
      names = {"GPT2", "QWEN2"})
  void residentStepsAreThoseWithCopiesAndTheCpus(Architecture architecture) {
    TransformerConfig config = Architectures.of(architecture, VOCABULARY);
    try (Run resident = new Run(config, "cuda");
        Run copied = new Run(config, "cuda");
        Run cpu = new Run(config, "onednn")) {
      for (int number = 1; number <= STEPS; number++) {
        resident.device.hold(resident.all);
        double loss = resident.update(batch(number), number, true);
        assertThat(copied.update(batch(number), number, false)).isEqualTo(loss);
        assertThat(cpu.update(batch(number), number, false)).isCloseTo(loss, within(2e-3));
      }
      resident.device.release(resident.all);
      for (int i = 0; i < resident.all.size(); i++) {
        assertThat(resident.all.get(i).data().asFloat())
            .as("array %d", i)
            .containsExactly(copied.all.get(i).data().asFloat());
      }
    }
  }

  @Test
  void aSteadyStepCopiesOnlyTheBatchAndTheLoss() {
    TransformerConfig config = Architectures.of(Architecture.GPT2, VOCABULARY);
    CudaShim.Driver driver = CudaShim.load();
    try (Run run = new Run(config, "cuda")) {
      run.device.hold(run.all);
      run.update(batch(1), 1, true);
      run.update(batch(2), 2, true);
      driver.shim_clear_log();
      run.update(batch(3), 3, true);
      List<String> log = driver.shim_log().lines().toList();
      long weightBytes = run.weights.values().stream().mapToLong(INDArray::length).sum() * 4;

      assertThat(log).noneMatch(line -> line.startsWith("allocate"));
      assertThat(bytes(log, "upload")).isLessThan(weightBytes);
      assertThat(log.stream().filter(line -> line.startsWith("download")))
          .as("the loss and the gradient's norm")
          .containsExactly("download 32");
      assertThat(log.stream().filter(line -> line.startsWith("upload")))
          .as("tokens, the passes' lists, labels, groups of positions and of tokens")
          .hasSize(1);
      assertThat(log)
          .contains("launch adamW", "launch squares", "launch crossEntropyGradient")
          .contains("launch attentionKeyGradients1", "launch cublasLtMatmul");
    }
  }

  private static long bytes(List<String> log, String what) {
    return log.stream()
        .filter(line -> line.startsWith(what))
        .mapToLong(line -> Long.parseLong(line.substring(what.length() + 1)))
        .sum();
  }

  @Test
  void getWeightsReturnsTheNewestValues() {
    TransformerConfig config = Architectures.of(Architecture.GPT2, VOCABULARY);
    try (Run run = new Run(config, "cuda");
        Run copied = new Run(config, "cuda")) {
      run.device.hold(run.all);
      run.update(batch(1), 1, true);
      copied.update(batch(1), 1, false);

      assertThat(run.model.getWeights().tokenTable().data().asFloat())
          .containsExactly(copied.weights.get("transformer.wte.weight").data().asFloat());
      assertThat(run.model.loss(batch(2))).isEqualTo(copied.model.loss(batch(2)));
      run.device.release(run.all);
    }
  }

  @Test
  void aTokenIsDecodedWithoutCopyingWeights() {
    TransformerConfig config = Architectures.of(Architecture.QWEN2, VOCABULARY);
    CudaShim.Driver driver = CudaShim.load();
    try (Run run = new Run(config, "cuda");
        Decoder decoder = run.model.decoder(batch(1), 3)) {
      decoder.advance(new int[] {1, 2, 3});
      decoder.logits();
      driver.shim_clear_log();
      decoder.advance(new int[] {4, 5, 6});
      decoder.logits();
      List<String> log = driver.shim_log().lines().toList();
      long tableBytes = run.weights.get("model.embed_tokens.weight").length() * 4;

      assertThat(bytes(log, "upload")).isLessThan(tableBytes);
      assertThat(bytes(log, "download"))
          .as("embeddings, hidden states and logits of three sequences")
          .isLessThanOrEqualTo(3L * 4 * (VOCABULARY + 3L * config.getNEmbd()));
      assertThat(log).contains("launch attend1");
    }
  }
}
