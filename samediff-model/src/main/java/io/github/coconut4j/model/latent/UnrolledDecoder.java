package io.github.coconut4j.model.latent;

import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.Weights;
import io.github.coconut4j.model.latent.LatentColumns.PassRange;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.INDArrayIndex;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * Decodes with native SameDiff operations: the readable reference of the fused decoder.
 *
 * <p>New tokens take new columns at the right, the same column in every row, after whatever padding
 * a row has there; padding stays masked, so that a row's answer does not depend on its neighbours.
 */
final class UnrolledDecoder extends CheckedDecoder {

  private final PassGraph graph;
  private final INDArray tokenTable;
  private INDArray attentionMask;
  private Map<String, INDArray> keyValues = Map.of();
  private INDArray lastHidden;

  UnrolledDecoder(
      PassGraph graph, TransformerConfig config, LatentBatch prompts, int maxNewTokens) {
    this(graph, config, prompts, PromptEnds.of(prompts), maxNewTokens);
  }

  private UnrolledDecoder(
      PassGraph graph,
      TransformerConfig config,
      LatentBatch prompts,
      PromptEnds ends,
      int maxNewTokens) {
    super(config, graph.weights(), ends, maxNewTokens);
    this.graph = graph;
    this.tokenTable = graph.weights().get(Weights.TOKEN_TABLE);
    this.attentionMask = prompts.getAttentionMask();
    this.lastHidden = read(prompts, ends);
  }

  @Override
  INDArray computeLogits() {
    return lastHidden.mmul(tokenTable.transpose());
  }

  @Override
  INDArray copyStates() {
    return lastHidden.dup();
  }

  @Override
  void append(int[] tokens, int[] positions) {
    append(Nd4j.pullRows(tokenTable, 1, tokens), positions);
  }

  @Override
  void append(INDArray inputs, int[] positions) {
    INDArray embeddings = inputs.reshape(rows(), 1, tokenTable.size(1));
    INDArray positionIds = Nd4j.createFromArray(positions).reshape(rows(), 1);
    attentionMask = Nd4j.concat(1, attentionMask, Nd4j.ones(DataType.INT32, rows(), 1));
    int column = (int) attentionMask.size(1) - 1;
    INDArray bias =
        AttentionBias.ofQueries(attentionMask, column, column + 1, tokenTable.dataType());
    lastHidden = run(embeddings, positionIds, bias).reshape(rows(), tokenTable.size(1));
  }

  @Override
  void takeBack(int count, INDArray states) {
    int columns = (int) attentionMask.size(1) - count;
    Map<String, INDArray> earlier = new HashMap<>();
    INDArrayIndex kept = NDArrayIndex.interval(0, columns);
    keyValues.forEach(
        (name, array) ->
            earlier.put(
                name,
                array.get(NDArrayIndex.all(), NDArrayIndex.all(), kept, NDArrayIndex.all()).dup()));
    keyValues = earlier;
    attentionMask = columns(attentionMask, 0, columns).dup();
    lastHidden = states;
  }

  @Override
  void keep(int[] rows) {
    INDArrayIndex kept = NDArrayIndex.indices(longs(rows));
    Map<String, INDArray> retained = new HashMap<>();
    keyValues.forEach(
        (name, array) ->
            retained.put(
                name,
                array.get(kept, NDArrayIndex.all(), NDArrayIndex.all(), NDArrayIndex.all()).dup()));
    keyValues = retained;
    lastHidden = lastHidden.getRows(rows);
    attentionMask = attentionMask.getRows(rows);
  }

  @Override
  void free(boolean failed) {
    keyValues = Map.of();
    graph.close();
  }

  /** Reads the prompts pass by pass; returns the hidden state at each row's last real column. */
  private INDArray read(LatentBatch prompts, PromptEnds ends) {
    int width = (int) tokenTable.size(1);
    int[] ids = prompts.getInputIds().reshape(-1).toIntVector();
    INDArray words =
        Nd4j.pullRows(tokenTable, 1, ids).reshape(prompts.rows(), prompts.columns(), width);
    INDArray last = Nd4j.create(tokenTable.dataType(), prompts.rows(), width);
    INDArray before = null;
    for (PassRange range : LatentColumns.of(prompts).passes()) {
      int to = range.to() == null ? prompts.columns() : range.to();
      INDArray embeddings = columns(words, range.from(), to).dup();
      if (before != null) {
        feedBack(prompts, range.from(), before, embeddings);
      }
      INDArray hidden =
          run(
              embeddings,
              columns(prompts.getPositionIds(), range.from(), to).dup(),
              AttentionBias.ofQueries(attentionMask, range.from(), to, tokenTable.dataType()));
      ends.copyLast(hidden, range.from(), last);
      // A copy: indexing a view of one column by row gives empty arrays in ND4J M2.1.
      before = columns(hidden, to - range.from() - 1, to - range.from()).dup();
    }
    return last;
  }

  private INDArray run(INDArray embeddings, INDArray positions, INDArray bias) {
    PassGraph.Result result = graph.run(embeddings, positions, bias, keyValues);
    keyValues = result.keyValues();
    return result.hidden();
  }

  private static void feedBack(
      LatentBatch prompts, int column, INDArray before, INDArray embeddings) {
    for (int row = 0; row < prompts.rows(); row++) {
      if (prompts.getLatentMask().getInt(row, column) != 0) {
        embeddings
            .get(NDArrayIndex.point(row), NDArrayIndex.point(0), NDArrayIndex.all())
            .assign(before.get(NDArrayIndex.point(row), NDArrayIndex.point(0)));
      }
    }
  }

  private static INDArray columns(INDArray array, int from, int to) {
    return array.rank() == 2
        ? array.get(NDArrayIndex.all(), NDArrayIndex.interval(from, to))
        : array.get(NDArrayIndex.all(), NDArrayIndex.interval(from, to), NDArrayIndex.all());
  }

  private static long[] longs(int[] values) {
    return IntStream.of(values).asLongStream().toArray();
  }
}
