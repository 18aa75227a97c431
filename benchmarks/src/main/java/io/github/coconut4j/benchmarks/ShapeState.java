package io.github.coconut4j.benchmarks;

import io.github.coconut4j.bench.BenchBatches;
import io.github.coconut4j.bench.BenchShape;
import io.github.coconut4j.bench.BenchSizes;
import io.github.coconut4j.model.ParameterLayout;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.Weights;
import io.github.coconut4j.model.latent.LatentBatch;
import java.util.List;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** A transformer of a shape with random weights, and its batches. */
@State(Scope.Benchmark)
public class ShapeState {

  /** By default all but those that not every machine has the memory for. */
  @Param({"TINY", "PROSQA_SMALL", "SUPERPOSITION", "GPT2", "LLAMA_SMALL"})
  private BenchShape shape;

  private Weights weights;

  /** Draws the weights. */
  @Setup
  public void drawWeights() {
    weights = Weights.initial(config(), 0);
  }

  BenchSizes sizes() {
    return shape.getSizes();
  }

  TransformerConfig config() {
    return sizes().config();
  }

  Weights weights() {
    return weights;
  }

  INDArray tokenTable() {
    return weights.tokenTable();
  }

  /** All but the tables of tokens and outputs, as the kernels read them. */
  List<INDArray> loopParameters() {
    return ParameterLayout.of(config()).loopParameters().stream()
        .map(parameter -> weights.get(parameter.name()))
        .toList();
  }

  LatentBatch trainingBatch() {
    return BenchBatches.training(sizes());
  }

  LatentBatch prompts() {
    return BenchBatches.prompts(sizes());
  }

  /** Positions b · T + t before each label. */
  int[] positionsBeforeLabels() {
    int columns = sizes().columns();
    return IntStream.range(0, sizes().getRows() * columns)
        .filter(position -> position % columns >= columns - 1 - sizes().getLabels())
        .filter(position -> position % columns < columns - 1)
        .toArray();
  }

  static INDArray noise(long... shape) {
    return Nd4j.randn(DataType.FLOAT, shape);
  }

  static List<INDArray> likeEach(List<INDArray> arrays) {
    return arrays.stream().map(Nd4j::zerosLike).toList();
  }
}
