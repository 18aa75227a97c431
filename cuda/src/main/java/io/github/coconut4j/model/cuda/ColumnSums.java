package io.github.coconut4j.model.cuda;

import io.github.coconut4j.model.loop.Matrix;

/** Sums of columns: the gradients of biases and of the parameters of norms. */
final class ColumnSums implements AutoCloseable {

  /** Columns of a block, and threads per column. */
  private static final int COLUMNS = 32;

  private static final int THREADS = 8;

  /** Rows per block; more if there would be too many blocks. */
  private static final long CHUNK = 128;

  private static final long MOST_CHUNKS = 1024;

  private final Gpu gpu;
  private final GpuMemory parts;

  ColumnSums(Gpu gpu) {
    this.gpu = gpu;
    parts = new GpuMemory(gpu);
  }

  /** Sums the columns of dy. */
  void of(Matrix dy, boolean accumulate, Matrix sums) {
    run(dy, null, null, 0, accumulate, sums, null);
  }

  /**
   * Adds to the gradients of a norm's parameters.
   *
   * @param statistics [2, n], means and variances, or [1, n], mean squares
   * @param sums [1, d], to which the sums of dy are added: the gradient of the shift; may be null
   * @param scaled [1, d], to which the sums of dy times normalised x are added: the gradient of the
   *     scale
   */
  void ofNorm(Matrix dy, Matrix x, Matrix statistics, float epsilon, Matrix sums, Matrix scaled) {
    run(dy, x, statistics, epsilon, true, sums, scaled);
  }

  private void run(
      Matrix dy,
      Matrix x,
      Matrix statistics,
      float epsilon,
      boolean accumulate,
      Matrix sums,
      Matrix scaled) {
    long width = dy.columns();
    long chunk = Math.max(CHUNK, Grid.ceiling(dy.rows(), MOST_CHUNKS));
    long chunks = Grid.ceiling(dy.rows(), chunk);
    long sumParts = parts.require(2 * Math.max(1, chunks) * width);
    long scaledParts = sumParts + chunks * width * Float.BYTES;
    boolean hasMeans = statistics != null && statistics.rows() == 2;
    gpu.launch(
        "columnSums",
        new Grid(Grid.ceiling(width, COLUMNS), chunks, COLUMNS, THREADS),
        dy.address(),
        dy.stride(),
        x == null ? 0L : x.address(),
        x == null ? 0L : x.stride(),
        hasMeans ? statistics.row(0) : 0L,
        statistics == null ? 0L : statistics.row(statistics.rows() - 1),
        epsilon,
        sums == null ? 0L : sumParts,
        scaled == null ? 0L : scaledParts,
        (int) dy.rows(),
        (int) width,
        (int) chunk);
    addUp(sumParts, chunks, accumulate, sums);
    addUp(scaledParts, chunks, accumulate, scaled);
  }

  private void addUp(long address, long rows, boolean accumulate, Matrix target) {
    if (target != null) {
      gpu.launch(
          "addParts",
          Grid.elements(target.columns()),
          address,
          (int) rows,
          (int) target.columns(),
          target.address(),
          accumulate ? 1 : 0);
    }
  }

  @Override
  public void close() {
    parts.close();
  }
}
