package io.github.coconut4j.model.op;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.coconut4j.model.Precision;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.api.OutAndGrad;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Loops, tables and losses of one graph each give what they give alone. */
class SeveralModelsInAGraphTest {

  private final List<SameDiff> graphs = new ArrayList<>();

  @AfterEach
  void close() {
    graphs.forEach(JavaOpSession::closeAll);
  }

  private SameDiff graph() {
    SameDiff graph = SameDiff.create();
    graphs.add(graph);
    return graph;
  }

  /** A language model of its own sizes, whose variables begin with its name. */
  private record Model(
      String name, int vocabulary, int width, int heads, int layers, int columns, long seed) {

    private static final int ROWS = 2;
    private static final int POSITIONS = 9;

    /** Adds everything up to the loss, whose name it returns. */
    String addTo(SameDiff graph) {
      Random random = new Random(seed);
      SDVariable table = variable(graph, random, "table", vocabulary, width);
      SDVariable ids = graph.constant(name + "_ids", integers(random, vocabulary));
      INDArray positions = Nd4j.create(DataType.INT32, ROWS, columns);
      INDArray latents = Nd4j.zeros(DataType.INT32, ROWS, columns);
      for (int row = 0; row < ROWS; row++) {
        for (int column = 0; column < columns; column++) {
          positions.putScalar(row, column, column);
        }
        latents.putScalar(row, 2, 1);
      }
      INDArray cells = Nd4j.createFromArray(IntStream.range(1, ROWS * columns).toArray());
      SDVariable hidden =
          LatentLoopOp.of(
              List.of(
                  EmbeddingLookup.of(table, ids),
                  graph.constant(name + "_positions", positions),
                  graph.constant(name + "_mask", Nd4j.ones(DataType.INT32, ROWS, columns)),
                  graph.constant(name + "_latents", latents),
                  graph.constant(name + "_cells", cells)),
              parameters(graph, random),
              new LoopShape(layers, width, heads, 2 * width, 1e-5, Precision.FLOAT32));
      INDArray labels = integers(random, vocabulary).reshape(-1);
      SDVariable tokens = graph.constant(name + "_labels", labels.get(firsts(cells)).dup());
      return LabelCrossEntropy.of(name + "_loss", hidden, table, tokens).name();
    }

    private static org.nd4j.linalg.indexing.INDArrayIndex firsts(INDArray cells) {
      return org.nd4j.linalg.indexing.NDArrayIndex.interval(0, cells.length());
    }

    private INDArray integers(Random random, int bound) {
      int[] drawn = IntStream.range(0, ROWS * columns).map(i -> random.nextInt(bound)).toArray();
      return Nd4j.createFromArray(drawn).reshape(ROWS, columns);
    }

    private List<SDVariable> parameters(SameDiff graph, Random random) {
      List<SDVariable> parameters = new ArrayList<>();
      parameters.add(variable(graph, random, "wpe", POSITIONS, width));
      for (int layer = 0; layer < layers; layer++) {
        int inner = 2 * width;
        int[][] shapes = {
          {width}, {width}, {width, 3 * width}, {3 * width}, {width, width}, {width},
          {width}, {width}, {width, inner}, {inner}, {inner, width}, {width}
        };
        for (int i = 0; i < shapes.length; i++) {
          parameters.add(variable(graph, random, "h" + layer + "_" + i, shapes[i]));
        }
      }
      parameters.add(variable(graph, random, "ln_weight", width));
      parameters.add(variable(graph, random, "ln_bias", width));
      return parameters;
    }

    private SDVariable variable(SameDiff graph, Random random, String part, int... shape) {
      float[] values = new float[IntStream.of(shape).reduce(1, Math::multiplyExact)];
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) (0.4 * random.nextGaussian());
      }
      long[] dimensions = IntStream.of(shape).asLongStream().toArray();
      return graph.var(name + "_" + part, Nd4j.createFromArray(values).reshape(dimensions));
    }
  }

  /** Losses and gradients of all variables, of a graph that adds the models' losses up. */
  private Map<String, INDArray> results(Model... models) {
    SameDiff graph = graph();
    SDVariable sum = null;
    List<String> losses = new ArrayList<>();
    for (Model model : models) {
      String loss = model.addTo(graph);
      losses.add(loss);
      SDVariable own = graph.getVariable(loss);
      sum = sum == null ? own : sum.add(own);
    }
    graph.setLossVariables(sum.name());
    List<String> names =
        graph.variables().stream()
            .filter(
                v ->
                    graph.getVariable(v.name()).getVariableType()
                        == org.nd4j.autodiff.samediff.VariableType.VARIABLE)
            .map(SDVariable::name)
            .toList();
    Map<String, INDArray> results = new HashMap<>();
    for (int run = 0; run < 2; run++) {
      OutAndGrad both = graph.calculateGradientsAndOutputs(Map.of(), losses, names);
      both.getOutputs().forEach((name, array) -> results.put(name, array.dup()));
      both.getGradients().forEach((name, array) -> results.put("d " + name, array.dup()));
      graph
          .output(Map.of(), losses)
          .forEach((n, array) -> assertThat(array).isEqualTo(results.get(n)));
    }
    return results;
  }

  private void assertTogetherAsAlone(Model... models) {
    Map<String, INDArray> together = results(models);
    Map<String, INDArray> alone = new HashMap<>();
    for (Model model : models) {
      alone.putAll(results(model));
    }
    assertThat(together).containsAllEntriesOf(alone).hasSameSizeAs(alone);
  }

  @Test
  void loopsOfDifferentSizes() {
    assertTogetherAsAlone(
        new Model("large", 40, 24, 3, 2, 7, 1), new Model("small", 5, 8, 2, 1, 5, 2));
  }

  @Test
  void loopsOfDifferentSizesTheSmallerFirst() {
    assertTogetherAsAlone(
        new Model("small", 5, 8, 2, 1, 5, 2), new Model("large", 40, 24, 3, 2, 7, 1));
  }

  @Test
  void loopsOfOneSizeWithTheSameLabels() {
    Model one = new Model("one", 11, 12, 3, 2, 6, 3);
    assertTogetherAsAlone(
        one, new Model("other", 11, 12, 3, 2, 6, 3), new Model("third", 11, 12, 3, 2, 6, 4));
  }
}
