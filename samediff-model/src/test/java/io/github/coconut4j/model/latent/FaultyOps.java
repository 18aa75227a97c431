package io.github.coconut4j.model.latent;

import org.nd4j.autodiff.listeners.At;
import org.nd4j.autodiff.listeners.BaseListener;
import org.nd4j.autodiff.listeners.Operation;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.internal.SameDiffOp;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.OpContext;
import org.nd4j.linalg.dataset.api.MultiDataSet;

/** Changes the outputs of one op before another op, or the caller, reads them. */
final class FaultyOps extends BaseListener implements AutoCloseable {

  /** Changes an op's outputs in place. */
  @FunctionalInterface
  interface Change {
    void apply(INDArray[] outputs);
  }

  private final LatentTransformer model;
  private final String opName;
  private final Change fault;
  private int runs;

  /**
   * Injects a fault into a fused model until this is closed.
   *
   * @param opName name of the op
   * @param fault changes the op's outputs in place
   */
  FaultyOps(LatentTransformer model, LatentBatch batch, String opName, Change fault) {
    this.model = model;
    this.opName = opName;
    this.fault = fault;
    model.gradients(batch).close(); // makes the graph of the gradients
    model.getSameDiff().addListeners(this);
    gradients().addListeners(this);
  }

  private SameDiff gradients() {
    return model.getSameDiff().getFunction("grad");
  }

  /** How often the op ran. */
  int runs() {
    return runs;
  }

  @Override
  public boolean isActive(Operation operation) {
    return true;
  }

  @Override
  public void opExecution(
      SameDiff sameDiff,
      At at,
      MultiDataSet batch,
      SameDiffOp op,
      OpContext context,
      INDArray[] outputs) {
    if (op.getOp().opName().equals(opName)) {
      fault.apply(outputs);
      runs++;
    }
  }

  @Override
  public void close() {
    model.getSameDiff().getListeners().remove(this);
    gradients().getListeners().remove(this);
  }
}
