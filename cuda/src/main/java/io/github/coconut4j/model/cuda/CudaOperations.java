package io.github.coconut4j.model.cuda;

import io.github.coconut4j.model.Activation;
import io.github.coconut4j.model.Precision;
import io.github.coconut4j.model.dropout.DropoutMask;
import io.github.coconut4j.model.loop.Attention;
import io.github.coconut4j.model.loop.AttentionShape;
import io.github.coconut4j.model.loop.DeviceMemory;
import io.github.coconut4j.model.loop.LayerOperations;
import io.github.coconut4j.model.loop.Linear;
import io.github.coconut4j.model.loop.MaskedRows;
import io.github.coconut4j.model.loop.Matrix;
import io.github.coconut4j.model.loop.WorkerLayout;
import java.util.Arrays;

/** The operations of a transformer's layers as kernels. */
final class CudaOperations implements LayerOperations {

  private final Gpu gpu;
  private final IndexLists indices;
  private final ColumnSums columnSums;
  private final Products products;
  private final WidenedProducts widened;
  private final Linear linear;

  /** Null if products are computed in float32. */
  private final Bfloat16Copies bfloat16;

  private final RotaryTables rotaryTables;
  private final AttentionBatch attentionBatch;

  /**
   * Makes the operations for a GPU.
   *
   * @param products closed with the operations
   * @param precision precision of the linear layers' products
   * @param hasBfloat16 whether the GPU multiplies in bfloat16
   */
  CudaOperations(Gpu gpu, Products products, Precision precision, boolean hasBfloat16) {
    this.gpu = gpu;
    this.products = products;
    indices = new IndexLists(gpu);
    columnSums = new ColumnSums(gpu);
    bfloat16 = precision == Precision.BF16 ? new Bfloat16Copies(gpu) : null;
    widened = new WidenedProducts(gpu, products, hasBfloat16);
    linear = new CudaLinear(products, new PlainProducts(gpu), columnSums, bfloat16, widened);
    rotaryTables = new RotaryTables(gpu);
    attentionBatch = new AttentionBatch(gpu, indices);
  }

  @Override
  public DeviceMemory memory() {
    return new GpuMemory(gpu);
  }

  @Override
  public void start(WorkerLayout layout) {
    start();
    attentionBatch.start(layout);
  }

  /** Starts a call with new index lists, and with weights that may have changed. */
  void start() {
    indices.clear();
    if (bfloat16 != null) {
      bfloat16.start();
    }
  }

  @Override
  public Linear linear() {
    return linear;
  }

  @Override
  public Attention attention(AttentionShape shape) {
    return new CudaAttention(gpu, attentionBatch, shape, bfloat16 != null);
  }

  @Override
  public void copyRows(Matrix source, int[] sourceRows, Matrix target, int[] targetRows) {
    if (targetRows != null && !indices.groups(targetRows).distinct()) {
      IndexLists.RowGroups groups = indices.groups(targetRows);
      int[] last = IndexLists.RowGroups.chosen(sourceRows, groups.lastRows());
      copyRows(source, last, target, groups.targets());
      return;
    }
    int count = sourceRows == null ? targetRows.length : sourceRows.length;
    gpu.launch(
        source.bfloat16() ? "copyRowsBfloat16" : "copyRows",
        Grid.rows(count, target.columns()),
        source.address(),
        indices.of(sourceRows),
        source.stride(),
        target.address(),
        indices.of(targetRows),
        target.stride(),
        (int) target.columns());
  }

  @Override
  public void addRows(Matrix a, int[] aRows, Matrix b, int[] bRows, Matrix sum, int[] sumRows) {
    if (sumRows != null && sumRows == aRows && sum.address() == a.address()) {
      addGroups(b, bRows, sum, indices.groups(sumRows)); // a row may occur twice
    } else if (sumRows == null || indices.groups(sumRows).distinct()) {
      addDistinctRows(a, aRows, b, bRows, sum, sumRows);
    } else {
      IndexLists.RowGroups groups = indices.groups(sumRows);
      int[] last = groups.lastRows();
      int[] lastA = IndexLists.RowGroups.chosen(aRows, last);
      int[] lastB = IndexLists.RowGroups.chosen(bRows, last);
      addDistinctRows(a, lastA, b, lastB, sum, groups.targets());
    }
  }

  private void addDistinctRows(
      Matrix a, int[] aRows, Matrix b, int[] bRows, Matrix sum, int[] sumRows) {
    int[] given = sumRows == null ? (aRows == null ? bRows : aRows) : sumRows;
    gpu.launch(
        "addRows",
        Grid.rows(given.length, sum.columns()),
        a.address(),
        indices.of(aRows),
        a.stride(),
        b.address(),
        indices.of(bRows),
        b.stride(),
        sum.address(),
        indices.of(sumRows),
        sum.stride(),
        (int) sum.columns());
  }

  private void addGroups(Matrix added, int[] rows, Matrix sum, IndexLists.RowGroups groups) {
    int[] chosen = groups.rowsOf(rows);
    indices.add(attentionBatch.groupsBeside(groups, chosen));
    gpu.launch(
        "addRowGroups",
        Grid.rows(groups.places().length, sum.columns()),
        added.address(),
        indices.of(chosen),
        added.stride(),
        indices.of(groups.starts()),
        indices.of(groups.places()),
        sum.address(),
        sum.stride(),
        (int) sum.columns());
  }

  private static long count(Matrix matrix) {
    return matrix.rows() * matrix.columns();
  }

  @Override
  public void copy(Matrix source, Matrix target) {
    gpu.copy(source.address(), target.address(), count(target) * Float.BYTES);
  }

  @Override
  public void clear(Matrix matrix) {
    gpu.clear(matrix.address(), count(matrix));
  }

  /** Launches a kernel that computes each element by itself; their number is its last argument. */
  private void launch(String kernel, Matrix elements, Object... values) {
    long count = count(elements);
    Object[] all = Arrays.copyOf(values, values.length + 1);
    all[values.length] = count;
    gpu.launch(kernel, Grid.elements(count), all);
  }

  @Override
  public void fill(Matrix matrix, float value) {
    launch("fill", matrix, matrix.address(), value);
  }

  @Override
  public void add(Matrix a, Matrix b, Matrix sum) {
    launch("add", sum, a.address(), b.address(), sum.address());
  }

  @Override
  public void scale(Matrix x, float factor) {
    launch("scale", x, x.address(), factor);
  }

  @Override
  public void dropout(MaskedRows rows, Matrix x, Matrix residual, Matrix y) {
    DropoutMask mask = rows.mask();
    gpu.launch(
        "dropout",
        Grid.rows(x.rows(), x.columns() / DropoutMask.BLOCK + 1),
        x.address(),
        residual == null ? 0L : residual.address(),
        y.address(),
        indices.of(rows.sequences()),
        indices.of(rows.steps()),
        draw(mask),
        (int) mask.threshold(),
        (float) mask.scale(),
        (int) x.columns());
  }

  /** The kernels' structure {@code Draw} of a mask. */
  static int[] draw(DropoutMask mask) {
    return new int[] {
      (int) mask.key(), (int) (mask.key() >>> Integer.SIZE), mask.sequence(0),
    };
  }

  @Override
  public void layerNorm(
      Matrix x, Matrix scale, Matrix shift, float epsilon, Matrix statistics, Matrix y) {
    gpu.launch(
        "layerNorm",
        Grid.rows(x.rows(), x.columns()),
        x.address(),
        x.stride(),
        scale.address(),
        shift.address(),
        y.address(),
        y.stride(),
        statistics.row(0),
        statistics.row(1),
        (int) x.columns(),
        epsilon);
  }

  @Override
  public void layerNormGradient(
      Matrix x,
      Matrix statistics,
      Matrix scale,
      float epsilon,
      Matrix dy,
      Matrix dx,
      Matrix parameterGradients) {
    // First, since dx may overwrite dy.
    columnSums.ofNorm(
        dy, x, statistics, epsilon, parameterGradients.rows(1, 1), parameterGradients.rows(0, 1));
    gpu.launch(
        "layerNormGradient",
        Grid.rows(x.rows(), x.columns()),
        x.address(),
        x.stride(),
        statistics.row(0),
        statistics.row(1),
        scale.address(),
        dy.address(),
        dy.stride(),
        dx.address(),
        dx.stride(),
        (int) x.columns(),
        epsilon);
  }

  @Override
  public void rmsNorm(Matrix x, Matrix scale, float epsilon, Matrix statistics, Matrix y) {
    gpu.launch(
        "rmsNorm",
        Grid.rows(x.rows(), x.columns()),
        x.address(),
        x.stride(),
        scale.address(),
        y.address(),
        y.stride(),
        statistics.row(0),
        (int) x.columns(),
        epsilon);
  }

  @Override
  public void rmsNormGradient(
      Matrix x,
      Matrix statistics,
      Matrix scale,
      float epsilon,
      Matrix dy,
      Matrix dx,
      Matrix scaleGradient) {
    columnSums.ofNorm(dy, x, statistics, epsilon, null, scaleGradient);
    gpu.launch(
        "rmsNormGradient",
        Grid.rows(x.rows(), x.columns()),
        x.address(),
        x.stride(),
        statistics.row(0),
        scale.address(),
        dy.address(),
        dy.stride(),
        dx.address(),
        dx.stride(),
        (int) x.columns(),
        epsilon);
  }

  /** The kernels' number of an activation. */
  private static int number(Activation f) {
    return switch (f) {
      case GELU_NEW, GELU_PYTORCH_TANH -> 0;
      case GELU -> 1;
      case RELU -> 2;
      case SILU -> 3;
    };
  }

  @Override
  public void activation(Activation f, Matrix x, Matrix y) {
    launch("activation", x, number(f), x.address(), y.address());
  }

  @Override
  public void activationGradient(Activation f, Matrix x, Matrix dy, Matrix dx) {
    launch("activationGradient", x, number(f), x.address(), dy.address(), dx.address());
  }

  @Override
  public void gate(Activation f, Matrix gate, Matrix x, Matrix y) {
    launch("gate", x, number(f), gate.address(), x.address(), y.address());
  }

  @Override
  public void gateGradient(Activation f, Matrix gate, Matrix x, Matrix dy) {
    launch("gateGradient", x, number(f), gate.address(), x.address(), dy.address());
  }

  @Override
  public void rotate(Matrix x, double[] frequencies, int[] positionIds, boolean back) {
    RotaryTables.Table table = rotaryTables.of(frequencies, positionIds);
    gpu.launch(
        "rotate",
        Grid.rows(positionIds.length, x.columns() / 2),
        x.address(),
        x.stride(),
        (int) x.columns(),
        frequencies.length,
        table.cosines(),
        table.sines(),
        indices.of(positionIds),
        back ? -1f : 1f);
  }

  @Override
  public void close() {
    try (products;
        bfloat16;
        widened;
        attentionBatch;
        rotaryTables;
        columnSums) { // closes all, even if one of them throws
      indices.close();
    }
  }
}
