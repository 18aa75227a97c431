package io.github.coconut4j.benchmarks;

import static io.github.coconut4j.benchmarks.InterleavedRounds.time;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.github.coconut4j.bench.BenchShape;
import io.github.coconut4j.bench.BenchSizes;
import io.github.coconut4j.bench.NeededArithmetic;
import io.github.coconut4j.model.Precision;
import io.github.coconut4j.model.backend.CpuThreads;
import java.util.List;

/**
 * How fast this machine multiplies matrices of a shape's size, [m, k] by [k, n], and how much
 * arithmetic the shape's training step needs.
 *
 * @param together GFLOP/s of one product for all threads
 * @param apart GFLOP/s of a single-threaded product in each worker
 * @param stepOperations floating-point operations, in 10⁹, by {@link NeededArithmetic}
 */
record ProductRate(
    String library,
    String java,
    String shape,
    int threads,
    long m,
    long n,
    long k,
    @JsonProperty("together_gflops") double together,
    @JsonProperty("apart_gflops") double apart,
    @JsonProperty("step_gflop") double stepOperations) {

  /**
   * Measures the feed-forward layer's product over all positions of the batch, the largest of a
   * layer. GPT-2's logits are a larger one, but bound by reading the token table once, so that a
   * step would be measured against a lower rate.
   */
  static ProductRate measure(BenchShape shape, InterleavedRounds rounds) {
    BenchSizes sizes = shape.getSizes();
    long m = (long) sizes.getRows() * sizes.columns();
    long n = sizes.config().innerSize();
    long k = sizes.getTransformer().getNEmbd();
    double[] milliseconds = milliseconds(m, n, k, rounds);
    double operations = 2.0 * m * n * k;
    return new ProductRate(
        Products.library(),
        Runtime.version().toString(),
        shape.toString(),
        CpuThreads.count(),
        m,
        n,
        k,
        operations / milliseconds[0] / 1e6,
        operations / milliseconds[1] / 1e6,
        new NeededArithmetic(sizes).trainingOperations() / 1e9);
  }

  private static double[] milliseconds(long m, long n, long k, InterleavedRounds rounds) {
    try (Products products = new Products(Precision.FLOAT32, m, n, k)) {
      InterleavedRounds.Work both =
          () -> new double[] {time(products::together), time(products::apart)};
      return rounds.medians(List.of(both)).get(0);
    }
  }
}
