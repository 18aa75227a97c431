package io.github.coconut4j.model.op;

import org.nd4j.linalg.api.ops.OpContext;

/** An op of a SameDiff graph that runs in Java instead of in ND4J's native library. */
interface JavaOp {

  /**
   * Reads the context's inputs and writes its outputs, which are already allocated.
   *
   * @param context inputs and outputs of this call
   * @param session the session of the calling thread, for state kept between ops and calls
   */
  void execute(OpContext context, JavaOpSession session);

  /** Whether only the loop's device reads and writes its FLOAT arrays. */
  default boolean runsOnDevice() {
    return false;
  }
}
