package io.github.coconut4j.model.op;

import io.github.coconut4j.model.internal.kernel.LatentLoopKernel;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.nd4j.autodiff.functions.DifferentialFunction;
import org.nd4j.autodiff.listeners.At;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.config.ExecutionResult;
import org.nd4j.autodiff.samediff.config.SDValue;
import org.nd4j.autodiff.samediff.config.SDValueType;
import org.nd4j.autodiff.samediff.internal.FrameIter;
import org.nd4j.autodiff.samediff.internal.InferenceSession;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.OpContext;

/**
 * An inference session that runs {@link JavaOp}s itself and passes every other op on to ND4J.
 *
 * <p>SameDiff keeps one session for each thread and graph, so that what hangs on a session belongs
 * to one thread.
 */
public final class JavaOpSession extends InferenceSession implements AutoCloseable {

  /** Name under which SameDiff keeps the graph of its gradients. */
  private static final String GRADIENT_FUNCTION = "grad";

  private final ReusedArrays arrays = new ReusedArrays();
  private LatentLoopKernel latentLoop;
  private TokenTableMath tokenTable;

  JavaOpSession(SameDiff sameDiff) {
    super(sameDiff);
    setMmgr(arrays);
  }

  /** The calling thread's session of the graph of a graph's gradients, once they were computed. */
  public static JavaOpSession ofGradients(SameDiff sameDiff) {
    SameDiff gradients = sameDiff.getFunction(GRADIENT_FUNCTION);
    return (JavaOpSession) gradients.getSessions().get(Thread.currentThread().getId());
  }

  /** Takes back arrays that this session computed, to be overwritten by its next runs. */
  public void takeBack(Collection<INDArray> results) {
    results.forEach(arrays::takeBack);
  }

  /**
   * Makes an op's input its output too, in place of the array that stood ready for it. For an op
   * that changes an input which nothing else reads.
   */
  void returnInput(OpContext context, INDArray input) {
    arrays.takeBack(context.getOutputArray(0));
    context.setOutputArray(0, input);
  }

  /** Frees the native memory that the graph's sessions hold, its gradient function's included. */
  public static void closeAll(SameDiff sameDiff) {
    for (InferenceSession session : sameDiff.getSessions().values()) {
      if (session instanceof JavaOpSession ours) {
        ours.close();
      }
    }
    SameDiff gradients = sameDiff.getFunction(GRADIENT_FUNCTION);
    if (gradients != null) {
      closeAll(gradients);
    }
  }

  /** This session's fused loop, with the activations of its last forward pass. */
  LatentLoopKernel latentLoop(LoopShape shape) {
    if (latentLoop == null) {
      latentLoop = shape.newKernel();
    }
    return latentLoop;
  }

  /** What computes with this table: the fused kernels where the graph holds the fused loop. */
  TokenTableMath tokenTable(INDArray table) {
    if (tokenTable == null) {
      tokenTable =
          holds(LatentLoopOp.class) ? new FusedTokenTable(table) : new PortableTokenTable();
    }
    return tokenTable;
  }

  /** Whether this graph holds a gradient of the loop, so that activations must be kept. */
  boolean differentiates() {
    return holds(LatentLoopGradient.class);
  }

  private boolean holds(Class<? extends JavaOp> type) {
    return sameDiff.getOps().values().stream().anyMatch(op -> type.isInstance(op.getOp()));
  }

  @Override
  public void close() {
    if (latentLoop != null) {
      latentLoop.close();
      latentLoop = null;
    }
    if (tokenTable != null) {
      tokenTable.close();
      tokenTable = null;
    }
    arrays.close();
  }

  @Override
  protected Map<String, INDArray> preprocessPlaceholders(
      Map<String, INDArray> placeholders, At at) {
    freedArrays.clear(); // ND4J never does, and remembers every array of every run
    return super.preprocessPlaceholders(placeholders, at);
  }

  @Override
  protected Map<String, SDValue> postProcessOutputValues(Map<String, SDValue> output) {
    output.values().forEach(value -> arrays.handOut(tensors(value)));
    Map<String, SDValue> processed = super.postProcessOutputValues(output);
    arrays.endRun();
    return processed;
  }

  private static List<INDArray> tensors(SDValue value) {
    return value.getSdValueType() == SDValueType.LIST
        ? value.getListValue()
        : List.of(value.getTensorValue());
  }

  @Override
  public ExecutionResult doExec(
      DifferentialFunction op,
      OpContext context,
      FrameIter outputFrameIter,
      Set<VarId> opInputs,
      Set<VarId> allIterInputs,
      Set<String> constAndPhInputs,
      Map<String, SDValue> otherPlaceHolders) {
    if (op instanceof JavaOp javaOp) {
      javaOp.execute(context, this);
      return ExecutionResult.createFrom(op, context);
    }
    return super.doExec(
        op, context, outputFrameIter, opInputs, allIterInputs, constAndPhInputs, otherPlaceHolders);
  }
}
