package io.github.coconut4j.train;

import io.github.coconut4j.CoconutModel;
import io.github.coconut4j.config.ConfigFile;
import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.curriculum.Curriculum;
import io.github.coconut4j.data.ReasoningProblem;
import io.github.coconut4j.evaluate.Evaluation;
import io.github.coconut4j.evaluate.Evaluator;
import io.github.coconut4j.files.AtomicDirectory;
import io.github.coconut4j.generate.GenerationOptions;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.memory.NativeMemory;
import io.github.coconut4j.problems.ProblemSplits;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import lombok.Builder;
import lombok.Getter;
import lombok.Singular;
import org.nd4j.autodiff.listeners.Listener;
import org.nd4j.autodiff.listeners.records.History;
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
  private final ProblemSplits problems;
  private final CoconutModel model;
  private final Optimizer optimizer;
  private final Trainer trainer;
  private final RunLock lock;
  private final RunCheckpoints checkpoints;
  private final PassData data;
  private final MetricsFile metrics;
  private final CheckpointSaver saver;
  private final TrainingObservers observers;

  /** Wall-clock time of {@link #train()}, in seconds. */
  @Getter private double trainingSeconds;

  /**
   * Prepares a run. A run that the directory holds is continued with {@code resume}, else replaced.
   *
   * @param config what to do
   * @param directory where the run's files go; no other run may be writing there
   * @param problems the problems, or null to read or make those that {@code config} names
   * @param resume whether to continue from the newest checkpoint that is whole
   * @param force whether to continue even though the problems changed
   * @param updater moves the parameters in place of {@link AdamW}; the rate that it carries, or its
   *     own schedule, is replaced by the run's, and {@code weight_decay} is applied as there
   * @param schedule of the learning rate, which gets the number of updates and of epochs before an
   *     update and depends on nothing else, since a resumed run has no other state of it; in place
   *     of {@code lr}, {@code lr_schedule} and {@code warmup_steps}
   * @param observers told of every update and evaluation, and closed with the run
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
      @Singular List<TrainingObserver> observers,
      @Singular List<Listener> listeners)
      throws IOException {
    this.config = config;
    this.directory = directory;
    this.problems = problems == null ? ProblemSplits.of(config) : problems;
    String fingerprint = this.problems.fingerprint();
    this.lock = RunLock.of(directory.path());
    try {
      this.model = new ModelFactory(config, this.problems).create();
      TokenCache tokens = tokenCache();
      CheckpointManifest manifest =
          CheckpointManifest.builder()
              .version(CheckpointManifest.VERSION)
              .library(TrainingRun.class.getPackage().getImplementationVersion())
              .configuration(ConfigFile.toYaml(config))
              .problems(fingerprint)
              .tokenizer(tokens.getTokenizerSum())
              .updater(ComponentDescription.of(updater))
              .schedule(ComponentDescription.of(schedule))
              .build();
      this.checkpoints = new RunCheckpoints(config, directory.checkpoints(), manifest);
      Checkpoint start = resume ? checkpoints.latest(force).orElse(null) : null;
      this.optimizer = optimizer(updater);
      this.data = new PassData(config, model, this.problems, tokens, fingerprint);
      TrainingState state = start == null ? beginning() : start.getManifest().getState();
      requireUsable(state);
      directory.requireReplaceable();
      this.metrics = begin(start);
      this.saver = new CheckpointSaver(config, this::saveCheckpoint);
      this.observers = observers(observers);
      this.trainer = trainer(schedule, listeners, state);
    } catch (IOException | RuntimeException | Error e) {
      lock.close();
      throw e;
    }
  }

  private Optimizer optimizer(IUpdater updater) {
    return updater == null
        ? AdamW.of(model.getTransformer(), config.getWeightDecay())
        : new UpdaterOptimizer(
            model.getTransformer().getWeights().asMap(), updater, config.getWeightDecay());
  }

  /** Where a run begins; one that only evaluates stays in the stage that is asked for. */
  private TrainingState beginning() {
    TrainingState first = TrainingState.start(config.firstEpoch());
    if (!config.isOnlyEval()) {
      return first;
    }
    int stage =
        config.getResume() == null
            ? model.getConfig().getStage()
            : Curriculum.stageOfEpoch(config, config.firstEpoch());
    return first.inStage(stage, 0);
  }

  /** Refuses now what would end the run at a later stage, or at its first evaluation. */
  private void requireUsable(TrainingState state) {
    problems.requireAny(config);
    TransformerConfig architecture = model.getTransformer().getConfig();
    LengthCheck lengths =
        new LengthCheck(config, model.sequences(), architecture.getNPositions(), stages(state));
    int rows = Math.min(config.getBatchSizeTraining(), problems.getTraining().size());
    new MemoryForecast(config, architecture)
        .requireRoom(rows, data.longestSequence(lengths), NativeMemory.limit());
    data.requireAugmentable(problems.getNames());
    data.requireUsable(problems.getEvaluation(), lengths);
  }

  /** The stages that are trained and evaluated from a state on. */
  private IntStream stages(TrainingState state) {
    IntStream current = IntStream.of(state.getStage()).filter(stage -> stage >= 0);
    if (config.isOnlyEval()) {
      return current;
    }
    int updatesPerPass = data.updatesPerPass(config.getGradientAccumulationSteps());
    return IntStream.concat(
        current,
        Curriculum.of(config)
            .stages(state.getEpoch(), state.getStep(), Integer.MAX_VALUE, updatesPerPass));
  }

  private TokenCache tokenCache() throws IOException {
    int eos = model.getConfig().getSpecialTokens().getEos();
    return new TokenCache(directory.tokens(), model.getTokenizer(), eos);
  }

  /** Puts the directory and the model into the state of a checkpoint, or of a new run. */
  private MetricsFile begin(Checkpoint start) throws IOException {
    AtomicDirectory.recover(directory.path());
    if (config.isOnlyEval() && directory.holdsTraining()) {
      return MetricsFile.append(directory.metrics());
    }
    ConfigFile.write(config, directory.config());
    if (config.isOnlyEval()) {
      return MetricsFile.append(directory.metrics());
    }
    if (start == null) {
      checkpoints.clear();
      return MetricsFile.open(directory.metrics(), 0);
    }
    restore(start);
    return MetricsFile.open(directory.metrics(), start.getManifest().getMetricsLines());
  }

  private void restore(Checkpoint checkpoint) throws IOException {
    checkpoint.restoreWeights(model.getTransformer().getWeights().asMap());
    int updates = checkpoint.getManifest().getState().getOptimizerUpdates();
    optimizer.restore(checkpoint.optimizerState(), updates);
  }

  private TrainingObservers observers(List<TrainingObserver> others) {
    List<TrainingObserver> all = new ArrayList<>();
    all.add(metrics);
    if (config.isSaveOnlyImprove() && !config.isOnlyEval()) {
      all.add(new BestModelSaver(model, directory.model()));
    }
    all.addAll(others);
    all.add(saver);
    all.add(checkpoints.failureWatch());
    return new TrainingObservers(List.copyOf(all));
  }

  private void saveCheckpoint(TrainingState state, boolean best) throws IOException {
    checkpoints.begin(
        state, best, model.getTransformer().getWeights().asMap(), optimizer.state(), metrics);
  }

  private Trainer trainer(ISchedule schedule, List<Listener> listeners, TrainingState start) {
    return Trainer.builder()
        .config(config)
        .transformer(model.getTransformer())
        .data(data)
        .optimizer(optimizer)
        .schedule(schedule)
        .validation(validation())
        .observers(observers)
        .listeners(listeners)
        .state(start)
        .build();
  }

  private Validation validation() {
    List<ReasoningProblem> evaluation = problems.getEvaluation();
    if (evaluation.isEmpty()) {
      return null;
    }
    int limit = config.getEvalLimit() == null ? evaluation.size() : config.getEvalLimit();
    return new Validation(
        model, evaluation.subList(0, Math.min(limit, evaluation.size())), generationOptions());
  }

  /**
   * Trains to the end of the curriculum, or until {@link #requestStop()}, and saves the model; cut
   * short, a checkpoint too.
   *
   * @throws NonFiniteException if the loss diverged
   */
  public History train() throws IOException {
    long start = System.nanoTime();
    History history = trainSteps();
    trainingSeconds = (System.nanoTime() - start) / 1e9;
    if (!isFinished()) {
      saver.save(state());
    }
    checkpoints.await();
    boolean bestIsSaved = config.isSaveOnlyImprove() && state().getBestAccuracy() >= 0;
    if (!bestIsSaved) {
      trainedModel().save(directory.model());
    }
    return history;
  }

  private History trainSteps() throws IOException {
    try {
      return trainer.train();
    } catch (NonFiniteException e) {
      checkpoints.await();
      throw new NonFiniteException((e.getMessage() + " " + checkpoints.kept()).strip());
    }
  }

  /**
   * Scores the model as it is now, in the stage reached, on all problems of {@code val_path}. In a
   * run that only evaluates the stage is that of the epoch {@code resume}, where it is set, else
   * the start model's.
   *
   * @throws IllegalArgumentException if there are none
   */
  public Evaluation evaluate() {
    return new Evaluator(trainedModel(), generationOptions()).evaluate(problems.getEvaluation());
  }

  /**
   * Tells the observers of an evaluation of the model as it is now: a line of {@code
   * metrics.jsonl}.
   *
   * @param loss as {@link #evaluationLoss()} gave it
   */
  public void publish(Evaluation evaluation, double loss) throws IOException {
    observers.evaluated(EvaluationMetrics.of(state(), evaluation, loss), false);
  }

  /**
   * Mean cross-entropy of the model as it is now over the labelled tokens of all problems of {@code
   * val_path}, in nats, on the sequences of the stage reached.
   *
   * @throws IllegalArgumentException if there are none
   */
  public double evaluationLoss() {
    return new Validation(model, problems.getEvaluation(), generationOptions())
        .loss(Math.max(0, state().getStage()));
  }

  /** The model as it is now; it shares this run's memory. */
  public CoconutModel trainedModel() {
    int stage = Math.max(0, state().getStage());
    return model.withConfig(model.getConfig().atStage(stage));
  }

  /** The problems of the run. */
  public ProblemSplits problems() {
    return problems;
  }

  /** Where the run stands. */
  public TrainingState state() {
    return trainer.getState();
  }

  /** Whether the curriculum is over. */
  public boolean isFinished() {
    return trainer.isFinished();
  }

  /** Ends {@link #train()} after the update that is under way; from any thread. */
  public void requestStop() {
    trainer.requestStop();
  }

  private GenerationOptions generationOptions() {
    return GenerationOptions.builder()
        .latents(config.getEvalLatents())
        .maxNewTokens(config.newTokenLimit())
        .batchSize(64)
        .build();
  }

  @Override
  public void close() throws IOException {
    try (lock;
        model;
        optimizer;
        data;
        observers) {
      checkpoints.close(); // first: a checkpoint under way needs the metrics
    }
  }

  /** Time spent so far in metrics, progress, listeners and checkpoints, in seconds. */
  double observerSeconds() {
    return (observers.getNanos() + trainer.listenerNanos()) / 1e9;
  }
}
