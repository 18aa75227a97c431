package io.github.coconut4j.model.backend;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.DynamicCustomOp;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;

/** A token table's computations by ND4J's own operations, on any backend and in any float type. */
final class Nd4jTokenTable implements TokenTable {

  @Override
  public void lookUp(INDArray table, int[] tokens, INDArray rows) {
    requireInside(tokens, table.size(0));
    Nd4j.pullRows(table, rows, 1, tokens);
  }

  @Override
  public void scatterAdd(INDArray rows, int[] tokens, INDArray table) {
    requireInside(tokens, table.size(0));
    Nd4j.exec(
        DynamicCustomOp.builder("scatter_add")
            .addInputs(table, Nd4j.createFromArray(tokens), rows)
            .addOutputs(table)
            .addBooleanArguments(true) // one thread: two equal indices must not race
            .build());
  }

  @Override
  public void logits(INDArray table, INDArray hidden, INDArray logits) {
    hidden.mmul(table.transpose(), logits);
  }

  @Override
  public double meanCrossEntropy(INDArray hidden, INDArray table, int[] labels) {
    requireInside(labels, table.size(0));
    INDArray logits = stableLogits(hidden, table);
    double labelled = 0;
    for (int row = 0; row < labels.length; row++) {
      labelled += logits.getDouble(row, labels[row]);
    }
    INDArray partition = Transforms.exp(logits, false).sum(1);
    double logPartition = Transforms.log(partition, false).sumNumber().doubleValue();
    logits.close();
    return (logPartition - labelled) / labels.length;
  }

  @Override
  public void crossEntropyGradients(
      INDArray hidden,
      INDArray table,
      int[] tokens,
      double factor,
      INDArray hiddenGradient,
      INDArray tableGradient) {
    INDArray logitGradient = softmaxLessOneHot(hidden, table, tokens);
    logitGradient.muli(factor / hidden.size(0));
    logitGradient.mmul(table, hiddenGradient); // [n, V] x [V, D]
    logitGradient.transpose().mmul(hidden, tableGradient); // [V, n] x [n, D]
    logitGradient.close();
  }

  @Override
  public void close() {
    // Holds nothing.
  }

  /** [n, V]: the gradient of each position's cross-entropy with respect to its logits. */
  private static INDArray softmaxLessOneHot(INDArray hidden, INDArray table, int[] labels) {
    INDArray softmax = stableLogits(hidden, table);
    Transforms.exp(softmax, false);
    softmax.diviColumnVector(softmax.sum(true, 1));
    requireInside(labels, table.size(0));
    for (int row = 0; row < labels.length; row++) {
      softmax.putScalar(row, labels[row], softmax.getDouble(row, labels[row]) - 1);
    }
    return softmax;
  }

  /** Logits less each row's largest, so that no exponential overflows. */
  private static INDArray stableLogits(INDArray hidden, INDArray table) {
    INDArray logits = Nd4j.createUninitialized(hidden.dataType(), hidden.size(0), table.size(0));
    hidden.mmul(table.transpose(), logits);
    return logits.subiColumnVector(logits.max(true, 1));
  }

  private static void requireInside(int[] indices, long rows) {
    for (int index : indices) {
      if (index < 0 || index >= rows) {
        throw new IllegalArgumentException(
            "An index into a table of "
                + rows
                + " rows must lie between 0 and "
                + (rows - 1)
                + ", but is "
                + index
                + ". Does the tokenizer belong to this model, and is the sequence no longer than"
                + " the position table?");
      }
    }
  }
}
