package io.github.coconut4j.model.latent;

import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.Weights;
import io.github.coconut4j.model.internal.Arguments;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import lombok.RequiredArgsConstructor;
import org.nd4j.autodiff.listeners.Listener;
import org.nd4j.autodiff.samediff.SameDiff;

/**
 * The graphs of an open model, each made when a batch needs it. A loop that depends on a batch's
 * visits needs many, of which those used last are kept.
 */
@RequiredArgsConstructor
final class LatentGraphs implements AutoCloseable {

  /** Number of graphs that a model keeps. */
  static final int MOST = 128;

  private final TransformerConfig config;
  private final Weights weights;
  private final LatentLoop loop;

  /** Loops of other transformers that an objective runs. */
  private final Function<TransformerConfig, LatentLoop> otherLoops;

  /** Number of graphs that are kept, at least 1; more while they are in use. */
  private final int most;

  /**
   * By objective, whether there is dropout and, where the loop depends on them, visits; the one
   * used last comes last.
   */
  private final Map<List<Object>, LatentGraph> graphs = new LinkedHashMap<>(16, 0.75f, true);

  /** Number of callers that use a graph or hold it for good, if there are any. */
  private final Map<LatentGraph, Integer> users = new HashMap<>();

  private List<Listener> listeners = List.of();
  private boolean closed;

  /** Whoever uses the model reads rows of the token table that were trained since. */
  synchronized void requireUsable() {
    if (closed) {
      throw new IllegalStateException(
          "A model must be open to be used, but it was closed. Make another.");
    }
    weights.requireOpen();
    weights.writeTrainedRows();
  }

  /** Uses the graph that runs batches like this one, with the cross-entropy. */
  <T> T with(LatentBatch batch, Function<LatentGraph, T> use) {
    return with(batch, Objective.CROSS_ENTROPY, false, use);
  }

  /** Uses the graph that runs batches like this one. */
  <T> T with(
      LatentBatch batch, Objective objective, boolean withDropout, Function<LatentGraph, T> use) {
    requireObjective(objective);
    return with(layout(batch), objective, withDropout, use);
  }

  /**
   * Uses the graph that runs batches of a layout.
   *
   * @param use runs the graph, and does not keep it
   */
  <T> T with(
      BatchLayout layout, Objective objective, boolean withDropout, Function<LatentGraph, T> use) {
    requireObjective(objective);
    LatentGraph graph = borrowed(layout, objective, withDropout);
    try {
      return use.apply(graph);
    } finally {
      release(graph);
    }
  }

  /** The graph of batches of a layout, with the cross-entropy, which is kept for its caller. */
  SameDiff held(BatchLayout layout) {
    return borrowed(layout, Objective.CROSS_ENTROPY, false).sameDiff();
  }

  static void requireObjective(Objective objective) {
    Arguments.requireNonNull(objective, "objective", "Give one, such as Objective.CROSS_ENTROPY.");
  }

  /**
   * How the model visits a batch.
   *
   * @throws IllegalArgumentException if latents are misplaced or a position id is out of range
   */
  BatchLayout layout(LatentBatch batch) {
    BatchLayout layout = BatchLayout.of(batch).withLatentIterations(config.getLatentIterations());
    layout.positions().requireIds(config);
    return layout;
  }

  private synchronized LatentGraph borrowed(
      BatchLayout layout, Objective objective, boolean withDropout) {
    requireUsable();
    LatentGraph graph =
        graphs.computeIfAbsent(
            List.of(
                objective,
                withDropout,
                layout.keepsFedGradients(),
                loop.dependsOnVisits() ? layout.visits().open() : List.of()),
            key -> make(layout, objective, withDropout));
    users.merge(graph, 1, Integer::sum);
    closeOldest();
    return graph;
  }

  private synchronized void release(LatentGraph graph) {
    users.computeIfPresent(graph, (key, number) -> number == 1 ? null : number - 1);
  }

  /** Closes graphs that nobody uses, those used longest ago first. */
  private void closeOldest() {
    Iterator<LatentGraph> oldest = graphs.values().iterator();
    while (graphs.size() > most && oldest.hasNext()) {
      LatentGraph graph = oldest.next();
      if (!users.containsKey(graph)) {
        oldest.remove();
        graph.close();
      }
    }
  }

  private LatentGraph make(BatchLayout layout, Objective objective, boolean withDropout) {
    LatentGraph graph =
        new LatentGraph(config, weights, loop, otherLoops, layout, objective, withDropout);
    graph.sameDiff().setListeners(listeners);
    return graph;
  }

  /** Sets the listeners of all graphs, those made later among them. */
  synchronized void setListeners(List<Listener> chosen) {
    listeners = List.copyOf(chosen);
    graphs.values().forEach(graph -> graph.sameDiff().setListeners(listeners));
  }

  /** Frees what graphs and loop hold, once runs of other threads have ended. */
  @Override
  public synchronized void close() {
    closed = true;
    graphs.values().forEach(LatentGraph::close);
    graphs.clear();
    loop.close();
  }
}
