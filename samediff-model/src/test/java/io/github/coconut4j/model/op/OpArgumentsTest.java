package io.github.coconut4j.model.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** What ops are given in a graph is checked before native code reads it. */
class OpArgumentsTest {

  private static final GraphModel MODEL = new GraphModel("model", 7, 8, 2, 1, 4, 5);

  private final SameDiff graph = SameDiff.create();

  @BeforeEach
  void register() {
    JavaOps.register();
  }

  @AfterEach
  void close() {
    JavaOpSession.closeAll(graph);
  }

  private void assertRefused(SDVariable result, String message) {
    assertThatThrownBy(() -> graph.output(Map.of(), result.name()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }

  private SDVariable table(boolean fused) {
    if (fused) {
      MODEL.addTo(graph);
      return graph.getVariable("model_table");
    }
    return graph.var("table", Nd4j.ones(DataType.FLOAT, 7, 8));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void indicesOfLookUpsAreInTheTable(boolean fused) {
    SDVariable table = table(fused);
    for (int index : new int[] {-1, 7, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
      SDVariable ids = graph.constant("ids" + index, Nd4j.createFromArray(3, index));
      assertRefused(EmbeddingLookup.of(table, ids), "" + index);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void labelsAreInTheTable(boolean fused) {
    SDVariable table = table(fused);
    SDVariable hidden = graph.var("states", Nd4j.ones(DataType.FLOAT, 2, 8));
    for (int label : new int[] {-100, -1, 7, Integer.MAX_VALUE}) {
      SDVariable tokens = graph.constant("labels" + label, Nd4j.createFromArray(3, label));
      assertRefused(LabelCrossEntropy.of(hidden, table, tokens), "" + label);
    }
  }

  @Test
  void statesAreAsManyAndAsWideAsLabelsAndTableSay() {
    SDVariable table = table(true);
    SDVariable labels = graph.constant("labels", Nd4j.createFromArray(1, 2, 3));
    for (long[] shape : new long[][] {{2, 8}, {4, 8}, {3, 7}, {3, 9}}) {
      String name = shape[0] + "x" + shape[1];
      SDVariable hidden = graph.var(name, Nd4j.ones(DataType.FLOAT, shape));
      assertRefused(LabelCrossEntropy.of(hidden, table, labels), "rows");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void labelsAreAsManyAsStates(boolean fused) {
    SDVariable table = table(fused);
    SDVariable labels = graph.constant("labels", Nd4j.createFromArray(1, 2));
    for (int rows : new int[] {1, 3, 7}) {
      SDVariable hidden = graph.var("states" + rows, Nd4j.ones(DataType.FLOAT, rows, 8));
      assertRefused(LabelCrossEntropy.of(hidden, table, labels), rows + " rows");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void indicesAreWholeNumbersOf32Bits(boolean fused) {
    SDVariable table = table(fused);
    SDVariable hidden = graph.var("states", Nd4j.ones(DataType.FLOAT, 2, 8));
    INDArray wide = Nd4j.createFromArray((1L << 32) + 1, 2L);
    for (INDArray indices : List.of(Nd4j.createFromArray(Float.NaN, 2.7f), wide)) {
      SDVariable ids = graph.constant("ids" + indices.dataType(), indices);
      assertRefused(EmbeddingLookup.of(table, ids), "INT32");
      assertRefused(LabelCrossEntropy.of(hidden, table, ids), "INT32");
    }
  }

  @Test
  void aLoopsInputsAreOfItsShape() {
    List<INDArray> right = inputs();
    List<SDVariable> parameters = MODEL.parameters(graph, new Random(1));
    assertThat(graph.output(Map.of(), loop("right", right, parameters).name())).hasSize(1);
    List<List<INDArray>> wrong =
        List.of(
            with(right, 0, Nd4j.ones(DataType.FLOAT, 2, 4, 7)),
            with(right, 0, Nd4j.ones(DataType.FLOAT, 2, 5, 8)),
            with(right, 0, Nd4j.ones(DataType.FLOAT, 3, 4, 8)),
            with(right, 0, Nd4j.ones(DataType.DOUBLE, 2, 4, 8)),
            with(right, 1, Nd4j.ones(DataType.INT32, 4, 2)),
            with(right, 1, MODEL.positions().castTo(DataType.FLOAT).add(0.7)),
            with(right, 1, MODEL.positions().castTo(DataType.INT64).add(1L << 32)),
            with(right, 2, Nd4j.valueArrayOf(new long[] {2, 4}, 0.5f)),
            with(right, 3, MODEL.latents().castTo(DataType.BOOL)),
            with(right, 4, MODEL.queried().castTo(DataType.DOUBLE)),
            with(right, 1, MODEL.positions().sub(1)),
            with(right, 1, MODEL.positions().add(6)),
            with(right, 2, Nd4j.ones(DataType.INT32, 2, 3)),
            with(right, 3, Nd4j.ones(DataType.INT32, 2, 4)),
            with(right, 3, Nd4j.ones(DataType.INT32, 8)),
            with(right, 4, Nd4j.createFromArray(-1, 2)),
            with(right, 4, Nd4j.createFromArray(1, 8)),
            with(right, 4, Nd4j.createFromArray(1, Integer.MAX_VALUE)),
            with(right, 4, Nd4j.createFromArray(2, 1)),
            with(right, 4, Nd4j.createFromArray(2, 2)));
    for (int i = 0; i < wrong.size(); i++) {
      assertRefused(loop("wrong" + i, wrong.get(i), parameters), "");
    }
    assertThat(graph.output(Map.of(), loop("again", right, parameters).name())).hasSize(1);
  }

  @Test
  void aLoopsParametersAreOfItsShape() {
    List<INDArray> inputs = inputs();
    List<SDVariable> parameters = MODEL.parameters(graph, new Random(1));
    for (int index = 0; index < parameters.size(); index++) {
      SDVariable small = graph.var("small" + index, Nd4j.ones(DataType.FLOAT, 4));
      assertRefused(loop("shape" + index, inputs, with(parameters, index, small)), "of shape");
    }
    SDVariable few = graph.var("few", Nd4j.ones(DataType.FLOAT, 3, 8)); // of 4 positions
    assertRefused(loop("few", inputs, with(parameters, 0, few)), "wpe");
    List<SDVariable> missing = parameters.subList(1, parameters.size());
    assertThatThrownBy(() -> loop("missing", inputs, missing))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("15", "14");
    assertThatThrownBy(() -> loop("inputs", inputs.subList(0, 4), parameters))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("5", "4");
  }

  @Test
  void aLoopsBackendIsFoundAndAvailable() {
    List<SDVariable> parameters = MODEL.parameters(graph, new Random(1));
    assertRefusedBackend(parameters, "unavailable", "nothing can be computed on it");
    assertRefusedBackend(parameters, "failing", "no such library");
    assertRefusedBackend(parameters, "of another machine", "must be one of");
    assertRefusedBackend(parameters, "nd4j", "with a device");
  }

  private void assertRefusedBackend(List<SDVariable> parameters, String name, String reason) {
    SDVariable hidden = loop(name, inputs(), parameters, MODEL.on(name).loop());
    assertThatThrownBy(() -> graph.output(Map.of(), hidden.name())).hasMessageContaining(reason);
  }

  private static List<INDArray> inputs() {
    return List.of(
        Nd4j.ones(DataType.FLOAT, 2, 4, 8),
        MODEL.positions(),
        Nd4j.ones(DataType.INT32, 2, 4),
        MODEL.latents(),
        MODEL.queried());
  }

  private SDVariable loop(String name, List<INDArray> inputs, List<SDVariable> parameters) {
    return loop(name, inputs, parameters, MODEL.loop());
  }

  private SDVariable loop(
      String name, List<INDArray> inputs, List<SDVariable> parameters, LatentLoopOp.Model model) {
    List<SDVariable> constants = new ArrayList<>();
    for (INDArray input : inputs) {
      constants.add(graph.constant(name + "_" + constants.size(), input));
    }
    return LatentLoopOp.of(constants, parameters, null, null, false, model).hidden();
  }

  private static <T> List<T> with(List<T> list, int index, T element) {
    List<T> changed = new ArrayList<>(list);
    changed.set(index, element);
    return changed;
  }
}
