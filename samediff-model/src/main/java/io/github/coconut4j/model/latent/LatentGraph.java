package io.github.coconut4j.model.latent;

import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.Weights;
import io.github.coconut4j.model.op.EmbeddingLookup;
import io.github.coconut4j.model.op.JavaOpSession;
import io.github.coconut4j.model.op.JavaOps;
import io.github.coconut4j.model.op.LabelCrossEntropy;
import io.github.coconut4j.model.op.SessionPool;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.api.OutAndGrad;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The SameDiff graph of a model: token embeddings, the latent loop, logits and the loss.
 *
 * <p>Placeholders are {@code input_ids}, {@code position_ids}, {@code attention_mask}, {@code
 * latent_mask} [B, T], {@code cells} and {@code label_tokens} [n]; results are {@code hidden} [n,
 * D], {@code logits} [n, V] and {@code loss}.
 */
final class LatentGraph implements AutoCloseable {

  private static final String INPUT_IDS = "input_ids";
  private static final String POSITION_IDS = "position_ids";
  private static final String ATTENTION_MASK = "attention_mask";
  private static final String LATENT_MASK = "latent_mask";
  private static final String CELLS = "cells";
  private static final String LABEL_TOKENS = "label_tokens";
  private static final String HIDDEN = "hidden";
  private static final String LOGITS = "logits";
  private static final String LOSS = "loss";

  private final SameDiff sameDiff = SameDiff.create();
  private final LatentLoop loop;
  private final DataType type;
  private final SessionPool sessions = new SessionPool(sameDiff);

  /** Null before the first gradients. */
  private SessionPool gradientSessions;

  LatentGraph(TransformerConfig config, Weights weights, LatentLoop loop, LatentColumns columns) {
    this.loop = loop;
    JavaOps.register();
    this.type = weights.get(Weights.TOKEN_TABLE).dataType();
    weights.asMap().forEach(sameDiff::var);
    SDVariable table = sameDiff.getVariable(Weights.TOKEN_TABLE);
    SDVariable embeddings =
        EmbeddingLookup.of(table, integers(INPUT_IDS, -1, -1)).rename("token_embeddings");
    LoopInputs inputs =
        new LoopInputs(
            sameDiff,
            config,
            embeddings,
            integers(POSITION_IDS, -1, -1),
            integers(ATTENTION_MASK, -1, -1),
            integers(LATENT_MASK, -1, -1),
            integers(CELLS, -1));
    SDVariable hidden = loop.hiddenStates(inputs, columns).rename(HIDDEN);
    sameDiff.mmul(LOGITS, hidden, table, false, true, false);
    LabelCrossEntropy.of(LOSS, hidden, table, integers(LABEL_TOKENS, -1));
    sameDiff.setLossVariables(LOSS);
  }

  SameDiff sameDiff() {
    return sameDiff;
  }

  /** Mean cross-entropy over the labelled tokens. */
  double loss(LatentBatch batch) {
    return output(labelled(batch, LabelledCells.of(batch)), LOSS).getDouble();
  }

  /** Mean loss and its gradient with respect to every parameter. */
  LossGradients lossAndGradients(LatentBatch batch, LabelledCells cells, List<String> parameters) {
    Map<String, INDArray> placeholders = labelled(batch, cells);
    return gradientSessions()
        .run(
            session -> {
              OutAndGrad result =
                  sameDiff.calculateGradientsAndOutputs(placeholders, List.of(LOSS), parameters);
              double loss = result.getOutputs().get(LOSS).getDouble();
              session.takeBack(result.getOutputs().values());
              return new LossGradients(
                  loss,
                  (int) cells.getTokens().length(),
                  new LinkedHashMap<>(result.getGradients()),
                  session::takeBack);
            });
  }

  /** Differentiates once: SameDiff would let two threads do it at the same time. */
  private synchronized SessionPool gradientSessions() {
    if (!sameDiff.hasGradientFunction()) {
      sameDiff.createGradFunction();
    }
    SameDiff gradients = JavaOpSession.gradientGraph(sameDiff);
    if (gradientSessions == null || !gradientSessions.serves(gradients)) {
      closeGradients();
      gradientSessions = new SessionPool(gradients);
    }
    return gradientSessions;
  }

  /** Final hidden states at every position [B * T, D]. */
  INDArray hiddenStates(LatentBatch batch) {
    return atEveryCell(batch, HIDDEN);
  }

  /** Logits at every position [B * T, V]. */
  INDArray logits(LatentBatch batch) {
    return atEveryCell(batch, LOGITS);
  }

  private INDArray atEveryCell(LatentBatch batch, String result) {
    return output(placeholders(batch, LabelledCells.all(batch)), result);
  }

  private INDArray output(Map<String, INDArray> placeholders, String result) {
    return sessions.run(session -> sameDiff.output(placeholders, result).get(result));
  }

  private Map<String, INDArray> labelled(LatentBatch batch, LabelledCells cells) {
    Map<String, INDArray> placeholders = placeholders(batch, cells.getCells());
    placeholders.put(LABEL_TOKENS, cells.getTokens());
    return placeholders;
  }

  private Map<String, INDArray> placeholders(LatentBatch batch, INDArray cells) {
    Map<String, INDArray> placeholders = new HashMap<>(loop.ownPlaceholders(batch, type));
    placeholders.put(INPUT_IDS, batch.getInputIds());
    placeholders.put(POSITION_IDS, batch.getPositionIds());
    placeholders.put(ATTENTION_MASK, batch.getAttentionMask());
    placeholders.put(LATENT_MASK, batch.getLatentMask());
    placeholders.put(CELLS, cells);
    return placeholders;
  }

  @Override
  public synchronized void close() {
    sessions.close();
    closeGradients();
    JavaOpSession.closeAll(sameDiff); // those of callers that ran the graph themselves
  }

  private void closeGradients() {
    if (gradientSessions != null) {
      gradientSessions.close();
    }
  }

  private SDVariable integers(String name, long... shape) {
    return sameDiff.placeHolder(name, DataType.INT32, shape);
  }
}
