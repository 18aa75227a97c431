package io.github.coconut4j.model.loop;

import io.github.coconut4j.model.ParameterLayout;
import io.github.coconut4j.model.ParameterLayout.Role;
import java.util.List;

/**
 * What the first block reads, and its gradients: the embedding of a position's token, or what is
 * fed back there, plus its position's embedding where the model has a table of these.
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
   * Writes the first block's input on a pass.
   *
   * @param tokens embeddings [B · T, d]; those of latents that are fed a hidden state are not read
   * @param latents what these are fed
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
   * Hands the gradient of the first block's input on to the tokens; {@link ThoughtMap} takes that
   * of positions that were fed a hidden state.
   *
   * @param accumulate whether a token's gradient is added to what its later visits gave, or written
   * @param keepsFed whether the gradient of what was fed is handed on too
   * @param tokenGradients [B · T, d]; 0 where a hidden state was fed, unless that is kept
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
    hand(
        operations,
        inputGradient,
        pass.tokenRows(),
        accumulate,
        tokenGradients,
        pass.tokenIndices());
    if (keepsFed) {
      hand(
          operations,
          inputGradient,
          pass.fedRows(),
          accumulate,
          tokenGradients,
          pass.fedTokenIndices());
    }
  }

  private static void hand(
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
