package io.github.coconut4j.model.op;

import io.github.coconut4j.model.backend.Backends;
import io.github.coconut4j.model.backend.DeviceArrays;
import io.github.coconut4j.model.backend.DeviceBackend;
import io.github.coconut4j.model.backend.Nd4jBackend;
import io.github.coconut4j.model.backend.RunArrays;
import io.github.coconut4j.model.backend.TokenTable;
import io.github.coconut4j.model.loop.DeviceLoop;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.nd4j.autodiff.functions.DifferentialFunction;
import org.nd4j.autodiff.listeners.At;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.config.ExecutionResult;
import org.nd4j.autodiff.samediff.config.SDValue;
import org.nd4j.autodiff.samediff.config.SDValueType;
import org.nd4j.autodiff.samediff.internal.FrameIter;
import org.nd4j.autodiff.samediff.internal.InferenceSession;
import org.nd4j.autodiff.samediff.internal.SameDiffOp;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.Op;
import org.nd4j.linalg.api.ops.OpContext;
import org.nd4j.linalg.api.shape.LongShapeDescriptor;

/**
 * An inference session that runs {@link JavaOp}s itself and passes every other op on to ND4J.
 *
 * <p>The state of a session serves one thread at a time: SameDiff keeps a session for each thread
 * and graph, and a {@link SessionPool} lends them. Sessions of ended threads are closed when one is
 * made for another thread.
 */
public final class JavaOpSession extends InferenceSession implements AutoCloseable {

  /** Name under which SameDiff keeps the graph of its gradients. */
  private static final String GRADIENT_FUNCTION = "grad";

  private final ReusedArrays arrays = new ReusedArrays(array -> runArrays().release(array));

  /** Loops by the name of their result and model. */
  private final Map<List<Object>, DeviceLoop> latentLoops = new HashMap<>();

  /** Tables by the loss and the table's shape. */
  private final Map<List<Object>, TokenTable> tokenTables = new HashMap<>();

  /** Arrays of the backend of the graph's loop; null until it is known. */
  private DeviceArrays deviceArrays;

  private RunArrays runArrays;

  /** Whether results may stay on the device until their receiver requests them. */
  private boolean leavesResults;

  private volatile Thread user = Thread.currentThread();

  JavaOpSession(SameDiff sameDiff) {
    super(sameDiff);
    setMmgr(arrays);
  }

  /** Sets the thread that runs the session from now on. */
  void usedBy(Thread thread) {
    user = thread;
  }

  /** Closes a graph's sessions whose threads have ended, since nothing else does. */
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
   * Receives arrays that this session computed; its next runs may overwrite them. Any thread may
   * call it.
   */
  public void takeBack(Collection<INDArray> results) {
    results.forEach(arrays::takeBack);
  }

  /**
   * Makes an op's input its output too, instead of the allocated output. For an op that modifies an
   * input that nothing else reads.
   */
  void returnInput(OpContext context, INDArray input) {
    arrays.takeBack(context.getOutputArray(0));
    context.setOutputArray(0, input);
  }

  /** The graph of a graph's gradients; null until it was differentiated. */
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
   * One of the graph's fused loops, with the activations of its last forward pass.
   *
   * @param hidden name of the loop's result, which distinguishes it from the graph's other loops
   */
  DeviceLoop latentLoop(String hidden, LatentLoopOp.Model model) {
    return latentLoops.computeIfAbsent(List.of(hidden, model), key -> newLoop(model));
  }

  private static DeviceLoop newLoop(LatentLoopOp.Model model) {
    DeviceBackend backend = deviceBackend(model.backend());
    return new DeviceLoop(model.config(), backend.device(model.config(), model.precision()));
  }

  private static DeviceBackend deviceBackend(String name) {
    if (Backends.available(name) instanceof DeviceBackend backend) {
      return backend;
    }
    throw new IllegalStateException(
        "A fused latent loop needs a backend with a device, but the graph names " + name + ".");
  }

  /** Looks up rows of this table; it is stateless, so tables of one size share it. */
  TokenTable tokenTable(INDArray table) {
    return tokenTable("", table);
  }

  /**
   * Computes a loss with this table, and stores what the loss's gradient needs.
   *
   * @param loss name of the loss
   */
  TokenTable tokenTable(String loss, INDArray table) {
    DataType type = table.dataType();
    return tokenTables.computeIfAbsent(
        List.of(loss, LongShapeDescriptor.fromShape(table.shape(), type)),
        key -> newTokenTable(type, table.size(0), table.size(1)));
  }

  /**
   * The table of the backend of the graph's fused loop, which computes in FLOAT, or else ND4J's.
   */
  private TokenTable newTokenTable(DataType type, long vocabulary, long width) {
    return ops(LatentLoopOp.class)
        .filter(loop -> type == DataType.FLOAT || type == DataType.BFLOAT16)
        .map(LatentLoopOp::model)
        .map(
            model ->
                Backends.available(model.backend())
                    .tokenTable(type, vocabulary, width, model.precision()))
        .findFirst()
        .orElseGet(() -> Backends.named(Nd4jBackend.NAME).tokenTable(type, vocabulary, width));
  }

  /** The arrays of this graph that its loop's device may hold. */
  public DeviceArrays deviceArrays() {
    if (deviceArrays == null) {
      deviceArrays =
          ops(LatentLoopOp.class)
              .map(loop -> Backends.deviceArrays(loop.model().backend()))
              .filter(arrays -> arrays != DeviceArrays.NONE)
              .findFirst()
              .orElse(DeviceArrays.NONE);
    }
    return deviceArrays;
  }

  private RunArrays runArrays() {
    if (runArrays == null) {
      runArrays = deviceArrays().runArrays();
    }
    return runArrays;
  }

  /** Sets whether results may stay on the device until their receiver requests them. */
  public void leaveResults(boolean leaves) {
    leavesResults = leaves;
  }

  /** Whether this graph contains a gradient of the loop, so that activations must be stored. */
  boolean differentiates() {
    return ops(LatentLoopGradient.class).findAny().isPresent();
  }

  private <T> Stream<T> ops(Class<T> type) {
    return sameDiff.getOps().values().stream()
        .map(SameDiffOp::getOp)
        .filter(type::isInstance)
        .map(type::cast);
  }

  @Override
  public void close() {
    latentLoops.values().forEach(DeviceLoop::close);
    latentLoops.clear();
    tokenTables.values().forEach(TokenTable::close);
    tokenTables.clear();
    arrays.close();
    runArrays().close();
  }

  @Override
  protected Map<String, INDArray> preprocessPlaceholders(
      Map<String, INDArray> placeholders, At at) {
    freedArrays.clear(); // ND4J never does this, and remembers every array of every run
    arrays.startRun();
    runArrays().start();
    return super.preprocessPlaceholders(placeholders, at);
  }

  @Override
  protected Map<String, SDValue> postProcessOutputValues(Map<String, SDValue> output) {
    output.values().forEach(value -> handOut(tensors(value)));
    Map<String, SDValue> processed = super.postProcessOutputValues(output);
    arrays.endRun();
    return processed;
  }

  private void handOut(List<INDArray> results) {
    arrays.handOut(results);
    if (!leavesResults) {
      deviceArrays().release(results);
    }
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
      prepare(op, context, javaOp.runsOnDevice());
      javaOp.execute(context, this);
      return ExecutionResult.createFrom(op, context);
    }
    prepare(op, context, false);
    return super.doExec(
        op, context, outputFrameIter, opInputs, allIterInputs, constAndPhInputs, otherPlaceHolders);
  }

  /**
   * Called before an op: copies inputs that the host reads to the host, and registers outputs that
   * a device writes; all count as the host's until the device writes them.
   */
  private void prepare(DifferentialFunction op, OpContext context, boolean onDevice) {
    DeviceArrays device = deviceArrays();
    if (device == DeviceArrays.NONE) {
      return;
    }
    if (onDevice) {
      runArrays().hold(context.getOutputArrays());
    } else {
      device.toHost(context.getInputArrays());
      if (op instanceof Op legacy) {
        Stream.of(legacy.x(), legacy.y())
            .filter(Objects::nonNull)
            .forEach(array -> device.toHost(List.of(array)));
      }
    }
    device.hostChanged(context.getOutputArrays());
  }
}
