package io.github.coconut4j.model.cuda;

import io.github.coconut4j.model.Architecture;
import io.github.coconut4j.model.Precision;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.Weights;
import io.github.coconut4j.model.backend.Backend;
import io.github.coconut4j.model.backend.Backends;
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
import io.github.coconut4j.model.loop.AttentionShape;
import io.github.coconut4j.model.loop.Matrix;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.FloatPointer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Runs every kernel in each order of threads and compares the results with the CPU's. {@link
 * InjectedFaultsTest} runs it on faulty kernels. It exits with 1 if a result is wrong.
 */
final class KernelCheck {

  private static final int ORDERS = 5;
  private static final int VOCABULARY = 41;

  private KernelCheck() {}

  /**
   * Checks one part of the kernels.
   *
   * @param args {@code attention}, the kernels on tensor cores; {@code steps}, all others; or
   *     {@code numbers}, attention whose queries are numbered from 2^30 on
   */
  public static void main(String[] args) {
    CudaShim.Driver driver = CudaShim.load();
    System.setProperty("coconut4j.cuda.products", "plain");
    if ("attention".equals(args[0])) {
      checkAttention(driver, new AttentionShape(2, 1, 48, 0.2f), AttentionRun.SHORT, true);
      checkAttention(driver, new AttentionShape(2, 2, 16, 0.2f), AttentionRun.LONG, false);
    } else if ("numbers".equals(args[0])) {
      for (Precision precision : Precision.values()) {
        checkNumbers(precision);
      }
    } else {
      checkSteps(driver);
    }
    System.exit(0);
  }

  /** Indices of the queries' statistics then exceed 32 bits; the results must not change. */
  private static void checkNumbers(Precision precision) {
    AttentionShape shape = new AttentionShape(2, 1, 16, 0.2f);
    AttentionRun run = new AttentionRun(shape, AttentionRun.SHORT, 0.2, true);
    AttentionRun shifted = new AttentionRun(shape, AttentionRun.SHORT, 0.2, true);
    Map<String, float[]> expected = run.run(precision);
    Map<String, float[]> actual =
        shifted.run(precision, new ShiftedQueries(CudaRuntime.get().gpu()));
    for (Map.Entry<String, float[]> each : expected.entrySet()) {
      if (!Arrays.equals(each.getValue(), actual.get(each.getKey()))) {
        throw found(shape, 0, "other bits in " + each.getKey() + " of shifted queries");
      }
    }
  }

  private static void checkSteps(CudaShim.Driver driver) {
    for (TransformerConfig config : configs()) {
      List<float[]> expected = step(config, Backends.named("onednn"));
      List<float[]> first = null;
      for (int order = 0; order < ORDERS; order++) {
        setOrder(driver, order);
        List<float[]> actual;
        try {
          actual = step(config, Backends.named("cuda"));
        } catch (RuntimeException | OutOfMemoryError e) {
          throw found(config, order, e.getMessage());
        }
        first = first == null ? actual : first;
        compare(config, order, first, actual, expected);
      }
    }
    checkRounding(driver);
  }

  private static void checkAttention(
      CudaShim.Driver driver, AttentionShape shape, LatentBatch batch, boolean queriedOnly) {
    Map<String, float[]> expected =
        new AttentionRun(shape, batch, 0.2, queriedOnly).run(Precision.FLOAT32);
    Map<String, float[]> first = null;
    for (int order = 0; order < ORDERS; order++) {
      setOrder(driver, order);
      Map<String, float[]> actual;
      try {
        actual = new AttentionRun(shape, batch, 0.2, queriedOnly).run(Precision.BF16);
      } catch (RuntimeException e) {
        throw found(shape, order, e.getMessage());
      }
      first = first == null ? actual : first;
      for (Map.Entry<String, float[]> each : expected.entrySet()) {
        String name = each.getKey();
        if (!Arrays.equals(first.get(name), actual.get(name))) {
          throw found(shape, order, "other bits in " + name);
        }
        double error = DeviceCheck.difference(actual.get(name), each.getValue());
        if (!(error < AttentionRun.ROUNDING)) {
          throw found(shape, order, name + " is off by " + error);
        }
      }
    }
  }

  /** Values are rounded to the nearest bfloat16 value, ties to even. */
  private static void checkRounding(CudaShim.Driver driver) {
    TransformerConfig config = configs().get(0);
    float[] values = new float[70];
    float[] rounded = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = 1 + i / 512f; // bfloat16 has steps of 1 / 128 here
      rounded[i] = 1 + (float) Math.rint(i / 4.0) / 128;
    }
    for (int order = 0; order < ORDERS; order++) {
      setOrder(driver, order);
      if (!Arrays.equals(timesOne(values), rounded)) {
        throw found(config, order, "rounding to bfloat16");
      }
    }
  }

  /** The product of a column, whose first value is 1, and that value, both rounded to bfloat16. */
  private static float[] timesOne(float[] values) {
    QueuedGpu gpu = CudaRuntime.get().gpu();
    long bytes = (long) values.length * Float.BYTES;
    float[] result = new float[values.length];
    try (GpuMemory given = new GpuMemory(gpu);
        GpuMemory made = new GpuMemory(gpu);
        Bfloat16Copies copies = new Bfloat16Copies(gpu);
        FloatPointer host = new FloatPointer(values)) {
      Matrix column = Matrix.dense(given.require(values.length), values.length, 1);
      gpu.upload(host, column.address(), bytes);
      Matrix product = Matrix.dense(made.require(values.length), values.length, 1);
      Operand left = Operand.of(copies.first(column));
      Operand one = Operand.of(copies.second(column.rows(0, 1)));
      new PlainProducts(gpu).multiply(left, one, null, null, product);
      gpu.download(product.address(), host, bytes);
      host.get(result);
    }
    return result;
  }

  /** Both families, and parallel latents, whose positions are computed in several passes. */
  private static List<TransformerConfig> configs() {
    TransformerConfig gpt2 = wide(Architectures.of(Architecture.GPT2, VOCABULARY));
    TransformerConfig qwen3 = wide(Architectures.of(Architecture.QWEN3, VOCABULARY));
    return List.of(gpt2, qwen3, gpt2.toBuilder().latentIterations(2).build());
  }

  /** A width above a warp's 32 threads, so that several warps share a row. */
  private static TransformerConfig wide(TransformerConfig config) {
    return config.isLlamaFamily()
        ? config.toBuilder().nEmbd(40).build()
        : config.toBuilder().nEmbd(40).nHead(2).build();
  }

  /** Races that no order shows are looked for in the first: the others would find the same. */
  private static void setOrder(CudaShim.Driver driver, int order) {
    driver.shim_order(order);
    driver.shim_find_races(order == 0 ? 1 : 0);
  }

  private static IllegalStateException found(Object where, int order, String what) {
    System.out.println("FOUND " + where + ", order " + order + ": " + what);
    System.exit(1);
    return new IllegalStateException();
  }

  private static void compare(
      TransformerConfig config,
      int order,
      List<float[]> first,
      List<float[]> actual,
      List<float[]> expected) {
    for (int i = 0; i < expected.size(); i++) {
      if (!Arrays.equals(first.get(i), actual.get(i))) {
        throw found(config, order, "other bits in result " + i);
      }
      double error = DeviceCheck.difference(actual.get(i), expected.get(i));
      if (!(error < 1e-3)) {
        throw found(config, order, "result " + i + " is off by " + error);
      }
    }
  }

  /** Loss, gradients, their norm, updated values and decoded logits; also of bfloat16 weights. */
  private static List<float[]> step(TransformerConfig config, Backend backend) {
    LatentBatch batch = Batches.of(VOCABULARY, 3, "..wwww**wlll", "wwwwww***lll", "....ww*wwll.");
    Weights weights = Weights.initial(config, 4);
    Dropout dropout = new Dropout(new DropoutRates(0.2, 0.1, 0.3), 5, 6);
    List<float[]> results = new ArrayList<>();
    try (LatentTransformer model =
            LatentTransformer.create(config, weights, backend, Precision.FLOAT32);
        OptimizerStep optimizer = backend.optimizerStep()) {
      try (LossGradients gradients = model.gradients(batch, Objective.CROSS_ENTROPY, dropout)) {
        results.add(new float[] {(float) gradients.getLoss()});
        Map<String, INDArray> arrays = gradients.getGradients();
        arrays.values().forEach(array -> results.add(array.dup('c').data().asFloat()));
        results.add(new float[] {(float) optimizer.norm(arrays.values())});
      }
      results.add(adamW(optimizer));
      results.add(decoded(model, batch));
      results.add(new float[] {(float) model.loss(continued())});
    }
    Weights narrow = weights.castTo(DataType.BFLOAT16);
    try (LatentTransformer model =
        LatentTransformer.create(config, narrow, backend, Precision.FLOAT32)) {
      results.add(new float[] {(float) model.loss(batch)});
      results.add(decoded(model, batch));
    }
    return results;
  }

  /** Sequences with two continuations each, which do not attend to each other. */
  private static LatentBatch continued() {
    String[] pictures = {"ww***wllwwll", ".w**wllwll.."};
    String[] segments = {"112222223333", "012222233300"};
    return Batches.withContinuations(VOCABULARY, 3, pictures, segments);
  }

  private static float[] decoded(LatentTransformer model, LatentBatch batch) {
    try (Decoder decoder = model.decoder(batch, 1)) {
      decoder.advance(new int[] {1, 2, 3});
      return decoder.logits().dup('c').data().asFloat();
    }
  }

  /** Parameters of one chunk and of several. */
  private static float[] adamW(OptimizerStep optimizer) {
    List<OptimizerStep.Parameter<INDArray>> parameters = new ArrayList<>();
    List<INDArray> changed = new ArrayList<>();
    for (int length : new int[] {700, 5000, 300}) {
      INDArray values = Nd4j.linspace(1, 2, length).castTo(DataType.FLOAT);
      INDArray first = values.mul(0.1);
      INDArray second = values.mul(0.2);
      parameters.add(new OptimizerStep.Parameter<>(values, values.mul(3), first, second));
      changed.addAll(List.of(values, first, second));
    }
    OptimizerStep.Settings settings =
        OptimizerStep.Settings.builder()
            .learningRate(0.1)
            .weightDecay(0.2)
            .gradientFactor(0.5)
            .step(3)
            .build();
    optimizer.adamW(parameters, settings);
    return Nd4j.concat(0, changed.toArray(INDArray[]::new)).data().asFloat();
  }
}
