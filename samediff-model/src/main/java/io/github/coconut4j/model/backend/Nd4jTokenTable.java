package io.github.coconut4j.model.backend;

import io.github.coconut4j.model.internal.Arguments;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.DynamicCustomOp;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;

/**
 * A token table's computations with ND4J's own operations, on any backend and in any floating-point
 * type. A table in BFLOAT16 is converted to FLOAT.
 */
final class Nd4jTokenTable implements TokenTable {

  /** Type of the table. */
  private final DataType stored;

  /** Type of all other arrays. */
  private final DataType type;

  private final long vocabulary;
  private final long width;

  Nd4jTokenTable(DataType stored, long vocabulary, long width) {
    this.stored = stored;
    this.vocabulary = vocabulary;
    this.width = width;
    type = stored == DataType.BFLOAT16 ? DataType.FLOAT : stored;
  }

  @Override
  public void lookUp(INDArray table, int[] tokens, INDArray rows) {
    requireTable(table, "a token table");
    requireInside(tokens);
    requireRows(rows, "rows", tokens.length);
    if (stored == type) {
      Nd4j.pullRows(table, rows, 1, tokens);
    } else {
      rows.assign(Nd4j.pullRows(table, 1, tokens));
    }
  }

  @Override
  public void scatterAdd(INDArray rows, int[] tokens, INDArray table) {
    ArrayCheck.require(table, "a token table", type, vocabulary, width);
    requireInside(tokens);
    requireRows(rows, "rows", tokens.length);
    Nd4j.exec(
        DynamicCustomOp.builder("scatter_add")
            .addInputs(table, Nd4j.createFromArray(tokens), rows)
            .addOutputs(table)
            .addBooleanArguments(true) // one thread, since equal indices must not race
            .build());
  }

  @Override
  public void logits(INDArray table, INDArray hidden, INDArray logits) {
    requireTable(table, "a token table");
    ArrayCheck.requireOpen(hidden, "hidden states");
    requireRows(hidden, "hidden states", hidden.size(0));
    ArrayCheck.require(logits, "logits", type, hidden.size(0), vocabulary);
    hidden.mmul(table.castTo(type).transpose(), logits); // same type: returned as is
  }

  @Override
  public double crossEntropy(INDArray hidden, INDArray table, WeightedLabels labels) {
    requireLabelled(hidden, table, labels);
    int[] tokens = labels.tokens();
    double[] weights = labels.weights();
    INDArray logits = stableLogits(hidden, table);
    double[] labelled = new double[tokens.length];
    for (int row = 0; row < tokens.length; row++) {
      labelled[row] = logits.getDouble(row, tokens[row]);
    }
    INDArray partition = Transforms.log(Transforms.exp(logits, false).sum(1), false);
    double sum = 0;
    for (int row = 0; row < tokens.length; row++) {
      sum += weights[row] * (partition.getDouble(row) - labelled[row]);
    }
    logits.close();
    return sum;
  }

  @Override
  public void crossEntropyGradients(
      INDArray hidden,
      INDArray table,
      WeightedLabels labels,
      INDArray hiddenGradient,
      INDArray tableGradient,
      int[] rows) {
    requireLabelled(hidden, table, labels);
    requireRows(hiddenGradient, "a gradient of hidden states", labels.size());
    if (tableGradient != null && rows == null) {
      ArrayCheck.require(tableGradient, "a gradient of a token table", type, vocabulary, width);
    } else if (tableGradient != null) {
      requireInside(rows);
      requireRows(tableGradient, "a gradient of a token table's rows", rows.length);
    }
    INDArray logitGradient = softmaxLessOneHot(hidden, table, labels.tokens());
    INDArray weights = Nd4j.createFromArray(labels.weights()).castTo(type);
    logitGradient.muliColumnVector(weights.reshape(-1, 1));
    logitGradient.mmul(table.castTo(type), hiddenGradient); // [n, V] x [V, D]
    if (tableGradient != null) {
      INDArray trained = rows == null ? logitGradient : logitGradient.getColumns(rows);
      trained.transpose().mmul(hidden, tableGradient); // [V, n] x [n, D]
    }
    logitGradient.close();
  }

  @Override
  public void close() {
    // There is nothing to free.
  }

  /** [n, V]: the gradient of each position's cross-entropy with respect to its logits. */
  private static INDArray softmaxLessOneHot(INDArray hidden, INDArray table, int[] tokens) {
    INDArray softmax = stableLogits(hidden, table);
    Transforms.exp(softmax, false);
    softmax.diviColumnVector(softmax.sum(true, 1));
    for (int row = 0; row < tokens.length; row++) {
      softmax.putScalar(row, tokens[row], softmax.getDouble(row, tokens[row]) - 1);
    }
    return softmax;
  }

  /** Logits minus each row's largest, so that no exponential overflows. */
  private static INDArray stableLogits(INDArray hidden, INDArray table) {
    INDArray logits = Nd4j.createUninitialized(hidden.dataType(), hidden.size(0), table.size(0));
    hidden.mmul(table.castTo(hidden.dataType()).transpose(), logits);
    return logits.subiColumnVector(logits.max(true, 1));
  }

  private void requireLabelled(INDArray hidden, INDArray table, WeightedLabels labels) {
    requireTable(table, "a token table");
    Arguments.requireNonNull(labels, "labels", "Make them with WeightedLabels.mean(tokens).");
    requireInside(labels.tokens());
    requireRows(hidden, "hidden states", labels.size());
  }

  private void requireTable(INDArray array, String name) {
    ArrayCheck.require(array, name, stored, vocabulary, width);
  }

  private void requireRows(INDArray array, String name, long rows) {
    ArrayCheck.require(array, name, type, rows, width);
  }

  private void requireInside(int[] indices) {
    Arguments.requireNonNull(indices, "tokens", "Give a token for each row.");
    for (int index : indices) {
      if (index < 0 || index >= vocabulary) {
        throw new IllegalArgumentException(
            "An index into a table of "
                + vocabulary
                + " rows must lie between 0 and "
                + (vocabulary - 1)
                + ", but is "
                + index
                + ". Does the tokenizer belong to this model, and is the sequence no longer than"
                + " the position table?");
      }
    }
  }
}
