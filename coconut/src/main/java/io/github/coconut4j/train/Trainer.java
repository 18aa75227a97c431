package io.github.coconut4j.train;

import io.github.coconut4j.config.ResetOptimizer;
import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.data.batch.PrefetchedBatches;
import io.github.coconut4j.generate.NonFiniteScoreException;
import io.github.coconut4j.model.dropout.Dropout;
import io.github.coconut4j.model.dropout.DropoutRates;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import lombok.Builder;
import lombok.Getter;
import org.nd4j.autodiff.listeners.records.History;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.schedule.ISchedule;

/**
 * The training loop: epochs over the training problems, each in one stage of the curriculum, until
 * the curriculum is over, an evaluation ends the run or {@link #requestStop()} is called.
 *
 * <p>{@code SameDiff.fit} cannot run operations written in Java and reports their loss as 0, hence
 * our own loop, which calls the same listeners. A trainer belongs to one thread, except for {@link
 * #requestStop()}.
 */
final class Trainer {

  private final TrainingConfig config;
  private final EpochData data;
  private final StageSchedule stages;

  /** Null for the configuration's. */
  private final ISchedule schedule;

  private final Optimizer optimizer;
  private final UpdateStep updateStep;
  private final Validation validation;
  private final TrainingCallbacks callbacks;
  private final DropoutRates dropout;
  private final EarlyStopping earlyStopping;
  private final ResidentParameters resident;
  private final Ranks ranks;

  /** Whether the newest values were lost with the device. */
  private boolean lost;

  /** The state of the run. */
  @Getter private TrainingState state;

  /**
   * Makes a trainer.
   *
   * @param gradients source of each update's gradients
   * @param schedule learning rate schedule, or null for the configuration's
   * @param validation evaluation during training, or null
   * @param dropout dropout rates of the updates
   * @param earlyStopping conditions that may end the run after an evaluation
   * @param resident arrays that stay on the device between updates, or null for none
   * @param ranks ranks that train together
   * @param state state from which the run starts or continues
   */
  @Builder
  Trainer(
      TrainingConfig config,
      GradientSource gradients,
      EpochData data,
      Optimizer optimizer,
      ISchedule schedule,
      Validation validation,
      TrainingCallbacks callbacks,
      DropoutRates dropout,
      EarlyStopping earlyStopping,
      ResidentParameters resident,
      Ranks ranks,
      TrainingState state) {
    this.config = config;
    this.data = data;
    this.stages = new StageSchedule(config, data.updatesPerEpoch());
    this.schedule = schedule;
    this.optimizer = optimizer;
    this.resident = resident == null ? ResidentParameters.none() : resident;
    this.ranks = ranks;
    this.updateStep =
        new UpdateStep(
            gradients,
            optimizer,
            config.getMaxGradNorm(),
            config.getOnNonfinite(),
            this.resident.isSome(),
            ranks);
    this.validation = validation;
    this.callbacks = callbacks;
    this.dropout = dropout;
    this.earlyStopping = earlyStopping;
    this.state = state;
  }

  /** The configuration's schedule, whose end `max_steps` moves with what stages skip. */
  private ISchedule configuredSchedule() {
    if (config.getCycles() != null) {
      return CyclicSchedule.of(config);
    }
    return WarmupSchedule.builder()
        .peak(config.getLr())
        .warmupSteps(config.getWarmupSteps())
        .totalSteps(Math.max(1, stages.scheduledSteps(state)))
        .shape(config.getLrSchedule())
        .build();
  }

  /** Ends {@link #train()} after the current update; may be called from any thread. */
  void requestStop() {
    ranks.requestStop();
  }

  /** Whether the curriculum is over or an evaluation has ended the run. */
  boolean isFinished() {
    return stages.isOver(state) || isStoppedEarly();
  }

  /** Whether an evaluation has ended the run before its curriculum was over. */
  boolean isStoppedEarly() {
    return earlyStopping.isTerminated() && !stages.isOver(state);
  }

  private boolean isStopped() {
    if (callbacks.isStopAsked()) {
      ranks.requestStop();
    }
    return ranks.isStopped() || earlyStopping.isTerminated();
  }

  /**
   * Trains until the curriculum is over or a stop is requested.
   *
   * @return the mean loss of every epoch
   * @throws NonFiniteException if a loss or gradient is not finite and the run is configured to
   *     stop
   * @throws IOException if an observer cannot write
   */
  History train() throws IOException {
    try {
      History history = trainToEnd();
      resident.release();
      return history;
    } catch (IOException | RuntimeException | Error e) {
      releaseAfter(e);
      throw e;
    }
  }

  /** Releases the device's arrays; a lost device has no newer values. */
  private void releaseAfter(Throwable failure) {
    try {
      resident.release();
    } catch (RuntimeException | Error e) {
      lost = true;
      failure.addSuppressed(e);
    }
  }

  /** Whether parameters and optimiser match {@link #getState()}, also after a failure. */
  boolean isWhole() {
    return !lost && !updateStep.isMidway();
  }

  private History trainToEnd() throws IOException {
    callbacks.started(state.getStep(), Math.max(1, stages.totalSteps(state)));
    if (state.getBatch() > 0 && !isStopped() && !trains(state.getStage())) {
      endEpoch(); // the run was stopped between its epoch's last update and the epoch's end
    }
    while (!stages.isOver(state) && !isStopped()) {
      runEpoch(stages.stage(state));
    }
    return callbacks.ended();
  }

  private void runEpoch(int stage) throws IOException {
    enterStage(stage);
    callbacks.epochStarted(state);
    if (runBatches(stage)) {
      endEpoch();
    }
  }

  /** Runs the epoch's batches; returns whether the epoch is complete. */
  private boolean runBatches(int stage) throws IOException {
    try (PrefetchedBatches batches =
        data.batches(state.getEpoch(), stage, state.getBatch(), ranks::computes)) {
      while (trains(stage) && !isStopped() && batchesLeft() > 0) {
        update(batches);
      }
      return !trains(stage) || batchesLeft() == 0;
    }
  }

  /** Number of remaining batches of the epoch in all ranks. */
  private int batchesLeft() {
    return data.batchesPerEpoch() - state.getBatch();
  }

  private boolean trains(int stage) {
    return !stages.isOver(state) && !state.isGatePassed() && stages.stage(state) == stage;
  }

  private void enterStage(int stage) {
    resident.release();
    boolean newStage = state.getStage() >= 0 && state.getStage() != stage;
    boolean newEpoch = state.getBatch() == 0;
    if ((config.getResetOptimizer() == ResetOptimizer.STAGE && newStage)
        || (config.getResetOptimizer() == ResetOptimizer.EPOCH && newEpoch)) {
      optimizer.reset();
    }
    state = state.inStage(stage, optimizer.updates());
  }

  private void update(Iterator<MultiDataSet> batches) throws IOException {
    final long start = System.nanoTime();
    int size = Math.min(config.getGradientAccumulationSteps(), batchesLeft());
    List<MultiDataSet> group = new ArrayList<>(); // this rank's part
    for (int own = ranks.begin(size); own > 0; own--) {
      group.add(batches.next());
    }
    double learningRate = learningRate();
    callbacks.updateStarted(state, group, learningRate, TrainingCallbacks.millisSince(start));
    resident.hold();
    UpdateMetrics metrics = run(group, learningRate, start);
    state = state.afterUpdate(size, optimizer.updates());
    callbacks.updated(metrics);
    if (config.getEvalEverySteps() != null && state.getStep() % config.getEvalEverySteps() == 0) {
      evaluate();
    }
    callbacks.settled(state);
  }

  private double learningRate() {
    ISchedule used = schedule == null ? configuredSchedule() : schedule;
    double rate = used.valueAt(state.scheduledStep(), state.scheduledEpoch());
    if (!(rate >= 0) || Double.isInfinite(rate)) {
      throw new IllegalArgumentException(
          "A schedule needs to give a finite rate of at least 0 for every update but gives "
              + rate
              + " for update "
              + (state.getStep() + 1)
              + ". Correct the schedule.");
    }
    return rate;
  }

  private UpdateMetrics run(List<MultiDataSet> group, double learningRate, long start) {
    int batch = state.getBatch();
    int others = data.sequences(state.getEpoch(), batch, batch + ranks.firstOwn());
    Dropout first = new Dropout(dropout, config.getSeed(), state.getStep()).after(others);
    try {
      return updateStep.run(state, group, first, learningRate, start);
    } catch (NonFiniteException e) {
      throw new NonFiniteException(
          String.format(
              Locale.ROOT,
              "Training stopped at step %d, epoch %d, stage %d, batch %d, with problems %s: %s."
                  + " %s, set `max_grad_norm: 1.0`, or set `on_nonfinite: skip`.",
              state.getStep() + 1,
              state.getEpoch(),
              state.getStage(),
              state.getBatch(),
              problems(group),
              e.getMessage(),
              lower()));
    }
  }

  /** Decay alone multiplies the weights by 1 - lr · weight_decay in each update. */
  private String lower() {
    boolean grows = config.getLr() * config.getWeightDecay() > 2;
    return grows ? "Lower `lr` or `weight_decay`" : "Lower `lr`";
  }

  /** Indices of the problems in batches, as text. */
  private static String problems(List<MultiDataSet> batches) {
    return batches.stream()
        .flatMap(batch -> batch.getExampleMetaData().stream())
        .map(String::valueOf)
        .collect(Collectors.joining(", "));
  }

  private void endEpoch() throws IOException {
    resident.release();
    callbacks.epochEnded(state);
    if (config.getEvalEverySteps() == null) {
      evaluate();
    }
    state = stages.epochEnded(state.afterEpoch());
  }

  private void evaluate() throws IOException {
    if (validation == null) {
      return;
    }
    final long start = System.nanoTime();
    callbacks.evaluationStarted();
    resident.release();
    EvaluationMetrics metrics = measured();
    callbacks.evaluationEnded(state, TrainingCallbacks.millisSince(start));
    boolean improved = metrics.getEvalAccuracy() > state.getBestAccuracy();
    if (improved) {
      state = state.withBestAccuracy(metrics.getEvalAccuracy());
    }
    state = stages.evaluated(state, metrics.getEvalAccuracy());
    earlyStopping.evaluated(metrics);
    callbacks.evaluated(metrics, improved);
  }

  private EvaluationMetrics measured() throws IOException {
    try {
      return validation.run(state);
    } catch (NonFiniteScoreException e) { // the updates left weights that compute no finite scores
      throw new NonFiniteException(
          String.format(
              Locale.ROOT,
              "Training stopped at the evaluation after step %d, epoch %d, stage %d: the model's"
                  + " scores are no longer finite numbers. %s, or set `max_grad_norm: 1.0`.",
              state.getStep(),
              state.getEpoch(),
              state.getStage(),
              lower()));
    }
  }
}
