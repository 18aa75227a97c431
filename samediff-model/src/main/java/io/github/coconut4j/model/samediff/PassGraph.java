package io.github.coconut4j.model.samediff;

import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.Weights;
import io.github.coconut4j.model.op.JavaOpSession;
import io.github.coconut4j.model.op.JavaOps;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * One transformer pass as a separate graph with the keys and values of earlier time steps as
 * placeholders. Decoding runs it once for each new time step.
 */
final class PassGraph implements AutoCloseable {

  private static final String EMBEDDINGS = "embeddings";
  private static final String POSITION_IDS = "position_ids";
  private static final String ATTENTION_BIAS = "attention_bias";
  private static final String HIDDEN = "hidden";
  private static final String STATES = "states";
  private static final String LATENTS = "latents";

  private final TransformerConfig config;
  private final Weights weights;
  private final DataType type;
  private final SameDiff first;
  private final SameDiff later;

  PassGraph(TransformerConfig config, Weights weights) {
    this.config = config;
    this.weights = weights;
    this.type = weights.tokenTable().dataType();
    JavaOps.register();
    this.first = build(false);
    this.later = build(true);
  }

  /**
   * Final hidden states of some time steps, and all keys and values.
   *
   * @param hidden [B, t, D]
   * @param keyValues keys and values [B, H, K, S] by name, for the next pass
   */
  record Result(INDArray hidden, Map<String, INDArray> keyValues) {}

  /**
   * Reads some time steps.
   *
   * @param embeddings input embeddings without positions [B, t, D]
   * @param positionIds INT32 [B, t]
   * @param attentionBias [B, 1, t, K]
   * @param past keys and values of an earlier result, empty at first
   */
  Result run(
      INDArray embeddings,
      INDArray positionIds,
      INDArray attentionBias,
      Map<String, INDArray> past) {
    SameDiff graph = past.isEmpty() ? first : later;
    Map<String, INDArray> placeholders = new HashMap<>();
    past.forEach((name, array) -> placeholders.put("past_" + name, array));
    placeholders.put(EMBEDDINGS, embeddings);
    placeholders.put(POSITION_IDS, positionIds);
    placeholders.put(ATTENTION_BIAS, attentionBias);
    List<String> names = new ArrayList<>(keyValueNames());
    names.add(HIDDEN);
    Map<String, INDArray> results = new HashMap<>(graph.output(placeholders, names));
    return new Result(results.remove(HIDDEN), results);
  }

  /**
   * The inputs of latents after some positions.
   *
   * @param hidden final hidden states [n, D]
   * @return [n, D]
   */
  INDArray latents(INDArray hidden) {
    return config.getThoughtMap().isIdentity()
        ? hidden.dup()
        : first.output(Map.of(STATES, hidden), LATENTS).get(LATENTS);
  }

  /** The weights of the graph. */
  Weights weights() {
    return weights;
  }

  /** Frees the memory of the graph's sessions. */
  @Override
  public void close() {
    JavaOpSession.closeAll(first);
    JavaOpSession.closeAll(later);
  }

  private SameDiff build(boolean withPast) {
    SameDiff graph = SameDiff.create();
    weights.asMap().forEach(graph::var);
    TransformerPass pass =
        new TransformerGraph(graph, graph::getVariable, config)
            .pass(
                graph.placeHolder(EMBEDDINGS, type, -1, -1, config.getNEmbd()),
                graph.placeHolder(POSITION_IDS, DataType.INT32, -1, -1),
                graph.placeHolder(ATTENTION_BIAS, type, -1, 1, -1, -1),
                withPast ? past(graph) : List.of(),
                PassDropout.NONE);
    pass.hidden().rename(HIDDEN);
    if (!config.getThoughtMap().isIdentity()) {
      SDVariable states = graph.placeHolder(STATES, type, -1, config.getNEmbd());
      ThoughtMapGraph.latents(states, graph::getVariable, config).rename(LATENTS);
    }
    for (int layer = 0; layer < config.getNLayer(); layer++) {
      KeyValues keyValues = pass.keyValues().get(layer);
      graph.identity("keys_" + layer, keyValues.keys());
      graph.identity("values_" + layer, keyValues.values());
    }
    return graph;
  }

  private List<KeyValues> past(SameDiff graph) {
    List<KeyValues> past = new ArrayList<>();
    for (int layer = 0; layer < config.getNLayer(); layer++) {
      past.add(
          new KeyValues(
              pastPlaceholder(graph, "keys_" + layer), pastPlaceholder(graph, "values_" + layer)));
    }
    return past;
  }

  private SDVariable pastPlaceholder(SameDiff graph, String name) {
    return graph.placeHolder(
        "past_" + name, type, -1, config.keyValueHeads(), -1, config.headSize());
  }

  private List<String> keyValueNames() {
    List<String> names = new ArrayList<>();
    for (int layer = 0; layer < config.getNLayer(); layer++) {
      names.add("keys_" + layer);
      names.add("values_" + layer);
    }
    return names;
  }
}
