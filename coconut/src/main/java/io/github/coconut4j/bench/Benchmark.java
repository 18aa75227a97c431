package io.github.coconut4j.bench;

import io.github.coconut4j.generate.TokenSampler;
import io.github.coconut4j.model.ParameterLayout;
import io.github.coconut4j.model.Precision;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.Weights;
import io.github.coconut4j.model.backend.DeviceArrays;
import io.github.coconut4j.model.dropout.Dropout;
import io.github.coconut4j.model.dropout.DropoutRates;
import io.github.coconut4j.model.internal.Arguments;
import io.github.coconut4j.model.latent.Decoder;
import io.github.coconut4j.model.latent.LatentBatch;
import io.github.coconut4j.model.latent.LatentLoops;
import io.github.coconut4j.model.latent.LatentTransformer;
import io.github.coconut4j.model.latent.LossGradients;
import io.github.coconut4j.model.latent.Objective;
import io.github.coconut4j.model.memory.ActivationForecast;
import io.github.coconut4j.model.memory.NativeMemory;
import io.github.coconut4j.train.AdamW;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.apache.commons.math3.stat.descriptive.rank.Median;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Times one shape: some warm-up rounds, then the median. The work is that of the PyTorch peer:
 * random tokens without padding, logits only for labels, AdamW on all parameters, greedy generation
 * without an end-of-sequence token.
 */
public final class Benchmark {

  /** Smallest number of rounds before those that count; they compile kernels and touch memory. */
  private static final int WARM_UP_ROUNDS = 2;

  /** Warm-up ends when the compiler has been idle, within these bounds. */
  private static final double LEAST_WARM_UP_SECONDS = 12;

  private static final double MOST_WARM_UP_SECONDS = 60;

  private static final double LEARNING_RATE = 1e-4;
  private static final double WEIGHT_DECAY = 0.01;

  /** Arrays per parameter: values, gradient, two moments. */
  private static final int STATES = 4;

  private final BenchShape shape;
  private final BenchSizes sizes;
  private final LatentLoops loop;
  private final Precision precision;
  private final double dropout;
  private final int threads;

  /** Number of updates done, for their dropout masks. */
  private long updates;

  /**
   * @param rows number of rows, at least 1; null for the shape's
   * @param precision precision of the training step's linear layers
   * @param dropout dropout rate in [0, 1) of the training step
   * @param threads number of threads for the result; the kernels' threads must be set before
   */
  public Benchmark(
      BenchShape shape,
      Integer rows,
      LatentLoops loop,
      Precision precision,
      double dropout,
      int threads) {
    this.shape = Arguments.requireNonNull(shape, "shape", "Take one of BenchShape.");
    Arguments.requireNonNull(loop, "loop", "Take LatentLoops.AUTO.");
    Arguments.requireNonNull(precision, "precision", "Take Precision.FLOAT32.");
    if (rows != null) {
      Arguments.requireAtLeast(rows, 1, "rows");
    }
    sizes = rows == null ? shape.getSizes() : shape.getSizes().withRows(rows);
    this.loop = loop;
    this.precision = precision;
    this.dropout = dropout;
    this.threads = threads;
  }

  /**
   * Runs both measurements.
   *
   * @param steps number of measured training steps, at least 1; half as many generations are
   *     measured, at least 3
   * @param implementation name and version of this library
   */
  public BenchResult run(int steps, String implementation) throws IOException {
    Arguments.requireAtLeast(steps, 1, "steps");
    requireRoom(sizes.config(), NativeMemory.limit());
    Weights weights = Weights.initial(sizes.config(), 0);
    try (LatentTransformer model =
            LatentTransformer.create(sizes.config(), weights, loop, precision);
        AdamW optimizer = AdamW.of(model, WEIGHT_DECAY)) {
      LatentBatch batch = BenchBatches.training(sizes);
      List<INDArray> resident = new ArrayList<>(weights.asMap().values());
      resident.addAll(optimizer.state().values());
      DeviceArrays device = model.getBackend().deviceArrays();
      device.hold(resident); // as a training run does between updates
      double step = median(steps, () -> trainingStep(model, optimizer, batch));
      device.release(resident);
      LatentBatch prompts = BenchBatches.prompts(sizes);
      double generation =
          median(Math.max(3, steps / 2), () -> generate(model, prompts, sizes.getNewTokens()));
      return BenchResult.builder()
          .implementation(implementation + settings())
          .loop(model.isFused() ? "fused" : "unrolled")
          .shape(shape.toString())
          .rows(sizes.getRows())
          .device(model.getBackend().deviceKind().name().toLowerCase(Locale.ROOT))
          .threads(threads)
          .trainStepMs(step)
          .generateMs(generation)
          .generateTokensPerSecond(sizes.getRows() * sizes.getNewTokens() / generation * 1e3)
          .peakRssMb(PeakMemory.mebibytes())
          .build();
    }
  }

  /** The settings that differ from the defaults. */
  private String settings() {
    return (precision == Precision.BF16 ? " bf16" : "")
        + (dropout == 0 ? "" : " dropout " + dropout);
  }

  /**
   * Rejects a shape that does not fit, since ND4J ends the process if the system denies it memory.
   *
   * @throws IllegalArgumentException if weights, gradients, AdamW's moments and activations take
   *     more
   */
  void requireRoom(TransformerConfig config, long limit) {
    double bytes = STATES * Float.BYTES * ParameterLayout.valueCount(config);
    double activations = ActivationForecast.bytes(config, sizes.getRows(), sizes.columns());
    if (bytes + activations > limit) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "The shape %s needs at least %.1f GiB for weights, gradients and AdamW's moments, and %.1f GiB for %d rows, but may use %.1f GiB. Choose a smaller one, fewer --rows, or a machine with more memory.",
              shape,
              bytes / (1L << 30),
              activations / (1L << 30),
              sizes.getRows(),
              limit / (double) (1L << 30)));
    }
  }

  private void trainingStep(LatentTransformer model, AdamW optimizer, LatentBatch batch) {
    Dropout own = new Dropout(DropoutRates.of(model.getConfig(), dropout), 0, updates++);
    try (LossGradients gradients = model.gradients(batch, Objective.CROSS_ENTROPY, own)) {
      optimizer.update(gradients.getGradientsOnDevice(), LEARNING_RATE);
    }
  }

  private static void generate(LatentTransformer model, LatentBatch prompts, int newTokens) {
    TokenSampler greedy = TokenSampler.greedy();
    try (Decoder decoder = model.decoder(prompts, newTokens)) {
      for (int i = 0; i < newTokens; i++) {
        float[][] logits = decoder.logitRows();
        int[] likeliest = new int[logits.length];
        Arrays.setAll(likeliest, row -> greedy.next(logits[row], row));
        decoder.advance(likeliest);
      }
    }
  }

  private static double median(int rounds, Runnable work) {
    warmUp(work);
    double[] milliseconds = new double[rounds];
    for (int i = 0; i < rounds; i++) {
      long start = System.nanoTime();
      work.run();
      milliseconds[i] = seconds(start) * 1e3;
    }
    return new Median().evaluate(milliseconds);
  }

  private static void warmUp(Runnable work) {
    long begin = System.nanoTime();
    CompilerActivity compiler = new CompilerActivity();
    for (int i = 0;
        i < WARM_UP_ROUNDS
            || seconds(begin) < LEAST_WARM_UP_SECONDS
            || (seconds(begin) < MOST_WARM_UP_SECONDS && !compiler.isIdle());
        i++) {
      work.run();
    }
  }

  private static double seconds(long since) {
    return (System.nanoTime() - since) / 1e9;
  }
}
