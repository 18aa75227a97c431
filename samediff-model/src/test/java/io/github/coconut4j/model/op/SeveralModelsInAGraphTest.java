package io.github.coconut4j.model.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.coconut4j.model.EqualArrays;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.nd4j.autodiff.samediff.SDIndex;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.VariableType;
import org.nd4j.autodiff.samediff.api.OutAndGrad;
import org.nd4j.autodiff.samediff.internal.InferenceSession;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Loops, tables and losses in one graph give the same results as in separate graphs. */
class SeveralModelsInAGraphTest {

  private static final GraphModel SMALL = new GraphModel("small", 5, 8, 2, 1, 5, 2);
  private static final GraphModel LARGE = new GraphModel("large", 40, 24, 3, 2, 7, 1);

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

  /** Losses and gradients of all variables, of a graph that adds the models' losses up. */
  private Map<String, INDArray> results(GraphModel... models) {
    SameDiff graph = graph();
    SDVariable sum = null;
    List<String> losses = new ArrayList<>();
    for (GraphModel model : models) {
      losses.add(model.addTo(graph));
      SDVariable own = graph.getVariable(losses.get(losses.size() - 1));
      sum = sum == null ? own : sum.add(own);
    }
    graph.setLossVariables(sum.name());
    List<String> names =
        graph.variables().stream()
            .filter(variable -> variable.getVariableType() == VariableType.VARIABLE)
            .map(SDVariable::name)
            .toList();
    Map<String, INDArray> results = new HashMap<>();
    for (int run = 0; run < 2; run++) {
      OutAndGrad both = graph.calculateGradientsAndOutputs(Map.of(), losses, names);
      both.getOutputs().forEach((name, array) -> results.put(name, array.dup()));
      both.getGradients().forEach((name, array) -> results.put("d " + name, array.dup()));
      Map<String, INDArray> alone = new HashMap<>(results);
      alone.keySet().retainAll(losses);
      EqualArrays.assertEqual(graph.output(Map.of(), losses), alone);
    }
    return results;
  }

  private void assertTogetherAsAlone(GraphModel... models) {
    Map<String, INDArray> together = results(models);
    Map<String, INDArray> alone = new HashMap<>();
    for (GraphModel model : models) {
      alone.putAll(results(model));
    }
    EqualArrays.assertEqual(together, alone);
  }

  @Test
  void loopsOfDifferentSizes() {
    assertTogetherAsAlone(LARGE, SMALL);
  }

  @Test
  void loopsOfDifferentSizesTheSmallerFirst() {
    assertTogetherAsAlone(SMALL, LARGE);
  }

  @Test
  void loopsOfOneSizeWithTheSameLabels() {
    assertTogetherAsAlone(
        new GraphModel("one", 11, 12, 3, 2, 6, 3),
        new GraphModel("same", 11, 12, 3, 2, 6, 3),
        new GraphModel("other", 11, 12, 3, 2, 6, 4));
  }

  @Test
  void aGradientThatDoesNotDependOnTheHiddenStatesComesAfterThem() {
    GraphModel model = new GraphModel("model", 11, 12, 3, 2, 6, 3);
    SameDiff graph = graph();
    setWeightedSumAsLoss(graph, model.hidden(graph), 11, 12);
    assertSlopes(graph, "model_table");
    assertSlopes(graph, "model_table");
  }

  @Test
  void aLoopOverAnotherLoopsHiddenStates() {
    SameDiff graph = graph();
    SDVariable hidden = new GraphModel("first", 11, 12, 3, 1, 6, 3).hidden(graph);
    SDVariable inputs = hidden.get(SDIndex.interval(0, 10), SDIndex.all()).reshape(2, 5, 12);
    GraphModel second = new GraphModel("second", 11, 12, 2, 2, 5, 4);
    setWeightedSumAsLoss(graph, second.hidden(graph, inputs, new Random(8)), 9, 12);
    assertSlopes(graph, "first_table");
  }

  @Test
  void aGradientInAnotherOrderOfMemory() {
    GraphModel model = new GraphModel("model", 11, 12, 3, 2, 6, 3);
    SameDiff graph = graph();
    setWeightedSumAsLoss(graph, model.hidden(graph).permute(1, 0), 12, 11);
    assertSlopes(graph, "model_table");
  }

  private static void setWeightedSumAsLoss(SameDiff graph, SDVariable of, int rows, int columns) {
    INDArray factors =
        Nd4j.linspace(-1, 1, (long) rows * columns, DataType.FLOAT).reshape(rows, columns);
    graph.setLossVariables(of.mul(graph.constant("factors", factors)).sum().rename("loss").name());
  }

  private static void assertSlopes(SameDiff graph, String table) {
    INDArray gradient = graph.calculateGradients(Map.of(), table).get(table).dup();
    for (int row = 0; row < 11; row++) {
      double slope = slope(graph, graph.getVariable(table).getArr(), row);
      assertThat(gradient.getDouble(row, 5))
          .isCloseTo(slope, within(0.03 + 0.03 * Math.abs(slope)));
    }
  }

  private static double slope(SameDiff graph, INDArray values, int row) {
    float before = values.getFloat(row, 5);
    double step = 5e-3;
    values.putScalar(row, 5, before + step);
    double above = graph.output(Map.of(), "loss").get("loss").getDouble();
    values.putScalar(row, 5, before - step);
    double below = graph.output(Map.of(), "loss").get("loss").getDouble();
    values.putScalar(row, 5, before);
    return (above - below) / (2 * step);
  }

  @Test
  void aLookUpLeavesGradientsOfOtherVariablesAlone() {
    SameDiff graph = graph();
    SDVariable table = graph.var("table", Nd4j.ones(DataType.FLOAT, 3, 2));
    SDVariable other = graph.var("other", Nd4j.ones(DataType.FLOAT, 3, 2));
    SDVariable rows = EmbeddingLookup.of(table, graph.constant("ids", Nd4j.createFromArray(1, 1)));
    SDVariable both = graph.math().mergeAdd(table, other);
    graph.setLossVariables(both.sum().add(rows.sum().mul(10)).rename("loss").name());
    Map<String, INDArray> gradients = graph.calculateGradients(Map.of(), "table", "other");
    assertThat(gradients.get("other").toFloatMatrix())
        .isDeepEqualTo(new float[][] {{1, 1}, {1, 1}, {1, 1}});
    assertThat(gradients.get("table").toFloatMatrix())
        .isDeepEqualTo(new float[][] {{1, 1}, {21, 21}, {1, 1}});
  }

  @Test
  void aTableOfAnotherTypeBesideAFusedLoop() {
    SameDiff graph = graph();
    SMALL.addTo(graph);
    SDVariable table = graph.var("doubles", Nd4j.createFromArray(new double[][] {{1, 2}, {3, 4}}));
    SDVariable ids = graph.constant("ids", Nd4j.createFromArray(1, 0, 1));
    String rows = EmbeddingLookup.of(table, ids).name();
    assertThat(graph.output(Map.of(), rows).get(rows).toDoubleMatrix())
        .isDeepEqualTo(new double[][] {{3, 4}, {1, 2}, {3, 4}});
  }

  @Test
  void aGraphWithASessionFromBeforeItsFirstOp() {
    SameDiff graph = graph();
    SDVariable table = graph.var("table", Nd4j.createFromArray(new float[][] {{1, 2}, {3, 4}}));
    graph.getSessions().put(Thread.currentThread().getId(), new InferenceSession(graph));
    SDVariable rows = EmbeddingLookup.of(table, graph.constant("ids", Nd4j.createFromArray(1)));
    assertThat(rows.eval().toFloatMatrix()).isDeepEqualTo(new float[][] {{3, 4}});
  }
}
