package io.github.coconut4j.model.latent;

import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.Weights;
import io.github.coconut4j.model.dropout.Dropout;
import io.github.coconut4j.model.latent.Objective.Targets;
import io.github.coconut4j.model.op.EmbeddingLookup;
import io.github.coconut4j.model.op.JavaOpSession;
import io.github.coconut4j.model.op.JavaOps;
import io.github.coconut4j.model.op.SessionPool;
import io.github.coconut4j.model.op.TrainedRows;
import io.github.coconut4j.model.op.WidenedTable;
import io.github.coconut4j.model.samediff.ThoughtMapGraph;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.api.OutAndGrad;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The SameDiff graph of a model: token embeddings, the latent loop, logits and an objective's loss.
 *
 * <p>Placeholders are {@code input_ids}, {@code position_ids}, {@code attention_mask}, {@code
 * latent_mask} [B, T], {@code queried_positions} [n], {@code probed_positions} [m] if the objective
 * reads layers, the objective's and, with dropout, {@link DropoutInputs}. Results are {@code
 * hidden} [n, D], {@code logits} [n, V] and {@code loss}, unless the objective has another variable
 * of that name.
 */
final class LatentGraph implements AutoCloseable {

  private static final String INPUT_IDS = "input_ids";
  private static final String POSITION_IDS = "position_ids";
  private static final String ATTENTION_MASK = "attention_mask";
  private static final String LATENT_MASK = "latent_mask";
  private static final String QUERIED = "queried_positions";
  private static final String PROBED = "probed_positions";
  private static final String HIDDEN = "hidden";
  private static final String LAYERS = "layer_states";
  private static final String LOGITS = "logits";
  private static final String LOSS = "loss";
  private static final String TRAINED_TOKENS = "trained_tokens";
  private static final String WORDS = "word_embeddings";
  private static final String OFFSET = "input_offset";

  private final SameDiff sameDiff = SameDiff.create();
  private final CheckedObjective objective;

  /** Name of the objective's loss. */
  private final String loss;

  /** Name of the inputs that latents after the queried positions would have [n, D]. */
  private final String latents;

  /** Whether gradients are of the input embeddings and not of the parameters. */
  private final boolean differentiatesInputs;

  private final SessionPool sessions = new SessionPool(sameDiff);

  /** Null until gradients are first computed. */
  private SessionPool gradientSessions;

  /**
   * Builds a graph.
   *
   * @param loops makes the loops of other transformers that the objective runs
   * @param layout layout with the visits that the graph is for, if the loop depends on them
   * @param withDropout whether each run is given its dropout
   */
  LatentGraph(
      TransformerConfig config,
      Weights weights,
      LatentLoop loop,
      Function<TransformerConfig, LatentLoop> loops,
      BatchLayout layout,
      Objective objective,
      boolean withDropout) {
    JavaOps.register();
    differentiatesInputs = layout.keepsFedGradients();
    addParameters(weights, objective);
    SDVariable table = tokenTable(weights);
    SDVariable outputs = weights.hasTiedTables() ? table : table(weights.getOutputTableName());
    SDVariable embeddings =
        EmbeddingLookup.of(table, integers(INPUT_IDS, -1, -1)).rename("token_embeddings");
    SDVariable words = differentiatesInputs ? words(embeddings, config.getNEmbd()) : embeddings;
    LoopStates states =
        loop.states(loopInputs(words, objective.readsLayers(), withDropout), layout);
    SDVariable hidden = states.hidden().rename(HIDDEN);
    SDVariable layers = states.layers() == null ? null : states.layers().rename(LAYERS);
    latents = ThoughtMapGraph.latents(hidden, sameDiff::getVariable, config).name();
    SDVariable outputValues = table(weights.getOutputTableName());
    sameDiff.mmul(LOGITS, hidden, outputValues, false, true, false);
    this.objective =
        new CheckedObjective(
            objective,
            ObjectiveInputs.builder()
                .config(config)
                .hidden(hidden)
                .layers(layers)
                .tokenTable(table)
                .outputTable(outputs)
                .loops(loops)
                .build());
    if (!sameDiff.hasVariable(LOSS)) {
      this.objective.loss().rename(LOSS);
    }
    loss = this.objective.loss().name();
    sameDiff.setLossVariables(loss);
  }

  private void addParameters(Weights weights, Objective objective) {
    weights
        .asMap()
        .forEach(
            (name, array) ->
                addParameter(
                    name, array, weights.isTrained(name) && array.dataType() != DataType.BFLOAT16));
    objective.parameters().forEach((name, array) -> addParameter(name, array, true));
  }

  private LoopInputs loopInputs(SDVariable words, boolean readsLayers, boolean withDropout) {
    return new LoopInputs(
        sameDiff,
        sameDiff::getVariable,
        words,
        integers(POSITION_IDS, -1, -1),
        integers(ATTENTION_MASK, -1, -1),
        integers(LATENT_MASK, -1, -1),
        integers(QUERIED, -1),
        readsLayers ? integers(PROBED, -1) : null,
        withDropout ? DropoutInputs.placeholders(sameDiff) : null);
  }

  /**
   * Token embeddings that have gradients: SameDiff differentiates only what depends on a variable,
   * which is the offset here.
   */
  private SDVariable words(SDVariable embeddings, int width) {
    INDArray zeros = Nd4j.zeros(embeddings.dataType(), 1, 1, width);
    return embeddings.add(WORDS, sameDiff.var(OFFSET, zeros));
  }

  /** A parameter that is not trained is a constant, for which SameDiff computes no gradient. */
  private void addParameter(String name, INDArray array, boolean trained) {
    if (sameDiff.hasVariable(name)) {
      throw new IllegalArgumentException(
          "An objective's parameters must have names of their own, but the model has "
              + name
              + " too. Give the objective's another name.");
    }
    if (trained && !differentiatesInputs) {
      sameDiff.var(name, array);
    } else {
      sameDiff.constant(name, array);
    }
  }

  /** The token table, or a stand-in whose trained rows have gradients. */
  private SDVariable tokenTable(Weights weights) {
    SDVariable table = table(weights.getTokenTableName());
    if (weights.getTrainedRowsName() == null) {
      return table;
    }
    SDVariable rows = sameDiff.getVariable(weights.getTrainedRowsName());
    INDArray tokens = Nd4j.createFromArray(weights.trainedTokens());
    return TrainedRows.of(table, rows, sameDiff.constant(TRAINED_TOKENS, tokens));
  }

  /** A table in the type of the computation. */
  private SDVariable table(String name) {
    return WidenedTable.of(sameDiff.getVariable(name));
  }

  SameDiff sameDiff() {
    return sameDiff;
  }

  double loss(LatentBatch batch) {
    return CheckedObjective.scalar(output(placeholders(batch, objective.targets(batch)), loss));
  }

  /**
   * The loss and its gradient with respect to trained parameters.
   *
   * @param dropout the batch's dropout; null in a graph without dropout
   */
  LossGradients lossAndGradients(LatentBatch batch, Dropout dropout, List<String> parameters) {
    Targets targets = objective.targets(batch);
    Map<String, INDArray> placeholders = placeholders(batch, targets);
    if (dropout != null) {
      placeholders.putAll(DropoutInputs.values(dropout));
    }
    return gradientSessions()
        .run(
            session -> {
              session.leaveResults(true);
              OutAndGrad result;
              try {
                result =
                    sameDiff.calculateGradientsAndOutputs(placeholders, List.of(loss), parameters);
              } finally {
                session.leaveResults(false);
              }
              return new LossGradients(
                  CheckedObjective.requireScalar(result.getOutputs().get(loss)),
                  targets.count(),
                  whole(result.getGradients(), parameters),
                  session::takeBack,
                  session.deviceArrays());
            });
  }

  /**
   * The loss's gradient with respect to the input embeddings [B, T, D], in a graph whose layout
   * keeps those at latents.
   */
  INDArray inputGradients(LatentBatch batch) {
    Map<String, INDArray> placeholders = placeholders(batch, objective.targets(batch));
    return gradientSessions()
        .run(session -> sameDiff.calculateGradients(placeholders, WORDS).get(WORDS).dup());
  }

  /**
   * Adds zero gradients for parameters that the loss does not reach, such as the map of thoughts
   * without latents: SameDiff has none for them.
   */
  private Map<String, INDArray> whole(Map<String, INDArray> reached, List<String> parameters) {
    Map<String, INDArray> gradients = new LinkedHashMap<>(reached);
    parameters.forEach(
        name ->
            gradients.computeIfAbsent(
                name, absent -> Nd4j.zerosLike(sameDiff.getVariable(name).getArr())));
    return gradients;
  }

  /** Differentiates once; SameDiff itself would let two threads do so at the same time. */
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

  /**
   * The input of each block at the positions that the objective probes, and the final hidden states
   * there: [L, m, D] and [m, D].
   */
  INDArray[] layerStates(LatentBatch batch, int[] positions) {
    Targets targets = new Targets(positions, positions, Map.of(), positions.length);
    Map<String, INDArray> results =
        sessions.run(
            session -> sameDiff.output(placeholders(batch, targets), List.of(LAYERS, HIDDEN)));
    return new INDArray[] {results.get(LAYERS), results.get(HIDDEN)};
  }

  /** Final hidden states at every position [B * T, D]. */
  INDArray hiddenStates(LatentBatch batch) {
    return atEveryPosition(batch, HIDDEN);
  }

  /** The inputs that latents after every position would have [B * T, D]. */
  INDArray latents(LatentBatch batch) {
    return atEveryPosition(batch, latents);
  }

  /** Logits at every position [B * T, V]. */
  INDArray logits(LatentBatch batch) {
    return atEveryPosition(batch, LOGITS);
  }

  private INDArray atEveryPosition(LatentBatch batch, String result) {
    int[] all = IntStream.range(0, batch.sequences() * batch.steps()).toArray();
    return output(placeholders(batch, new Targets(all, Map.of(), all.length)), result);
  }

  private INDArray output(Map<String, INDArray> placeholders, String result) {
    return sessions.run(session -> sameDiff.output(placeholders, result).get(result));
  }

  private Map<String, INDArray> placeholders(LatentBatch batch, Targets targets) {
    Map<String, INDArray> placeholders = new HashMap<>(targets.placeholders());
    placeholders.put(INPUT_IDS, batch.getInputIds());
    placeholders.put(POSITION_IDS, batch.getPositionIds());
    placeholders.put(ATTENTION_MASK, batch.getAttentionMask());
    placeholders.put(LATENT_MASK, batch.getLatentMask());
    placeholders.put(QUERIED, Nd4j.createFromArray(targets.queried()));
    if (targets.probed() != null) {
      placeholders.put(PROBED, Nd4j.createFromArray(targets.probed()));
    }
    return placeholders;
  }

  @Override
  public synchronized void close() {
    sessions.close();
    closeGradients();
    JavaOpSession.closeAll(sameDiff); // sessions of callers that ran the graph themselves
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
