package io.github.coconut4j.benchmarks;

import io.github.coconut4j.bench.BenchSizes;
import io.github.coconut4j.model.backend.Backends;
import io.github.coconut4j.model.backend.TokenTable;
import io.github.coconut4j.model.backend.WeightedLabels;
import java.util.Random;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** The loss at a batch's labels with the token table as output layer. */
@State(Scope.Benchmark)
public class CrossEntropyBenchmark extends KernelBenchmark {

  private TokenTable kernel;
  private INDArray hidden;
  private INDArray table;
  private WeightedLabels labels;
  private INDArray hiddenGradient;
  private INDArray tableGradient;

  /** Makes the kernel and what it reads and writes. */
  @Setup
  public void prepare(ShapeState shape) {
    BenchSizes sizes = shape.sizes();
    kernel =
        Backends.bestFused()
            .tokenTable(
                DataType.FLOAT,
                sizes.getTransformer().getVocabSize(),
                sizes.getTransformer().getNEmbd());
    table = shape.tokenTable();
    tableGradient = Nd4j.zerosLike(table);
    int[] tokens =
        new Random(0)
            .ints(
                (long) sizes.getRows() * sizes.getLabels(),
                0,
                sizes.getTransformer().getVocabSize())
            .toArray();
    labels = WeightedLabels.mean(tokens);
    hidden = ShapeState.noise(tokens.length, sizes.getTransformer().getNEmbd());
    hiddenGradient = Nd4j.zerosLike(hidden);
  }

  /** Only the mean loss. */
  @Benchmark
  public double loss() {
    return kernel.crossEntropy(hidden, table, labels);
  }

  /** The mean loss and both gradients. */
  @Benchmark
  public double lossAndGradients() {
    double loss = kernel.crossEntropy(hidden, table, labels);
    kernel.crossEntropyGradients(hidden, table, labels, hiddenGradient, tableGradient);
    return loss;
  }

  /** Frees native memory and threads. */
  @TearDown
  public void close() {
    kernel.close();
  }
}
