package io.github.coconut4j.model.op;

import io.github.coconut4j.model.internal.kernel.TokenTableKernel;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A token table's computations on oneDNN, in FLOAT. */
final class FusedTokenTable implements TokenTableMath {

  private final TokenTableKernel kernel;

  FusedTokenTable(INDArray table) {
    kernel = new TokenTableKernel((int) table.size(0), (int) table.size(1));
  }

  @Override
  public void lookUp(INDArray table, INDArray indices, INDArray rows) {
    kernel.lookUp(table, indices.reshape(-1).toIntVector(), rows);
  }

  @Override
  public void scatterAdd(INDArray rows, INDArray indices, INDArray table) {
    kernel.scatterAdd(rows, indices.reshape(-1).toIntVector(), table);
  }

  @Override
  public double meanCrossEntropy(INDArray hidden, INDArray table, INDArray tokens) {
    return kernel.meanCrossEntropy(hidden, table, tokens.toIntVector());
  }

  @Override
  public void crossEntropyGradients(
      INDArray hidden,
      INDArray table,
      INDArray tokens,
      double factor,
      INDArray hiddenGradient,
      INDArray tableGradient) {
    kernel.crossEntropyGradients(
        hidden, table, tokens.toIntVector(), (float) factor, hiddenGradient, tableGradient);
  }

  @Override
  public void close() {
    kernel.close();
  }
}
