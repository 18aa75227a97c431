package io.github.coconut4j.model.op;

import java.util.Map;
import java.util.Set;
import org.nd4j.autodiff.functions.DifferentialFunction;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.config.ExecutionResult;
import org.nd4j.autodiff.samediff.config.SDValue;
import org.nd4j.autodiff.samediff.internal.FrameIter;
import org.nd4j.autodiff.samediff.internal.InferenceSession;
import org.nd4j.linalg.api.ops.OpContext;

/**
 * An inference session that runs {@link JavaOp}s itself and passes every other op on to ND4J.
 *
 * <p>SameDiff keeps one session for each thread and graph, so that what hangs on a session belongs
 * to one thread.
 */
public final class JavaOpSession extends InferenceSession {

  JavaOpSession(SameDiff sameDiff) {
    super(sameDiff);
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
