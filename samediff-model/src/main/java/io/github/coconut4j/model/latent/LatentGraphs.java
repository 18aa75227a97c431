package io.github.coconut4j.model.latent;

import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.Weights;
import io.github.coconut4j.model.internal.Arguments;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import lombok.RequiredArgsConstructor;
import org.nd4j.autodiff.listeners.Listener;

/** The graphs of an open model, each made when the first batch needs it. */
@RequiredArgsConstructor
final class LatentGraphs implements AutoCloseable {

  private final TransformerConfig config;
  private final Weights weights;
  private final LatentLoop loop;

  /** Loops of other transformers that an objective runs. */
  private final Function<TransformerConfig, LatentLoop> otherLoops;

  /** By objective, whether there is dropout and, where the loop depends on them, visits. */
  private final Map<List<Object>, LatentGraph> graphs = new HashMap<>();

  private List<Listener> listeners = List.of();
  private boolean closed;

  /** Whoever uses the model reads rows of the token table that were trained since. */
  synchronized void requireUsable() {
    if (closed) {
      throw new IllegalStateException("A model must be open to be used, but it was closed.");
    }
    weights.requireOpen();
    weights.writeTrainedRows();
  }

  /** The graph that runs batches like this one, with the cross-entropy. */
  LatentGraph of(LatentBatch batch) {
    return of(batch, Objective.CROSS_ENTROPY, false);
  }

  /** The graph that runs batches like this one. */
  LatentGraph of(LatentBatch batch, Objective objective, boolean withDropout) {
    requireObjective(objective);
    return of(layout(batch), objective, withDropout);
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

  /** The graph that runs batches of a layout. */
  synchronized LatentGraph of(BatchLayout layout, Objective objective, boolean withDropout) {
    requireObjective(objective);
    requireUsable();
    return graphs.computeIfAbsent(
        List.of(
            objective,
            withDropout,
            layout.keepsFedGradients(),
            loop.dependsOnVisits() ? layout.visits().open() : List.of()),
        key -> make(layout, objective, withDropout));
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
