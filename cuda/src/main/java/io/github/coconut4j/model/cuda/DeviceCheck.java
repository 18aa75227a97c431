package io.github.coconut4j.model.cuda;

import io.github.coconut4j.model.Precision;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.Weights;
import io.github.coconut4j.model.backend.Backend;
import io.github.coconut4j.model.backend.Backends;
import io.github.coconut4j.model.latent.LatentBatch;
import io.github.coconut4j.model.latent.LatentTransformer;
import io.github.coconut4j.model.latent.LossGradients;
import io.github.coconut4j.model.loop.Matrix;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.FloatPointer;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Checks this machine's GPU, one part per process: {@code device}, {@code kernels}, {@code
 * products}, {@code step}, {@code attention} or {@code graphs}. Prints one line per result, and
 * exits with 1 if a result is wrong.
 */
final class DeviceCheck {

  private static final double FLOAT32 = 1e-4;
  private static final double BFLOAT16 = 0.03;
  private static final int ROWS = 4;
  private static final int COLUMNS = 40;

  /** Positions of more than two blocks of attention on tensor cores. */
  private static final int LONG = 140;

  /** The sizes of heads for which its kernels are compiled. */
  private static final int[] TENSOR_CORE_HEADS = {32, 64, 128};

  private static final int LATENTS = 3;
  private static final int VOCABULARY = 50;
  private static final int GRAPHS = 4;
  private static final int STEPS = 4;

  private boolean wrong;

  private DeviceCheck() {}

  /**
   * Runs a part.
   *
   * @param arguments the part's name
   */
  public static void main(String[] arguments) {
    DeviceCheck check = new DeviceCheck();
    switch (arguments.length == 1 ? arguments[0] : "") {
      case "device" -> check.device();
      case "kernels" -> check.kernels();
      case "products" -> check.products();
      case "step" -> check.step();
      case "attention" -> check.attention();
      case "graphs" -> check.graphs();
      default ->
          throw new IllegalArgumentException(
              "DeviceCheck needs one of device, kernels, products, step, attention and graphs but"
                  + " was given "
                  + Arrays.toString(arguments)
                  + ".");
    }
    System.exit(check.wrong ? 1 : 0);
  }

  private static void say(String what, Object value) {
    System.out.println(what + ": " + value);
  }

  private void require(boolean right, String what, double found, double most) {
    say(
        what,
        String.format(Locale.ROOT, "%.2e, at most %.0e%s", found, most, right ? "" : ", WRONG"));
    wrong |= !right;
  }

  private void device() {
    CudaLibraries.Found found = CudaLibraries.find();
    wrong = found.problem() != null;
    say("device", wrong ? found.problem() : found.description());
    if (!wrong) {
      say("compiler", KernelCompiler.version());
      say("cuBLASLt", org.bytedeco.cuda.global.cublas.cublasLtGetVersion());
      say("free MiB", CudaRuntime.get().gpu().driver().freeBytes() >> 20);
    }
  }

  /** Compiles the kernels even if the cache has them. */
  private void kernels() {
    long start = System.nanoTime();
    int capability = CudaLibraries.find().capability();
    byte[] cubin = KernelCompiler.compile(KernelCompiler.source(), capability);
    say("seconds", String.format(Locale.ROOT, "%.1f", (System.nanoTime() - start) / 1e9));
    say("cubin bytes", cubin.length);
    new DriverGpu(CudaLibraries.find().number()).load(cubin);
    say("loaded for", CudaLibraries.version(capability));
  }

  /** Compares cuBLASLt's products with those of this module's kernel. */
  private void products() {
    QueuedGpu gpu = CudaRuntime.get().gpu();
    int[][] sizes = {{37, 21, 13}, {64, 192, 64}, {129, 50, 257}};
    try (Products fast = new CublasLtProducts(gpu);
        Products plain = new PlainProducts(gpu);
        Bfloat16Copies copies = new Bfloat16Copies(gpu)) {
      for (int[] size : sizes) {
        for (int orientation = 0; orientation < 4; orientation++) {
          for (Precision precision : Precision.values()) {
            Bfloat16Copies rounding = precision == Precision.BF16 ? copies : null;
            boolean a = (orientation & 1) != 0;
            boolean b = (orientation & 2) != 0;
            double error = new ProductCheck(gpu, rounding, size, a, b).difference(fast, plain);
            require(
                error < FLOAT32,
                "product %s %s%s %s"
                    .formatted(Arrays.toString(size), a ? "T" : "N", b ? "T" : "N", precision),
                error,
                FLOAT32);
          }
        }
      }
    }
  }

  /** A product with bias and addend, computed in two ways. */
  private static final class ProductCheck {

    private final QueuedGpu gpu;
    private final Random random = new Random(5);
    private final Operand a;
    private final Operand b;
    private final Matrix bias;
    private final Matrix addend;
    private final Matrix result;

    ProductCheck(QueuedGpu gpu, Bfloat16Copies copies, int[] size, boolean ta, boolean tb) {
      this.gpu = gpu;
      Matrix first = ta ? random(size[2], size[0]) : random(size[0], size[2]);
      Matrix second = tb ? random(size[1], size[2]) : random(size[2], size[1]);
      a = new Operand(copies == null ? first : copies.first(first), ta);
      b = new Operand(copies == null ? second : copies.second(second), tb);
      bias = random(1, size[1]);
      addend = random(size[0], size[1]);
      result = random(size[0], size[1]);
    }

    private Matrix random(int rows, int columns) {
      float[] values = new float[rows * columns];
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) random.nextGaussian();
      }
      long address = new GpuMemory(gpu).require(values.length); // until the process ends
      try (FloatPointer host = new FloatPointer(values)) {
        gpu.upload(host, address, (long) values.length * Float.BYTES);
      }
      return Matrix.dense(address, rows, columns);
    }

    private float[] values(Products products) {
      products.multiply(a, b, bias, addend, result);
      float[] values = new float[Math.toIntExact(result.rows() * result.columns())];
      try (FloatPointer host = new FloatPointer(values.length)) {
        gpu.download(result.address(), host, (long) values.length * Float.BYTES);
        host.get(values);
      }
      return values;
    }

    double difference(Products one, Products other) {
      return DeviceCheck.difference(values(one), values(other));
    }
  }

  /** The length of the difference, relative to that of the second vector. */
  static double difference(float[] one, float[] other) {
    double difference = 0;
    double length = 1e-12;
    for (int i = 0; i < one.length; i++) {
      difference += Math.pow((double) one[i] - other[i], 2);
      length += Math.pow(other[i], 2);
    }
    return Math.sqrt(difference / length);
  }

  /** Runs a step twice in float32 and bfloat16, and compares with the CPU's. */
  private void step() {
    Backend cuda = Backends.named("cuda");
    Map<String, float[]> expected = step(Backends.named("onednn"), Precision.FLOAT32);
    Map<String, float[]> first = step(cuda, Precision.FLOAT32);
    compare("float32 compared with the CPU", first, expected, 10 * FLOAT32);
    compare("float32 twice", step(cuda, Precision.FLOAT32), first, 0);
    if (cuda.unsupportedReason(Precision.BF16).isEmpty()) {
      Map<String, float[]> rounded = step(cuda, Precision.BF16);
      compare("bf16 compared with the CPU", rounded, expected, BFLOAT16);
      compare("bf16 twice", step(cuda, Precision.BF16), rounded, 0);
    }
  }

  /** Prints and checks the largest difference of any gradient. */
  private void compare(
      String what, Map<String, float[]> actual, Map<String, float[]> expected, double most) {
    double worst = 0;
    for (Map.Entry<String, float[]> each : expected.entrySet()) {
      double found = difference(actual.get(each.getKey()), each.getValue());
      worst = Double.isNaN(found) ? Double.NaN : Math.max(worst, found);
    }
    require(worst <= most, what, worst, most);
  }

  /** Runs a step several times, launched kernel by kernel and as a graph. */
  private void graphs() {
    Backend cuda = Backends.named("cuda");
    QueuedGpu gpu = CudaRuntime.get().gpu();
    for (Precision precision : Precision.values()) {
      if (cuda.unsupportedReason(precision).isEmpty()) {
        gpu.keepGraphs(0);
        Map<String, float[]> direct = step(cuda, precision);
        gpu.keepGraphs(GRAPHS);
        long before = gpu.graphLaunches();
        try (LatentTransformer model = model(cuda, config(), precision)) {
          for (int step = 1; step < STEPS; step++) {
            gradients(model, COLUMNS);
          }
          compare(precision + " by graph and directly", gradients(model, COLUMNS), direct, 0);
        }
        long launched = gpu.graphLaunches() - before;
        say(precision + " launched as graphs", launched + (launched == 0 ? ", WRONG" : ""));
        wrong |= launched == 0;
      }
    }
  }

  /** Compares steps with attention on tensor cores, for each size of heads, with float32's. */
  private void attention() {
    Backend cuda = Backends.named("cuda");
    if (cuda.unsupportedReason(Precision.BF16).isPresent()) {
      say("attention", cuda.unsupportedReason(Precision.BF16).orElseThrow());
      return;
    }
    for (int head : TENSOR_CORE_HEADS) {
      TransformerConfig config =
          config().toBuilder().nPositions(LONG).nEmbd(2 * head).nHead(2).build();
      Map<String, float[]> expected = step(cuda, config, Precision.FLOAT32, LONG);
      Map<String, float[]> rounded = step(cuda, config, Precision.BF16, LONG);
      compare("heads of " + head + " in bf16 compared with float32", rounded, expected, BFLOAT16);
      Map<String, float[]> again = step(cuda, config, Precision.BF16, LONG);
      compare("heads of " + head + " twice", again, rounded, 0);
    }
  }

  private static Map<String, float[]> step(Backend backend, Precision precision) {
    return step(backend, config(), precision, COLUMNS);
  }

  private static Map<String, float[]> step(
      Backend backend, TransformerConfig config, Precision precision, int columns) {
    try (LatentTransformer model = model(backend, config, precision)) {
      return gradients(model, columns);
    }
  }

  private static TransformerConfig config() {
    return TransformerConfig.builder()
        .vocabSize(VOCABULARY)
        .nPositions(COLUMNS)
        .nEmbd(64)
        .nLayer(2)
        .nHead(4)
        .initializerRange(0.1)
        .build();
  }

  private static LatentTransformer model(
      Backend backend, TransformerConfig config, Precision precision) {
    return LatentTransformer.create(config, Weights.initial(config, 3), backend, precision);
  }

  private static Map<String, float[]> gradients(LatentTransformer model, int columns) {
    Map<String, float[]> values = new LinkedHashMap<>();
    try (LossGradients gradients = model.gradients(batch(columns))) {
      values.put("loss", new float[] {(float) gradients.getLoss()});
      gradients
          .getGradients()
          .forEach((name, array) -> values.put(name, array.dup('c').data().asFloat()));
    }
    return values;
  }

  /** A batch whose sequences are a question of half their length, latents and labels. */
  private static LatentBatch batch(int columns) {
    Random random = new Random(6);
    int[][] tokens = new int[ROWS][columns];
    int[][] positions = new int[ROWS][];
    int[][] mask = new int[ROWS][columns];
    int[][] latents = new int[ROWS][columns];
    int[][] labels = new int[ROWS][columns];
    int first = columns / 2;
    for (int row = 0; row < ROWS; row++) {
      Arrays.setAll(tokens[row], column -> 1 + random.nextInt(VOCABULARY - 1));
      positions[row] = IntStream.range(0, columns).toArray();
      Arrays.fill(mask[row], 1);
      Arrays.fill(latents[row], first, first + LATENTS, 1);
      labels[row] = tokens[row].clone();
      Arrays.fill(labels[row], 0, first + LATENTS + 1, LatentBatch.IGNORED_LABEL);
    }
    return LatentBatch.builder()
        .inputIds(Nd4j.createFromArray(tokens))
        .positionIds(Nd4j.createFromArray(positions))
        .attentionMask(Nd4j.createFromArray(mask))
        .latentMask(Nd4j.createFromArray(latents))
        .labels(Nd4j.createFromArray(labels))
        .build();
  }
}
