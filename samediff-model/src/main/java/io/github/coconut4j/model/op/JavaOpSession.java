package io.github.coconut4j.model.op;

import io.github.coconut4j.model.internal.kernel.LatentLoopKernel;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.LongStream;
import org.nd4j.autodiff.functions.DifferentialFunction;
import org.nd4j.autodiff.listeners.At;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.config.ExecutionResult;
import org.nd4j.autodiff.samediff.config.SDValue;
import org.nd4j.autodiff.samediff.config.SDValueType;
import org.nd4j.autodiff.samediff.internal.FrameIter;
import org.nd4j.autodiff.samediff.internal.InferenceSession;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.OpContext;

/**
 * An inference session that runs {@link JavaOp}s itself and passes every other op on to ND4J.
 *
 * <p>What hangs on a session serves one thread at a time: SameDiff keeps a session for each thread
 * and graph, and a {@link SessionPool} lends them. Those of ended threads are closed when another
 * thread's is made.
 */
public final class JavaOpSession extends InferenceSession implements AutoCloseable {

  /** Name under which SameDiff keeps the graph of its gradients. */
  private static final String GRADIENT_FUNCTION = "grad";

  private final ReusedArrays arrays = new ReusedArrays();
  private final Map<LoopKey, LatentLoopKernel> latentLoops = new HashMap<>();
  private final Map<TableKey, TokenTableMath> tokenTables = new HashMap<>();

  private volatile Thread user = Thread.currentThread();

  JavaOpSession(SameDiff sameDiff) {
    super(sameDiff);
    setMmgr(arrays);
  }

  /** Says which thread runs the session from now on. */
  void usedBy(Thread thread) {
    user = thread;
  }

  /** Closes a graph's sessions whose threads have ended: nobody else would. */
  static void closeEnded(SameDiff sameDiff) {
    Map<Long, InferenceSession> sessions = sameDiff.getSessions();
    sessions.forEach(
        (thread, session) -> {
          if (session instanceof JavaOpSession ours
              && !ours.user.isAlive()
              && sessions.remove(thread, session)) {
            ours.close();
          }
        });
  }

  /**
   * Takes back arrays that this session computed, to be overwritten by its next runs. Any thread
   * may call it.
   */
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

  /** The graph of a graph's gradients; null before it was differentiated. */
  public static SameDiff gradientGraph(SameDiff sameDiff) {
    return sameDiff.getFunction(GRADIENT_FUNCTION);
  }

  /** Frees the native memory that the graph's sessions hold, its gradient function's included. */
  public static void closeAll(SameDiff sameDiff) {
    for (InferenceSession session : sameDiff.getSessions().values()) {
      if (session instanceof JavaOpSession ours) {
        ours.close();
      }
    }
    SameDiff gradients = gradientGraph(sameDiff);
    if (gradients != null) {
      closeAll(gradients);
    }
  }

  /**
   * The kernel of one of the graph's fused loops, with the activations of its last forward pass.
   *
   * @param hidden name of the loop's result, which tells it from the graph's other loops
   */
  LatentLoopKernel latentLoop(String hidden, LoopShape shape) {
    return latentLoops.computeIfAbsent(new LoopKey(hidden, shape), key -> shape.newKernel());
  }

  /** What looks rows of this table up; it keeps nothing, so tables of one size share it. */
  TokenTableMath tokenTable(INDArray table) {
    return tokenTable("", table);
  }

  /**
   * What computes a loss with this table, and keeps what the loss's gradient needs.
   *
   * @param loss name of the loss
   */
  TokenTableMath tokenTable(String loss, INDArray table) {
    return tokenTables.computeIfAbsent(TableKey.of(loss, table), key -> newTokenTable(table));
  }

  /** The fused kernels, which compute in FLOAT, where the graph holds the fused loop. */
  private TokenTableMath newTokenTable(INDArray table) {
    return holds(LatentLoopOp.class) && table.dataType() == DataType.FLOAT
        ? new FusedTokenTable(table)
        : new PortableTokenTable();
  }

  private record LoopKey(String hidden, LoopShape shape) {}

  private record TableKey(String loss, DataType type, List<Long> shape) {

    static TableKey of(String loss, INDArray table) {
      return new TableKey(loss, table.dataType(), LongStream.of(table.shape()).boxed().toList());
    }
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
    latentLoops.values().forEach(LatentLoopKernel::close);
    latentLoops.clear();
    tokenTables.values().forEach(TokenTableMath::close);
    tokenTables.clear();
    arrays.close();
  }

  @Override
  protected Map<String, INDArray> preprocessPlaceholders(
      Map<String, INDArray> placeholders, At at) {
    freedArrays.clear(); // ND4J never does, and remembers every array of every run
    arrays.startRun();
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
