package io.github.coconut4j.model.cuda;

import io.github.coconut4j.model.Precision;
import io.github.coconut4j.model.dropout.Dropout;
import io.github.coconut4j.model.dropout.DropoutRates;
import io.github.coconut4j.model.dropout.DropoutSite;
import io.github.coconut4j.model.latent.BatchLayout;
import io.github.coconut4j.model.latent.Batches;
import io.github.coconut4j.model.latent.LatentBatch;
import io.github.coconut4j.model.loop.Attention;
import io.github.coconut4j.model.loop.AttentionShape;
import io.github.coconut4j.model.loop.MaskedRows;
import io.github.coconut4j.model.loop.Matrix;
import io.github.coconut4j.model.loop.Pass;
import io.github.coconut4j.model.loop.WorkerLayout;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import lombok.RequiredArgsConstructor;
import org.bytedeco.javacpp.FloatPointer;

/**
 * One layer's attention over a batch's passes, forward and backward. Its random inputs are bfloat16
 * values, so kernels that round their inputs differ only in intermediate results.
 */
@RequiredArgsConstructor
final class AttentionRun {

  /** Padding on both sides, more than a block's 64 columns, and passes of one column. */
  static final LatentBatch LONG =
      Batches.of(
          9,
          3,
          "...".repeat(7) + "w".repeat(50) + "**" + "w".repeat(20) + "lll",
          "w".repeat(71) + "*" + "w".repeat(15) + "l" + ".".repeat(8),
          "..." + "w".repeat(68) + "**" + "w".repeat(19) + "llll");

  static final LatentBatch SHORT =
      Batches.of(9, 3, "...".repeat(3) + "w".repeat(20) + "**" + "l".repeat(17), "w".repeat(48));

  /** Sequences with two continuations each, which begin and end within blocks. */
  static final LatentBatch CONTINUED =
      Batches.withContinuations(
          9,
          3,
          new String[] {
            "w".repeat(30) + "**" + "w".repeat(20) + "ll" + "w".repeat(30) + "ll",
            "...."
                + "w".repeat(26)
                + "**"
                + "w".repeat(10)
                + "ll"
                + "w".repeat(20)
                + "ll"
                + ".".repeat(20)
          },
          new String[] {
            "1".repeat(30) + "2".repeat(24) + "3".repeat(32),
            "0000" + "1".repeat(26) + "2".repeat(14) + "3".repeat(22) + "0".repeat(20)
          });

  /** Largest relative error if probabilities and dS are rounded to bfloat16. */
  static final double ROUNDING = 4e-3;

  /** Values between rows of queries, as if keys and values were in the same rows. */
  private static final int GAP = 6;

  private final AttentionShape shape;
  private final LatentBatch batch;

  /** Dropout rate of the probabilities; 0 for none. */
  private final double dropout;

  /** Whether only some positions have queries, as in the last layer. */
  private final boolean queriedOnly;

  private final QueuedGpu gpu = CudaRuntime.get().gpu();
  private final List<GpuMemory> memories = new ArrayList<>();
  private final Random random = new Random(11);
  private final Map<String, Matrix> results = new LinkedHashMap<>();

  /** Outputs and gradients of each pass, by precision of the operations. */
  Map<String, float[]> run(Precision precision) {
    return run(precision, gpu);
  }

  /**
   * Outputs and gradients with kernels that another GPU launches on this one's memory.
   *
   * @param kernels launches the kernels
   */
  Map<String, float[]> run(Precision precision, Gpu kernels) {
    BatchLayout layout = queriedOnly ? BatchLayout.of(batch, queried()) : BatchLayout.of(batch);
    WorkerLayout worker = new WorkerLayout(layout);
    Map<String, float[]> values = new LinkedHashMap<>();
    try (CudaOperations operations =
            new CudaOperations(kernels, new PlainProducts(kernels), precision, true);
        Attention attention = operations.attention(shape)) {
      operations.start(worker);
      attention.start(layout.sequences(), layout.steps(), true);
      List<Runnable> backward = new ArrayList<>();
      worker.passes().forEach(pass -> backward.add(0, forward(attention, pass)));
      attention.startGradients();
      backward.forEach(Runnable::run);
      results.forEach((name, matrix) -> values.put(name, read(matrix)));
    } finally {
      memories.forEach(GpuMemory::close);
    }
    return values;
  }

  /** All positions of the first sequence and every second one of the others, from the third. */
  private int[] queried() {
    List<Integer> positions = new ArrayList<>();
    int columns = (int) batch.getLabels().size(1);
    for (int row = 0; row < batch.getLabels().size(0); row++) {
      for (int t = 2; t < columns; t += row == 0 ? 1 : 2) {
        positions.add(row * columns + t);
      }
    }
    return positions.stream().mapToInt(Integer::intValue).toArray();
  }

  /** Runs a pass and returns its backward pass. */
  private Runnable forward(Attention attention, Pass pass) {
    int width = shape.heads() * shape.headSize();
    int count = Math.toIntExact(pass.queries(queriedOnly));
    int rows = Math.toIntExact(pass.rows());
    MaskedRows masked =
        dropout == 0
            ? null
            : new MaskedRows(
                new Dropout(new DropoutRates(dropout, 0, 0), 5, 6).mask(DropoutSite.ATTENTION, 1),
                null,
                null,
                null);
    Matrix queries = random(count, width);
    Matrix output = result("output", pass, count, width);
    attention.store(pass, random(rows, shape.keyValueWidth()), random(rows, shape.keyValueWidth()));
    attention.forward(pass, queriedOnly, queries, masked, output);
    Matrix outputGradient = random(count, width);
    Matrix queryGradient = result("dq", pass, count, width);
    Matrix keyGradient = result("dk", pass, rows, shape.keyValueWidth());
    Matrix valueGradient = result("dv", pass, rows, shape.keyValueWidth());
    return () -> {
      attention.backward(pass, queriedOnly, queries, masked, outputGradient, queryGradient);
      attention.keyValueGradients(pass, keyGradient, valueGradient);
    };
  }

  private long allocate(long floats) {
    GpuMemory memory = new GpuMemory(gpu);
    memories.add(memory);
    return memory.require(Math.max(1, floats));
  }

  private Matrix result(String name, Pass pass, int rows, int width) {
    Matrix made = Matrix.dense(allocate((long) rows * width), rows, width);
    results.put(name + " of pass " + pass.index(), made);
    return made;
  }

  private Matrix random(int rows, int width) {
    float[] values = new float[rows * (width + GAP)];
    for (int i = 0; i < values.length; i++) {
      values[i] =
          Float.intBitsToFloat(Float.floatToIntBits((float) random.nextGaussian()) & ~0xffff);
    }
    long address = allocate(values.length);
    if (values.length > 0) {
      try (FloatPointer host = new FloatPointer(values)) {
        gpu.upload(host, address, (long) values.length * Float.BYTES);
      }
    }
    return new Matrix(address, rows, width, width + GAP, null);
  }

  private float[] read(Matrix matrix) {
    float[] values = new float[Math.toIntExact(matrix.rows() * matrix.columns())];
    if (values.length > 0) {
      try (FloatPointer host = new FloatPointer(values.length)) {
        gpu.download(matrix.address(), host, (long) values.length * Float.BYTES);
        host.get(values);
      }
    }
    return values;
  }
}
