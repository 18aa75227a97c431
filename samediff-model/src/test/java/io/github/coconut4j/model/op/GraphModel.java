package io.github.coconut4j.model.op;

import io.github.coconut4j.model.ParameterLayout;
import io.github.coconut4j.model.ParameterLayout.Parameter;
import io.github.coconut4j.model.Precision;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.backend.Backends;
import io.github.coconut4j.model.latent.BatchLayout;
import io.github.coconut4j.model.latent.LoopInputs;
import io.github.coconut4j.model.latent.Positions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** A language model of its own sizes in some graph, whose variables begin with its name. */
record GraphModel(
    String name,
    int vocabulary,
    int width,
    int heads,
    int layers,
    int columns,
    long seed,
    String backend) {

  static final int ROWS = 2;
  private static final int POSITIONS = 9;

  GraphModel(
      String name, int vocabulary, int width, int heads, int layers, int columns, long seed) {
    this(name, vocabulary, width, heads, layers, columns, seed, "onednn");
  }

  /** The same model on another backend. */
  GraphModel on(String other) {
    return new GraphModel(name, vocabulary, width, heads, layers, columns, seed, other);
  }

  /** Adds everything up to the loss, whose name it returns. */
  String addTo(SameDiff graph) {
    SDVariable hidden = hidden(graph);
    INDArray labels = integers(new Random(seed), vocabulary).reshape(-1);
    INDArray rest = labels.get(NDArrayIndex.interval(1, labels.length())).dup();
    SDVariable tokens = graph.constant(name + "_labels", rest);
    SDVariable table = graph.getVariable(name + "_table");
    return LabelCrossEntropy.of(hidden, table, tokens).rename(name + "_loss").name();
  }

  /** Hidden states of all positions but the first [n, width]. */
  SDVariable hidden(SameDiff graph) {
    Random random = new Random(seed);
    SDVariable table = variable(graph, random, "table", vocabulary, width);
    SDVariable ids = graph.constant(name + "_ids", integers(random, vocabulary));
    return hidden(graph, EmbeddingLookup.of(table, ids), random);
  }

  /** The same over given embeddings [ROWS, columns, width]. */
  SDVariable hidden(SameDiff graph, SDVariable embeddings, Random random) {
    LatentLoopOp.Model loop = loop();
    List<String> names =
        ParameterLayout.of(loop.config()).loopParameters().stream().map(Parameter::name).toList();
    List<SDVariable> parameters = parameters(graph, random);
    LoopInputs inputs =
        new LoopInputs(
            graph,
            parameter -> parameters.get(names.indexOf(parameter)),
            embeddings,
            graph.constant(name + "_positions", positions()),
            graph.constant(name + "_mask", Nd4j.ones(DataType.INT32, ROWS, columns)),
            graph.constant(name + "_latents", latents()),
            graph.constant(name + "_queried", queried()));
    return Backends.named(backend)
        .latentLoop(loop.config(), loop.precision())
        .states(inputs, layout())
        .hidden();
  }

  private BatchLayout layout() {
    int[] real = new int[ROWS * columns];
    Arrays.fill(real, 1);
    int[] ids = positions().reshape(-1).toIntVector();
    return BatchLayout.of(
        Positions.of(ROWS, columns, ids, real, latents().reshape(-1).toIntVector()));
  }

  LatentLoopOp.Model loop() {
    TransformerConfig config =
        TransformerConfig.builder()
            .vocabSize(vocabulary)
            .nPositions(POSITIONS)
            .nEmbd(width)
            .nLayer(layers)
            .nHead(heads)
            .nInner(2 * width)
            .build();
    return new LatentLoopOp.Model(backend, Precision.FLOAT32, config);
  }

  INDArray positions() {
    INDArray positions = Nd4j.create(DataType.INT32, ROWS, columns);
    for (int column = 0; column < columns; column++) {
      positions.getColumn(column).assign(column);
    }
    return positions;
  }

  INDArray latents() {
    INDArray latents = Nd4j.zeros(DataType.INT32, ROWS, columns);
    latents.getColumn(2).assign(1);
    return latents;
  }

  INDArray queried() {
    return Nd4j.createFromArray(IntStream.range(1, ROWS * columns).toArray());
  }

  private INDArray integers(Random random, int bound) {
    int[] drawn = IntStream.range(0, ROWS * columns).map(i -> random.nextInt(bound)).toArray();
    return Nd4j.createFromArray(drawn).reshape(ROWS, columns);
  }

  List<SDVariable> parameters(SameDiff graph, Random random) {
    List<SDVariable> parameters = new ArrayList<>();
    parameters.add(variable(graph, random, "wpe", POSITIONS, width));
    int inner = 2 * width;
    for (int layer = 0; layer < layers; layer++) {
      int[][] shapes = {
        {width},
        {width},
        {width, 3 * width},
        {3 * width},
        {width, width},
        {width},
        {width},
        {width},
        {width, inner},
        {inner},
        {inner, width},
        {width}
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
