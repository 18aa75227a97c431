package io.github.coconut4j.model.internal.kernel;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.FloatPointer;

/**
 * Times the kernels alone on the shapes of the speed comparison: a training step (forward,
 * backward, AdamW) and a batched greedy generation. Arguments: shape, timed steps, threads.
 */
final class KernelBenchmark {

  /** Layers, width, heads, vocabulary, rows, question, latents, answer, new tokens. */
  private static int[] shape(String name) {
    return switch (name) {
      case "tiny" -> new int[] {2, 64, 4, 64, 32, 60, 4, 20, 16};
      case "prosqa-small" -> new int[] {2, 256, 8, 64, 32, 140, 6, 30, 24};
      case "superposition" -> new int[] {2, 768, 8, 128, 32, 120, 4, 10, 8};
      case "gpt2" -> new int[] {12, 768, 12, 50260, 2, 400, 6, 40, 16};
      default -> throw new IllegalArgumentException("Unknown shape: " + name);
    };
  }

  private final int layers;
  private final int width;
  private final int heads;
  private final int vocabulary;
  private final int rows;
  private final int question;
  private final int latents;
  private final int answer;
  private final int newTokens;
  private final int threads;
  private final int columns;
  private final Random random = new Random(0);
  private final List<FusedAdamW.Tensor> tensors = new ArrayList<>();
  private final FusedAdamW.Tensor table;
  private final TransformerParameters weights;
  private final TransformerParameters gradients;
  private final int[] tokens;

  private KernelBenchmark(int[] shape, int threads) {
    layers = shape[0];
    width = shape[1];
    heads = shape[2];
    vocabulary = shape[3];
    rows = shape[4];
    question = shape[5] + 1;
    latents = shape[6];
    answer = shape[7];
    newTokens = shape[8];
    this.threads = threads;
    columns = question + latents + 1 + answer;
    table = tensor((long) vocabulary * width, 0.02f);
    FusedAdamW.Tensor positions = tensor((long) (columns + newTokens) * width, 0.02f);
    List<FusedAdamW.Tensor[]> layerTensors = new ArrayList<>();
    for (int i = 0; i < layers; i++) {
      layerTensors.add(layer());
    }
    FusedAdamW.Tensor scale = tensor(width, 1);
    FusedAdamW.Tensor shift = tensor(width, 0.02f);
    weights = parameters(positions, layerTensors, scale, shift, FusedAdamW.Tensor::values);
    gradients = parameters(positions, layerTensors, scale, shift, FusedAdamW.Tensor::gradient);
    tokens = random.ints((long) rows * columns, 1, vocabulary - 3).toArray();
  }

  private FusedAdamW.Tensor[] layer() {
    long d = width;
    long[] sizes = {d, d, 3 * d * d, 3 * d, d * d, d, d, d, 4 * d * d, 4 * d, 4 * d * d, d};
    return Arrays.stream(sizes).mapToObj(n -> tensor(n, 0.02f)).toArray(FusedAdamW.Tensor[]::new);
  }

  private FusedAdamW.Tensor tensor(long size, float deviation) {
    FloatPointer values = new FloatPointer(size);
    float[] line = new float[width];
    for (long i = 0; i < size; i += width) {
      for (int j = 0; j < width; j++) {
        line[j] = (float) random.nextGaussian() * deviation;
      }
      new FloatAddress().at(values.address() + i * Float.BYTES).put(line, 0, width);
    }
    FusedAdamW.Tensor tensor =
        new FusedAdamW.Tensor(values, zeros(size), zeros(size), zeros(size), size, 0.01f);
    tensors.add(tensor);
    return tensor;
  }

  private static FloatPointer zeros(long size) {
    FloatPointer pointer = new FloatPointer(size);
    Floats.clear(pointer.address(), size);
    return pointer;
  }

  private static TransformerParameters parameters(
      FusedAdamW.Tensor positions,
      List<FusedAdamW.Tensor[]> layers,
      FusedAdamW.Tensor scale,
      FusedAdamW.Tensor shift,
      java.util.function.Function<FusedAdamW.Tensor, FloatPointer> part) {
    return new TransformerParameters(
        part.apply(positions),
        layers.stream()
            .map(layer -> Arrays.stream(layer).map(part).toArray(FloatPointer[]::new))
            .toList(),
        part.apply(scale),
        part.apply(shift));
  }

  private Supplier<Double> trainingStep(
      FusedTransformer transformer, TokenTable tokenTable, FusedAdamW optimiser) {
    int cells = rows * columns;
    int[] positions = IntStream.range(0, cells).map(cell -> cell % columns).toArray();
    int[] labels = new int[cells];
    for (int cell = 0; cell < cells; cell++) {
      labels[cell] = cell % columns >= columns - answer ? tokens[cell] : -100;
    }
    int[] targets = IntStream.of(labels).filter(label -> label >= 0).toArray();
    int[] ones = new int[cells];
    Arrays.fill(ones, 1);
    FloatPointer embeddings = zeros((long) cells * width);
    FloatPointer dEmbeddings = zeros((long) cells * width);
    FloatPointer hidden = zeros((long) targets.length * width);
    FloatPointer dHidden = zeros((long) targets.length * width);
    int[] latentMask = latentMask(columns);
    int[] step = {0};
    return () -> {
      LatentPlan plan = LatentPlan.forLabels(rows, columns, positions, ones, latentMask, labels);
      long[] t = new long[8];
      t[0] = System.nanoTime();
      tokenTable.lookUp(table.values(), tokens, embeddings);
      transformer.forward(plan, embeddings, weights, hidden, true);
      t[1] = System.nanoTime();
      double loss = tokenTable.crossEntropy(table.values(), hidden, targets);
      tokenTable.crossEntropyGradients(
          table.values(), hidden, targets, 1, dHidden, table.gradient());
      t[2] = System.nanoTime();
      transformer.backward(dHidden, weights, dEmbeddings, gradients, columns + newTokens);
      t[3] = System.nanoTime();
      tokenTable.addLookUpGradients(tokens, dEmbeddings, table.gradient());
      optimiser.update(tensors, new FusedAdamW.Step(1e-4f, 0.9f, 0.999f, 1e-8f, ++step[0], 1));
      t[4] = System.nanoTime();
      for (int i = 0; i < 4; i++) {
        phases.get(i).add((t[i + 1] - t[i]) / 1e6);
      }
      return loss;
    };
  }

  private final List<List<Double>> phases =
      List.of(new ArrayList<>(), new ArrayList<>(), new ArrayList<>(), new ArrayList<>());

  private int[] latentMask(int length) {
    return IntStream.range(0, rows * length)
        .map(cell -> cell % length >= question && cell % length < question + latents ? 1 : 0)
        .toArray();
  }

  private Supplier<Double> generation(FusedDecoding decoding, TokenTable tokenTable) {
    int length = question + latents + 1;
    int cells = rows * length;
    int[] prompt =
        IntStream.range(0, cells)
            .map(cell -> tokens[cell / length * columns + cell % length])
            .toArray();
    int[] positions = IntStream.range(0, cells).map(cell -> cell % length).toArray();
    int[] ones = new int[cells];
    Arrays.fill(ones, 1);
    LatentPlan plan = LatentPlan.forLastCells(rows, length, positions, ones, latentMask(length));
    FloatPointer embeddings = zeros((long) cells * width);
    FloatPointer next = zeros((long) rows * width);
    FloatPointer hidden = zeros((long) rows * width);
    FloatPointer logits = zeros((long) rows * vocabulary);
    float[] scores = new float[vocabulary];
    return () -> {
      tokenTable.lookUp(table.values(), prompt, embeddings);
      decoding.start(plan, embeddings, weights, newTokens, hidden);
      int[] chosen = new int[rows];
      int[] at = new int[rows];
      for (int i = 0; i < newTokens; i++) {
        tokenTable.logits(table.values(), hidden, rows, logits);
        for (int row = 0; row < rows; row++) {
          new FloatAddress()
              .at(logits.address() + (long) row * vocabulary * Float.BYTES)
              .get(scores, 0, vocabulary);
          chosen[row] = largest(scores);
        }
        Arrays.fill(at, length + i);
        tokenTable.lookUp(table.values(), chosen, next);
        decoding.advance(next, at, hidden);
      }
      return (double) chosen[0];
    };
  }

  private static int largest(float[] scores) {
    int best = 0;
    for (int i = 1; i < scores.length; i++) {
      if (scores[i] > scores[best]) {
        best = i;
      }
    }
    return best;
  }

  private double medianMs(Supplier<Double> work, int steps) {
    long end = System.nanoTime() + 3_000_000_000L;
    for (int i = 0; i < 3 || System.nanoTime() < end; i++) {
      work.get();
    }
    phases.forEach(List::clear);
    double[] times = new double[steps];
    for (int i = 0; i < steps; i++) {
      long start = System.nanoTime();
      work.get();
      times[i] = (System.nanoTime() - start) / 1e6;
    }
    Arrays.sort(times);
    return times[steps / 2];
  }

  public static void main(String[] arguments) {
    int steps = Integer.parseInt(arguments[1]);
    int threads = Integer.parseInt(arguments[2]);
    KernelBenchmark bench = new KernelBenchmark(shape(arguments[0]), threads);
    int inner = 4 * bench.width;
    double train;
    try (TokenTable table = new TokenTable(bench.vocabulary, bench.width, threads);
        FusedAdamW optimiser = new FusedAdamW(threads)) {
      try (FusedTransformer transformer =
          new FusedTransformer(bench.layers, bench.width, bench.heads, inner, 1e-5f, threads)) {
        train = bench.medianMs(bench.trainingStep(transformer, table, optimiser), steps);
      }
      double[] phases =
          bench.phases.stream()
              .mapToDouble(times -> times.stream().sorted().skip(steps / 2).findFirst().orElse(0.0))
              .toArray();
      try (FusedDecoding decoding =
          new FusedDecoding(bench.layers, bench.width, bench.heads, inner, 1e-5f, threads)) {
        double generate = bench.medianMs(bench.generation(decoding, table), Math.max(3, steps / 2));
        System.out.printf(
            Locale.ROOT,
            "{\"shape\": \"%s\", \"train_step_ms\": %.2f, \"generate_ms\": %.2f, \"median_ms\":"
                + " {\"forward\": %.2f, \"loss\": %.2f, \"backward\": %.2f, \"update\": %.2f}}%n",
            arguments[0],
            train,
            generate,
            phases[0],
            phases[1],
            phases[2],
            phases[3]);
      }
    }
  }
}
