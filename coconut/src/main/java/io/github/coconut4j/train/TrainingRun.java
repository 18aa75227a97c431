package io.github.coconut4j.train;

import io.github.coconut4j.CoconutModel;
import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.evaluate.Evaluation;
import io.github.coconut4j.method.ProblemEncoder;
import io.github.coconut4j.model.backend.DeviceException;
import io.github.coconut4j.model.internal.Arguments;
import io.github.coconut4j.model.internal.OpenedResources;
import io.github.coconut4j.model.latent.Objective;
import io.github.coconut4j.problems.ProblemSplits;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import lombok.Builder;
import lombok.Getter;
import lombok.Singular;
import org.nd4j.autodiff.listeners.Listener;
import org.nd4j.autodiff.listeners.records.History;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.schedule.ISchedule;

/**
 * A run from its configuration to its directory: problems, model, training, evaluation.
 *
 * <pre>{@code
 * RunDirectory directory = new RunDirectory(Path.of("runs/prosqa"));
 * try (TrainingRun run = TrainingRun.builder().config(config).directory(directory).build()) {
 *   History history = run.train();
 *   System.out.println(run.evaluate().accuracy());
 * }
 * }</pre>
 */
public final class TrainingRun implements AutoCloseable {

  private final TrainingConfig config;
  private final RunDirectory directory;
  private final Ranks ranks;
  private final ProblemSplits problems;
  private final Objective objective;
  private final CoconutModel model;
  private final RunEvaluation evaluation;
  private final Optimizer optimizer;
  private final Trainer trainer;
  private final RunLock lock;
  private final SavedTraining training;

  /** Null in ranks other than the first. */
  private final CheckpointSaver saver;

  private final EpochData data;
  private final TrainingCallbacks callbacks;

  /** Wall-clock time of {@link #train()}, in seconds. */
  @Getter private double trainingSeconds;

  private final AtomicReference<Use> use = new AtomicReference<>(Use.IDLE);

  /** What a run is doing. */
  private enum Use {
    IDLE,
    TRAINING,
    CLOSED
  }

  /**
   * Prepares a run. An existing run in the directory is continued with {@code resume}, otherwise
   * replaced: its results, checkpoints and model are deleted, except a model that this run starts
   * from.
   *
   * @param config the configuration
   * @param directory directory of the run's files; no other run may be writing there
   * @param problems the problems, or null to read or generate those that {@code config} names
   * @param resume whether to continue from the newest complete checkpoint
   * @param force whether to continue even though the problems changed
   * @param updater ND4J updater that replaces {@link AdamW}; its own learning rate or schedule is
   *     replaced by the run's, and {@code weight_decay} applies in the same way
   * @param schedule learning rate schedule that replaces {@code lr}, {@code lr_schedule} and {@code
   *     warmup_steps}. It receives the numbers of updates and epochs before an update and must not
   *     depend on anything else, since a resumed run does not restore other state
   * @param objective objective that the run minimizes and its evaluations report as loss. It
   *     replaces the method's: the cross-entropy of the labelled tokens, with the method's
   *     additions
   * @param gradientSource makes the source of each update's gradients from this process's own
   *     source, for example one that combines several processes; null for only this process
   * @param exchange the ranks that train together, each with this configuration and a directory of
   *     its own, or null for only this process. They divide the micro-batches of each update, so
   *     {@code gradient_accumulation_steps} must be a multiple of their number, and the batches of
   *     evaluations. The first rank writes the run's files; the others write only its tokens. With
   *     {@code resume} each needs the same checkpoint in its directory, and with termination
   *     conditions {@code metrics.jsonl} too. A request to stop in any rank ends all ranks after
   *     the same update
   *     <p>Class and fields of updater, schedule and objective are compared when a run resumes,
   *     except transient fields and the outer instance of an inner class.
   * @param terminationConditions conditions that may end the run after an evaluation, in addition
   *     to {@code early_stopping}; they need problems to evaluate on
   * @param observers callbacks for training events, closed with the run
   * @param listeners SameDiff's own listeners
   * @throws IllegalArgumentException if the configuration, its problems or its model cannot be used
   * @throws IOException if the directory cannot be written
   */
  @Builder
  TrainingRun(
      TrainingConfig config,
      RunDirectory directory,
      ProblemSplits problems,
      boolean resume,
      boolean force,
      IUpdater updater,
      ISchedule schedule,
      Objective objective,
      UnaryOperator<GradientSource> gradientSource,
      GradientExchange exchange,
      @Singular List<TerminationCondition> terminationConditions,
      @Singular List<TrainingObserver> observers,
      @Singular List<Listener> listeners)
      throws IOException {
    Arguments.requireNonNull(config, "config", "Build a TrainingConfig.");
    Arguments.requireNonNull(directory, "directory", "Make a RunDirectory.");
    Arguments.requireElements(terminationConditions, "terminationConditions");
    Arguments.requireElements(observers, "observers");
    Arguments.requireElements(listeners, "listeners");
    requireOne(gradientSource, exchange);
    this.config = config;
    this.directory = directory;
    this.ranks = Ranks.of(exchange, config);
    this.problems = problems == null ? ProblemSplits.of(config) : problems;
    requireEvaluated(terminationConditions, this.problems);
    String fingerprint = this.problems.fingerprint();
    OpenedResources opened = new OpenedResources();
    this.lock = opened.add(RunLock.of(directory.path()));
    try {
      this.model = opened.add(new ModelFactory(config, this.problems, opened).create());
      this.objective = objective == null ? MethodObjective.of(config, model) : objective;
      ProblemEncoder encoder = model.encoder(config.latentTargets());
      this.evaluation = evaluation(encoder);
      TokenCache tokens = new TokenCache(directory.tokens(), encoder);
      CheckpointManifest manifest =
          CheckpointManifest.ofRun(config, fingerprint, tokens.getTokenizerSum()).toBuilder()
              .updater(ComponentDescription.of(updater))
              .schedule(ComponentDescription.of(schedule))
              .objective(ComponentDescription.of(objective))
              .frozen(FrozenSum.of(model))
              .build();
      Checkpoints checkpoints = new Checkpoints(directory.checkpoints());
      RunStart start =
          resume
              ? RunStart.resumed(config, model, checkpoints, manifest, force)
              : RunStart.fresh(config, model);
      this.optimizer = opened.add(optimizer(updater));
      ResidentParameters resident = resident(listeners);
      this.data =
          opened.add(new EpochData(config, model, this.problems, encoder, tokens, fingerprint));
      new RunCheck(config, model, this.problems, data, weights()).requireUsable(start.getState());
      directory.requireReplaceable();
      final GradientSource gradients = gradients(gradientSource);
      start.restore(weights(), optimizer);
      EarlyStopping stopping = start.earlyStopping(directory, terminationConditions);
      MetricsFile metrics = ranks.isFirst() ? opened.add(start.begin(directory)) : null;
      this.saver =
          metrics == null ? null : saver(checkpoints, manifest, metrics, resident, observers);
      SameDiffListeners sameDiff = sameDiffListeners(listeners, updater);
      this.callbacks = new TrainingCallbacks(sameDiff, withOurs(metrics, observers));
      this.trainer =
          Trainer.builder()
              .config(config)
              .gradients(gradients)
              .data(data)
              .optimizer(sameDiff.listeningTo(optimizer, weights()))
              .schedule(schedule)
              .validation(evaluation.duringTraining())
              .callbacks(callbacks)
              .dropout(config.dropoutRates(model.getTransformer().getConfig()))
              .earlyStopping(stopping)
              .resident(resident)
              .ranks(ranks)
              .state(start.getState())
              .build();
      this.training = new SavedTraining(config, directory, trainer, checkpoints, saver);
    } catch (IOException | RuntimeException | Error e) {
      opened.closeAfter(e);
      throw e;
    }
  }

  private RunEvaluation evaluation(ProblemEncoder encoder) {
    return RunEvaluation.builder()
        .config(config)
        .model(model)
        .objective(objective)
        .problems(problems.getEvaluation())
        .encoder(encoder)
        .samples(directory.samples())
        .ranks(ranks)
        .build();
  }

  private Optimizer optimizer(IUpdater updater) {
    return updater == null
        ? AdamW.builder()
            .parameters(weights())
            .backend(model.getTransformer().getBackend())
            .weightDecay(config.getWeightDecay())
            .build()
        : new UpdaterOptimizer(weights(), updater, config.getWeightDecay());
  }

  /** Parameters stay on a device between updates unless listeners, which may read any, exist. */
  private ResidentParameters resident(List<Listener> listeners) {
    return listeners.isEmpty()
        ? ResidentParameters.of(model.getTransformer(), weights().values(), optimizer)
        : ResidentParameters.none();
  }

  private CheckpointSaver saver(
      Checkpoints checkpoints,
      CheckpointManifest manifest,
      MetricsFile metrics,
      ResidentParameters resident,
      List<TrainingObserver> observers) {
    return CheckpointSaver.builder()
        .config(config)
        .checkpoints(checkpoints)
        .run(manifest)
        .weights(weights())
        .optimizer(optimizer)
        .metrics(metrics)
        .beforeSaving(resident::release)
        .written((state, checkpoint) -> notifyWritten(observers, state, checkpoint))
        .build();
  }

  private SameDiffListeners sameDiffListeners(List<Listener> listeners, IUpdater updater) {
    SameDiffListeners all =
        new SameDiffListeners(
            model.getTransformer().getSameDiff(),
            List.copyOf(listeners),
            updater,
            config.getWeightDecay());
    all.listenTo(model.getTransformer());
    return all;
  }

  private GradientSource gradients(UnaryOperator<GradientSource> joined) {
    GradientSource own = new LocalGradients(model.getTransformer(), objective, ranks);
    GradientSource source = joined == null ? own : joined.apply(own);
    return Arguments.requireNonNull(
        source, "gradientSource's result", "Return the given source to change nothing.");
  }

  private static void notifyWritten(
      List<TrainingObserver> observers, TrainingState state, Path checkpoint) throws IOException {
    for (TrainingObserver observer : observers) {
      observer.checkpointWritten(state, checkpoint);
    }
  }

  private static void requireOne(
      UnaryOperator<GradientSource> gradientSource, GradientExchange exchange) {
    if (gradientSource != null && exchange != null) {
      throw new IllegalArgumentException(
          "A training run needs one way to join gradients but has a gradientSource and an exchange."
              + " Leave one of them out.");
    }
  }

  private static void requireEvaluated(
      List<TerminationCondition> terminationConditions, ProblemSplits problems) {
    if (!terminationConditions.isEmpty() && problems.getEvaluation().isEmpty()) {
      throw new IllegalArgumentException(
          "A termination condition needs problems to evaluate on, but the run has none. Set"
              + " `val_path`, or leave the condition out.");
    }
  }

  /** The trained parameters: the model's and the objective's own. */
  private Map<String, INDArray> weights() {
    Map<String, INDArray> trained = model.getTransformer().getWeights().trained();
    if (objective.parameters().isEmpty()) {
      return trained;
    }
    Map<String, INDArray> all = new LinkedHashMap<>(trained);
    all.putAll(objective.parameters());
    return all;
  }

  private List<TrainingObserver> withOurs(MetricsFile metrics, List<TrainingObserver> others) {
    if (!ranks.isFirst()) {
      return List.copyOf(others);
    }
    List<TrainingObserver> all = new ArrayList<>();
    all.add(metrics);
    if (config.isSaveOnlyImprove() && !config.isOnlyEval()) {
      all.add(new BestModelSaver(model, directory.model()));
    }
    all.addAll(others);
    all.add(saver);
    return List.copyOf(all);
  }

  /**
   * Trains to the end of the curriculum, or until {@link #requestStop()}, and saves the model; if
   * stopped early, also a checkpoint.
   *
   * @return the mean loss of every epoch, without losses that are not finite; NaN if none is
   * @throws NonFiniteException if the loss diverged
   * @throws DeviceException if the device is lost, and with it all updates since the last
   *     checkpoint
   * @throws OutOfMemoryError if memory runs out; the state before that update is saved as a
   *     checkpoint
   * @throws IllegalStateException if another thread is training the run, or it was closed
   */
  public History train() throws IOException {
    Use before = use.compareAndExchange(Use.IDLE, Use.TRAINING);
    if (before == Use.TRAINING) {
      throw new IllegalStateException(
          "A run trains on one thread at a time, but another thread is training it. Wait for it.");
    }
    if (before == Use.CLOSED) {
      throw new IllegalStateException(
          "A run must be open to be trained, but it was closed. Build it again with resume(true).");
    }
    try {
      long start = System.nanoTime();
      History history = training.train();
      trainingSeconds = (System.nanoTime() - start) / 1e9;
      if (ranks.isFirst()) {
        training.save(trainedModel(), problems.getTraining(), evaluation.options());
      }
      return history;
    } finally {
      use.set(Use.IDLE);
    }
  }

  /**
   * Scores the current model, in the current stage, on all problems of {@code val_path}. In a run
   * that only evaluates, the stage is that of the epoch {@code resume}, if set, else the start
   * model's. Ranks divide the problems, so all of them must call it.
   *
   * @throws IllegalArgumentException if there are no problems
   */
  public Evaluation evaluate() {
    return evaluation.evaluate(stage());
  }

  /**
   * Passes an evaluation of the current model to the observers, and appends it to {@code
   * metrics.jsonl}.
   *
   * @param loss result of {@link #evaluationLoss()}
   */
  public void publish(Evaluation scored, double loss) throws IOException {
    Arguments.requireNonNull(scored, "scored", "Make one with evaluate().");
    callbacks.evaluated(EvaluationMetrics.of(state(), scored, loss), false);
  }

  /**
   * The objective's mean loss of the current model over all problems of {@code val_path}, on the
   * sequences of the current stage; by default the cross-entropy of the labelled tokens, in nats.
   * All ranks must call it.
   *
   * @throws IllegalArgumentException if there are no problems
   */
  public double evaluationLoss() {
    return evaluation.loss(stage());
  }

  /** The current model; it shares this run's memory. */
  public CoconutModel trainedModel() {
    return model.atStage(stage());
  }

  /** The current stage; before the first epoch it is the first. */
  private int stage() {
    return Math.max(0, state().getStage());
  }

  /** The run's configuration. */
  public TrainingConfig config() {
    return config;
  }

  /** The problems of the run. */
  public ProblemSplits problems() {
    return problems;
  }

  /** The current state of the run. */
  public TrainingState state() {
    return trainer.getState();
  }

  /** Whether the curriculum is over or a termination condition has ended the run. */
  public boolean isFinished() {
    return trainer.isFinished();
  }

  /** Whether a termination condition has ended the run before its curriculum was over. */
  public boolean isStoppedEarly() {
    return trainer.isStoppedEarly();
  }

  /** Ends {@link #train()} after the current update; may be called from any thread. */
  public void requestStop() {
    trainer.requestStop();
  }

  /**
   * Frees the model's memory and ends the run's hold on its directory; a second call does nothing.
   *
   * @throws IllegalStateException if the run is being trained; it stays open
   */
  @Override
  public void close() throws IOException {
    Use before = use.compareAndExchange(Use.IDLE, Use.CLOSED);
    if (before == Use.TRAINING) {
      throw new IllegalStateException(
          "A run must not be training when it is closed, but train() has not returned. Call"
              + " requestStop(), and close the run once train() has returned.");
    }
    if (before == Use.IDLE) {
      release();
    }
  }

  private void release() throws IOException {
    try (lock;
        model;
        optimizer;
        data;
        callbacks) {
      if (saver != null) {
        saver.close(); // first: a checkpoint that is being written needs the metrics
      }
    }
  }

  /** Time spent so far in metrics, progress, listeners and checkpoints, in seconds. */
  double callbackSeconds() {
    return callbacks.getNanos() / 1e9;
  }
}
