package io.github.coconut4j.model.loop;

import io.github.coconut4j.model.ParameterLayout;
import io.github.coconut4j.model.ParameterLayout.Role;
import java.util.List;

/**
 * The input of the first block, and its gradients: the embedding of a position's token, or the
 * hidden state that is fed back there, plus the position embedding if the model has a table of
 * positions.
 */
final class InputEmbedding {

  private InputEmbedding() {}

  private static boolean hasTable(Parameters parameters) {
    return parameters.has(Role.POSITION_EMBEDDING, ParameterLayout.NO_LAYER);
  }

  private static Matrix table(Parameters parameters) {
    return parameters.weight(Role.POSITION_EMBEDDING, ParameterLayout.NO_LAYER);
  }

  /**
   * Writes the first block's input for a pass.
   *
   * @param tokens embeddings [B · T, d]; those of latents that are fed a hidden state are not read
   * @param latents the inputs of these latents
   */
  static void forward(
      LayerOperations operations,
      Pass pass,
      Matrix tokens,
      ThoughtMap.Latents latents,
      Parameters parameters,
      Matrix input) {
    int[] rows = pass.tokenRows();
    int[] fed = pass.fedRows();
    if (!hasTable(parameters)) {
      operations.copyRows(tokens, pass.tokenIndices(), input, rows);
      operations.copyRows(latents.matrix(), latents.rows(), input, fed);
      return;
    }
    Matrix table = table(parameters);
    operations.addRows(tokens, pass.tokenIndices(), table, pass.tokenPositionIds(), input, rows);
    operations.addRows(latents.matrix(), latents.rows(), table, pass.fedPositionIds(), input, fed);
  }

  /**
   * Propagates the gradient of the first block's input to the token embeddings; {@link ThoughtMap}
   * handles positions that were fed a hidden state.
   *
   * @param accumulate whether a token's gradient is added to that of its later visits, or
   *     overwrites it
   * @param keepsFed whether gradients at positions that were fed a hidden state are kept too
   * @param tokenGradients [B · T, d]; 0 where a hidden state was fed, unless kept
   */
  static void backward(
      LayerOperations operations,
      Pass pass,
      Matrix inputGradient,
      boolean accumulate,
      boolean keepsFed,
      Matrix tokenGradients) {
    if (!accumulate && !keepsFed) {
      for (int token : pass.fedTokenIndices()) {
        operations.clear(tokenGradients.rows(token, 1));
      }
    }
    copyOrAddRows(
        operations,
        inputGradient,
        pass.tokenRows(),
        accumulate,
        tokenGradients,
        pass.tokenIndices());
    if (keepsFed) {
      copyOrAddRows(
          operations,
          inputGradient,
          pass.fedRows(),
          accumulate,
          tokenGradients,
          pass.fedTokenIndices());
    }
  }

  private static void copyOrAddRows(
      LayerOperations operations,
      Matrix from,
      int[] rows,
      boolean accumulate,
      Matrix to,
      int[] tokens) {
    if (accumulate) {
      operations.addRows(to, tokens, from, rows, to, tokens);
    } else {
      operations.copyRows(from, rows, to, tokens);
    }
  }

  /** Writes the position table's gradient, if it is trained, summed over all workers and passes. */
  static void positionGradients(
      LayerOperations operations, List<WorkerLoop> workers, Parameters gradients) {
    Matrix target = hasTable(gradients) ? table(gradients) : null;
    if (target == null) {
      return;
    }
    operations.clear(target);
    for (WorkerLoop worker : workers) {
      for (Pass pass : worker.layout().passes()) {
        int[] ids = pass.positionIds();
        operations.addRows(target, ids, worker.inputGradient(pass), null, target, ids);
      }
    }
  }
}
