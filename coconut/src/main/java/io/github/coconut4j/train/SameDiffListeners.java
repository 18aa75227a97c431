package io.github.coconut4j.train;

import io.github.coconut4j.model.latent.LatentTransformer;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import org.nd4j.autodiff.listeners.At;
import org.nd4j.autodiff.listeners.BaseListener;
import org.nd4j.autodiff.listeners.Listener;
import org.nd4j.autodiff.listeners.ListenerResponse;
import org.nd4j.autodiff.listeners.Loss;
import org.nd4j.autodiff.listeners.Operation;
import org.nd4j.autodiff.listeners.records.LossCurve;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.TrainingConfig;
import org.nd4j.autodiff.samediff.internal.SameDiffOp;
import org.nd4j.autodiff.samediff.internal.Variable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.OpContext;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;

/**
 * Calls SameDiff's listeners as {@code SameDiff.fit} would, with the true loss, the run's learning
 * rate and all sequences of an update. The graph that they receive has a {@link TrainingConfig},
 * which some of them read.
 *
 * <p>It is itself a listener of the graphs that compute an update's gradients, and passes their
 * results on, with the update that they belong to.
 */
final class SameDiffListeners extends BaseListener {

  private static final List<String> LOSS = List.of("loss");

  private final SameDiff sameDiff;
  private final List<Listener> listeners;
  private final IUpdater updater;
  private final TrainingConfig config;
  private final At at = At.defaultAt(Operation.TRAINING);
  private MultiDataSet batch;

  /** Whether the graphs' results belong to an update; evaluations compute gradients too. */
  private boolean updating;

  private LossCurve curve;

  /**
   * Makes the listeners of a run.
   *
   * @param updater the run's updater, or null for the configuration's AdamW
   */
  SameDiffListeners(
      SameDiff sameDiff, List<Listener> listeners, IUpdater updater, double weightDecay) {
    this.sameDiff = sameDiff;
    this.listeners = listeners;
    this.updater = updater == null ? new Adam() : updater.clone();
    this.config =
        TrainingConfig.builder()
            .updater(this.updater)
            .weightDecay(weightDecay, true)
            .dataSetFeatureMapping(sameDiff.inputs())
            .markLabelsUnused()
            .minimize(sameDiff.getLossVariables().toArray(String[]::new))
            .build();
  }

  /** Registers with a model's graphs; does nothing without listeners. */
  void listenTo(LatentTransformer transformer) {
    if (!listeners.isEmpty()) {
      sameDiff.setTrainingConfig(config);
      transformer.setListeners(List.of(this));
    }
  }

  void started(Operation operation) {
    call(operation, listener -> listener.operationStart(sameDiff, operation));
  }

  void ended(Operation operation) {
    call(operation, listener -> listener.operationEnd(sameDiff, operation));
  }

  void epochStarted(TrainingState state) {
    moveTo(state);
    call(listener -> listener.epochStart(sameDiff, at));
  }

  /**
   * Called before an update.
   *
   * @param batches its micro-batches
   * @param millis time to get them
   */
  void updateStarted(
      TrainingState state, List<MultiDataSet> batches, double learningRate, long millis) {
    if (listeners.isEmpty()) {
      return;
    }
    moveTo(state);
    batch = JoinedBatches.join(batches);
    if (updater.hasLearningRate()) {
      updater.setLrAndSchedule(learningRate, null);
    }
    call(listener -> listener.iterationStart(sameDiff, at, batch, millis));
    updating = true;
  }

  void updated(double loss) {
    updating = false;
    Loss value = new Loss(LOSS, new double[] {loss});
    call(listener -> listener.iterationDone(sameDiff, at, batch, value));
  }

  /** Called after an epoch; returns whether a listener requests a stop. */
  boolean epochEnded(TrainingState state, double meanLoss, long millis) {
    // One loss at a time: LossCurve's list constructor fails for two losses with the same name.
    double[] mean = {meanLoss};
    curve = curve == null ? new LossCurve(mean, LOSS) : curve.addLossAndCopy(mean, LOSS);
    moveTo(state);
    return anyStops(listener -> listener.epochEnd(sameDiff, at, curve, millis));
  }

  /** Called after a validation; returns whether a listener requests a stop. */
  boolean validated(TrainingState state, long millis) {
    moveTo(state);
    at.setOperation(Operation.TRAINING_VALIDATION);
    return anyStops(listener -> listener.validationDone(sameDiff, at, millis));
  }

  /** The mean loss of every epoch so far; null before the first is over. */
  LossCurve curve() {
    return curve;
  }

  /**
   * An optimiser that notifies the listeners of every parameter's update; the given one if no
   * listener needs it.
   *
   * @param parameters live arrays by name
   */
  Optimizer listeningTo(Optimizer optimizer, Map<String, INDArray> parameters) {
    return listeners.stream().anyMatch(SameDiffListeners::readsUpdates)
        ? new ListenedOptimizer(optimizer, parameters, this)
        : optimizer;
  }

  private static boolean readsUpdates(Listener listener) {
    try {
      return listener
              .getClass()
              .getMethod("preUpdate", SameDiff.class, At.class, Variable.class, INDArray.class)
              .getDeclaringClass()
          != BaseListener.class;
    } catch (NoSuchMethodException e) {
      throw new IllegalStateException("Every listener has the method", e);
    }
  }

  /** Called before a parameter's update, while the parameter has its old value. */
  void beforeUpdate(String parameter, INDArray update) {
    Variable variable = sameDiff.getVariables().get(parameter);
    if (variable != null) { // one of the objective's parameters may be in another graph
      call(listener -> listener.preUpdate(sameDiff, at, variable, update));
    }
  }

  private void moveTo(TrainingState state) {
    at.setEpoch(state.getEpoch());
    at.setIteration(state.getStep());
    at.setJavaThreadNum(Thread.currentThread().getId());
    at.setOperation(Operation.TRAINING);
    config.setEpochCount(state.getEpoch());
    config.setIterationCount(state.getStep());
  }

  private void call(Consumer<Listener> call) {
    call(Operation.TRAINING, call);
  }

  private void call(Operation operation, Consumer<Listener> call) {
    listeners.stream().filter(listener -> listener.isActive(operation)).forEach(call);
  }

  private boolean anyStops(Function<Listener, ListenerResponse> call) {
    boolean stops = false;
    for (Listener listener : listeners) {
      if (listener.isActive(at.operation())) {
        stops |= call.apply(listener) == ListenerResponse.STOP;
      }
    }
    return stops;
  }

  @Override
  public boolean isActive(Operation operation) {
    return operation == Operation.TRAINING && updating;
  }

  @Override
  public void preOpExecution(SameDiff graph, At inGraph, SameDiffOp op, OpContext context) {
    call(listener -> listener.preOpExecution(configured(graph), at, op, context));
  }

  @Override
  public void opExecution(
      SameDiff graph,
      At inGraph,
      MultiDataSet none,
      SameDiffOp op,
      OpContext context,
      INDArray[] outputs) {
    call(listener -> listener.opExecution(configured(graph), at, batch, op, context, outputs));
  }

  @Override
  public void activationAvailable(
      SameDiff graph, At inGraph, MultiDataSet none, SameDiffOp op, String name, INDArray value) {
    call(listener -> listener.activationAvailable(configured(graph), at, batch, op, name, value));
  }

  private SameDiff configured(SameDiff graph) {
    if (graph.getTrainingConfig() == null) {
      graph.setTrainingConfig(config);
    }
    return graph;
  }
}
