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
   * @param tokenGradients [B · T, d]; 0 where a hidden state was fed
   */
  static void backward(
      LayerOperations operations,
      Pass pass,
      Matrix inputGradient,
      boolean accumulate,
      Matrix tokenGradients) {
    int[] rows = pass.tokenRows();
    int[] tokens = pass.tokenIndices();
    if (accumulate) {
      operations.addRows(tokenGradients, tokens, inputGradient, rows, tokenGradients, tokens);
      return;
    }
    operations.copyRows(inputGradient, rows, tokenGradients, tokens);
    for (int token : pass.fedTokenIndices()) {
      operations.clear(tokenGradients.rows(token, 1));
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
