package io.github.coconut4j.model.samediff;

import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.Weights;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.nd4j.autodiff.samediff.SDIndex;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A model as graphs that contain only ND4J's own operations and run wherever ND4J does. One reads a
 * question and computes the latents, the other reads one more token. Both have keys and values of
 * each layer, {@code keys_0}, {@code values_0} and so on [1, G, K, S], as results, the logits of
 * the next token and the most likely token. The second takes keys and values of the previous run as
 * {@code past_keys_0} and so on.
 *
 * <p>One sequence without padding. Position ids follow from lengths and are not given.
 */
public final class StockGraphs {

  private static final float HIDDEN = -1e9f;

  private final TransformerConfig config;
  private final Weights weights;
  private final SameDiff graph = SameDiff.create();
  private final TransformerGraph transformer;

  private StockGraphs(TransformerConfig config, Weights weights) {
    this.config = config;
    this.weights = weights;
    weights.asMap().forEach(graph::var); // with constants the transformer would use our own ops
    transformer =
        new TransformerGraph(
            graph, graph::getVariable, config, (table, indices) -> graph.gather(table, indices, 0));
  }

  /**
   * The graph that reads {@code question_ids} INT32 [1, P].
   *
   * @param after ids of the tokens after the question
   * @param latents which of them are latents, whose input is the previous hidden state
   */
  public static SameDiff prefill(
      TransformerConfig config, Weights weights, int[] after, boolean[] latents) {
    return new StockGraphs(config, weights).prefill(after, latents);
  }

  /** The graph that reads {@code token_id} INT32 [1, 1]. */
  public static SameDiff step(TransformerConfig config, Weights weights) {
    return new StockGraphs(config, weights).step();
  }

  private SameDiff prefill(int[] after, boolean[] latents) {
    int thoughts = count(latents);
    int first = thoughts == 0 ? after.length : first(latents);
    SDVariable ids = graph.placeHolder("question_ids", DataType.INT32, 1, -1);
    SDVariable read = joined(ids, Arrays.copyOf(after, first));
    SDVariable length = length(read, 1);
    List<SDVariable> positions = new ArrayList<>(List.of(upTo(read)));
    TransformerPass pass = pass(embeddings(read), positions, List.of());
    for (int i = 0; i < thoughts; i++) {
      boolean isLast = i == thoughts - 1;
      SDVariable fed = transformer.latents(last(pass)).reshape(1, 1, config.getNEmbd());
      List<SDVariable> own = new ArrayList<>(List.of(length.add(i)));
      if (isLast && first + thoughts < after.length) {
        int[] rest = Arrays.copyOfRange(after, first + thoughts, after.length);
        fed = graph.concat(1, fed, embeddings(ids(rest)));
        for (int j = 1; j <= rest.length; j++) {
          own.add(length.add(i + j));
        }
      }
      pass = pass(fed, own, positions, pass.keyValues());
    }
    return results(pass);
  }

  private SameDiff step() {
    SDVariable id = graph.placeHolder("token_id", DataType.INT32, 1, 1);
    List<KeyValues> past = new ArrayList<>();
    for (int layer = 0; layer < config.getNLayer(); layer++) {
      past.add(new KeyValues(past("past_keys_" + layer), past("past_values_" + layer)));
    }
    SDVariable position = length(past.get(0).keys(), 2);
    SDVariable seesAll = graph.constant(Nd4j.zeros(weights.type(), 1, 1, 1, 1));
    return results(transformer.pass(embeddings(id), position, seesAll, past, PassDropout.NONE));
  }

  private SDVariable past(String name) {
    return graph.placeHolder(
        name, weights.type(), 1, config.keyValueHeads(), -1, config.headSize());
  }

  private TransformerPass pass(
      SDVariable embeddings, List<SDVariable> positions, List<KeyValues> past) {
    return pass(embeddings, positions, new ArrayList<>(), past);
  }

  /**
   * A pass over consecutive positions.
   *
   * @param own their position ids [1, t] in parts
   * @param read ids of all earlier positions, to which these are appended
   */
  private TransformerPass pass(
      SDVariable embeddings, List<SDVariable> own, List<SDVariable> read, List<KeyValues> past) {
    read.addAll(own);
    SDVariable queries = joined(own);
    return transformer.pass(
        embeddings, queries, bias(queries, joined(read)), past, PassDropout.NONE);
  }

  private SDVariable joined(List<SDVariable> pieces) {
    return pieces.size() == 1 ? pieces.get(0) : graph.concat(1, pieces.toArray(SDVariable[]::new));
  }

  private SDVariable joined(SDVariable ids, int[] more) {
    return more.length == 0 ? ids : graph.concat(1, ids, ids(more));
  }

  private SDVariable ids(int[] values) {
    return graph.constant(Nd4j.createFromArray(values).reshape(1, values.length));
  }

  private SDVariable embeddings(SDVariable ids) {
    return graph.gather(graph.getVariable(weights.getTokenTableName()), ids, 0);
  }

  /** Size of a dimension as a position id, INT32 [1, 1]. */
  private SDVariable length(SDVariable of, int dimension) {
    return graph
        .shape(of)
        .get(SDIndex.interval(dimension, dimension + 1))
        .castTo(DataType.INT32)
        .reshape(1, 1);
  }

  /** 0, 1, … for each id, INT32 [1, t]. */
  private SDVariable upTo(SDVariable ids) {
    SDVariable ones = ids.castTo(DataType.DOUBLE).mul(0).add(1);
    return graph.cumsum(ones, true, false, 1).castTo(DataType.INT32);
  }

  /** 0 where a query's position is at or after a key's [1, 1, t, K]. */
  private SDVariable bias(SDVariable queries, SDVariable keys) {
    SDVariable query = queries.castTo(DataType.DOUBLE).reshape(1, 1, -1, 1);
    SDVariable key = keys.castTo(DataType.DOUBLE).reshape(1, 1, 1, -1);
    return graph.gt(key, query).castTo(weights.type()).mul(HIDDEN);
  }

  /** Hidden state of a pass's last position [1, D]. */
  private SDVariable last(TransformerPass pass) {
    return pass.hidden()
        .get(SDIndex.all(), SDIndex.interval(-1, null), SDIndex.all())
        .reshape(1, config.getNEmbd());
  }

  private SameDiff results(TransformerPass pass) {
    SDVariable table = graph.getVariable(weights.getOutputTableName());
    SDVariable logits = graph.mmul("logits", last(pass), table, false, true, false);
    graph.argmax("next_token", logits, 1);
    for (int layer = 0; layer < config.getNLayer(); layer++) {
      graph.identity("keys_" + layer, pass.keyValues().get(layer).keys());
      graph.identity("values_" + layer, pass.keyValues().get(layer).values());
    }
    return graph;
  }

  private static int count(boolean[] latents) {
    int count = 0;
    for (boolean latent : latents) {
      count += latent ? 1 : 0;
    }
    return count;
  }

  private static int first(boolean[] latents) {
    int first = 0;
    while (!latents[first]) {
      first++;
    }
    return first;
  }
}
