package io.github.coconut4j.model.op;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;

/** The softmax over {@code hidden [n, D] x table [V, D]ᵀ} and what the loss needs of it. */
final class TiedSoftmax {

  private TiedSoftmax() {}

  /** Mean over n of the negative log-probability of each position's token, in nats. */
  static double meanCrossEntropy(INDArray hidden, INDArray table, INDArray tokens) {
    INDArray logits = stableLogits(hidden, table);
    int[] labels = tokens.toIntVector();
    double labelled = 0;
    for (int row = 0; row < labels.length; row++) {
      labelled += logits.getDouble(row, labels[row]);
    }
    INDArray partition = Transforms.exp(logits, false).sum(1);
    double logPartition = Transforms.log(partition, false).sumNumber().doubleValue();
    logits.close();
    return (logPartition - labelled) / labels.length;
  }

  /** Softmax less the one-hot label [n, V]: the gradient of each position's cross-entropy. */
  static INDArray lessOneHot(INDArray hidden, INDArray table, INDArray tokens) {
    INDArray softmax = stableLogits(hidden, table);
    Transforms.exp(softmax, false);
    softmax.diviColumnVector(softmax.sum(true, 1));
    int[] labels = tokens.toIntVector();
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
}
