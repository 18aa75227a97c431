package io.github.coconut4j.train;

import io.github.coconut4j.model.internal.OpenedResources;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import lombok.Getter;
import lombok.RequiredArgsConstructor;
import org.nd4j.autodiff.listeners.Operation;
import org.nd4j.autodiff.listeners.records.History;
import org.nd4j.linalg.dataset.api.MultiDataSet;

/**
 * Calls SameDiff's listeners and then a run's observers; keeps the mean loss of every epoch for the
 * {@link History}, without losses that are not finite, whose updates were skipped.
 */
@RequiredArgsConstructor
final class TrainingCallbacks implements AutoCloseable {

  private final SameDiffListeners listeners;
  private final List<TrainingObserver> observers;
  private final long started = System.nanoTime();
  private final List<Long> validationMillis = new ArrayList<>();
  private double lossSum;
  private int updates;

  /** Number of them with a finite loss. */
  private int finiteLosses;

  private long epochStarted;

  /** Time spent in all callbacks so far. */
  @Getter private long nanos;

  /** Whether a listener has requested a stop. */
  @Getter private boolean stopAsked;

  /** Calls one observer. */
  @FunctionalInterface
  private interface Call {
    void on(TrainingObserver observer) throws IOException;
  }

  void started(int step, int totalSteps) throws IOException {
    timed(() -> listeners.started(Operation.TRAINING));
    callObservers(observer -> observer.started(step, totalSteps));
  }

  void epochStarted(TrainingState state) throws IOException {
    lossSum = 0;
    updates = 0;
    finiteLosses = 0;
    epochStarted = System.nanoTime();
    timed(() -> listeners.epochStarted(state));
    callObservers(observer -> observer.epochStarted(state));
  }

  /**
   * Called before an update.
   *
   * @param batches its micro-batches
   * @param millis time to get them
   */
  void updateStarted(
      TrainingState state, List<MultiDataSet> batches, double learningRate, long millis) {
    timed(() -> listeners.updateStarted(state, batches, learningRate, millis));
  }

  void updated(UpdateMetrics metrics) throws IOException {
    updates++;
    if (Double.isFinite(metrics.getLoss())) {
      lossSum += metrics.getLoss();
      finiteLosses++;
    }
    timed(() -> listeners.updated(metrics.getLoss()));
    callObservers(observer -> observer.updated(metrics));
  }

  void evaluationStarted() {
    timed(() -> listeners.started(Operation.TRAINING_VALIDATION));
  }

  /**
   * Called after an evaluation during training.
   *
   * @param millis time of the evaluation
   */
  void evaluationEnded(TrainingState state, long millis) {
    validationMillis.add(millis);
    timed(
        () -> {
          stopAsked |= listeners.validated(state, millis);
          listeners.ended(Operation.TRAINING_VALIDATION);
        });
  }

  void evaluated(EvaluationMetrics metrics, boolean improved) throws IOException {
    callObservers(observer -> observer.evaluated(metrics, improved));
  }

  void settled(TrainingState state) throws IOException {
    callObservers(observer -> observer.settled(state));
  }

  /** Called after an epoch. Its mean loss is NaN if no loss was finite. */
  void epochEnded(TrainingState state) {
    if (updates > 0) {
      double mean = lossSum / finiteLosses;
      timed(() -> stopAsked |= listeners.epochEnded(state, mean, millisSince(epochStarted)));
    }
  }

  History ended() {
    timed(() -> listeners.ended(Operation.TRAINING));
    return new History(
        List.of(), List.of(), listeners.curve(), millisSince(started), validationMillis);
  }

  @Override
  public void close() throws IOException {
    Iterator<TrainingObserver> open = observers.iterator();
    while (open.hasNext()) {
      try {
        open.next().close();
      } catch (IOException | RuntimeException | Error e) {
        OpenedResources others = new OpenedResources();
        open.forEachRemaining(others::add);
        others.closeAfter(e);
        throw e;
      }
    }
  }

  private void timed(Runnable call) {
    long start = System.nanoTime();
    call.run();
    nanos += System.nanoTime() - start;
  }

  private void callObservers(Call call) throws IOException {
    long start = System.nanoTime();
    for (TrainingObserver observer : observers) {
      call.on(observer);
    }
    nanos += System.nanoTime() - start;
  }

  static long millisSince(long nanos) {
    return (System.nanoTime() - nanos) / 1_000_000;
  }
}
