package io.github.coconut4j.train;

import java.io.IOException;
import java.util.List;
import java.util.function.Consumer;
import lombok.Getter;
import lombok.RequiredArgsConstructor;
import org.nd4j.autodiff.listeners.At;
import org.nd4j.autodiff.listeners.Listener;
import org.nd4j.autodiff.listeners.Loss;
import org.nd4j.autodiff.listeners.Operation;
import org.nd4j.autodiff.listeners.records.History;
import org.nd4j.autodiff.listeners.records.LossCurve;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.dataset.api.MultiDataSet;

/**
 * Calls SameDiff's listeners, as {@code SameDiff.fit} would but with the true loss, and then a
 * run's observers; keeps the mean loss of every epoch for the {@link History}.
 */
@RequiredArgsConstructor
final class TrainingCallbacks implements AutoCloseable {

  private static final List<String> LOSS = List.of("loss");

  private final SameDiff sameDiff;
  private final List<Listener> listeners;
  private final List<TrainingObserver> observers;
  private final long started = System.nanoTime();
  private LossCurve curve;
  private double lossSum;
  private int updates;
  private long epochStarted;

  /** Time spent in all callbacks so far. */
  @Getter private long nanos;

  /** Calls one observer. */
  @FunctionalInterface
  private interface Call {
    void on(TrainingObserver observer) throws IOException;
  }

  void started(int step, int totalSteps) throws IOException {
    callListeners(listener -> listener.operationStart(sameDiff, Operation.TRAINING));
    callObservers(observer -> observer.started(step, totalSteps));
  }

  void epochStarted(TrainingState state) throws IOException {
    lossSum = 0;
    updates = 0;
    epochStarted = System.nanoTime();
    callListeners(listener -> listener.epochStart(sameDiff, at(state)));
    callObservers(observer -> observer.epochStarted(state));
  }

  void updateStarted(TrainingState state, MultiDataSet batch) {
    callListeners(listener -> listener.iterationStart(sameDiff, at(state), batch, 0));
  }

  /**
   * After an update.
   *
   * @param before the state before it
   * @param batch its first batch
   */
  void updated(TrainingState before, MultiDataSet batch, UpdateMetrics metrics) throws IOException {
    lossSum += metrics.getLoss();
    updates++;
    Loss loss = new Loss(LOSS, new double[] {metrics.getLoss()});
    callListeners(listener -> listener.iterationDone(sameDiff, at(before), batch, loss));
    callObservers(observer -> observer.updated(metrics));
  }

  void evaluated(EvaluationMetrics metrics, boolean improved) throws IOException {
    callObservers(observer -> observer.evaluated(metrics, improved));
  }

  void settled(TrainingState state) throws IOException {
    callObservers(observer -> observer.settled(state));
  }

  void epochEnded(TrainingState state) {
    if (updates == 0) {
      return;
    }
    // Loss by loss: LossCurve's constructor of a list fails for two losses of one name.
    double[] mean = {lossSum / updates};
    curve = curve == null ? new LossCurve(mean, LOSS) : curve.addLossAndCopy(mean, LOSS);
    long millis = millisSince(epochStarted);
    callListeners(listener -> listener.epochEnd(sameDiff, at(state), curve, millis));
  }

  History ended() {
    callListeners(listener -> listener.operationEnd(sameDiff, Operation.TRAINING));
    return new History(List.of(), List.of(), curve, millisSince(started), List.of());
  }

  @Override
  public void close() throws IOException {
    callObservers(TrainingObserver::close);
  }

  private void callListeners(Consumer<Listener> call) {
    long start = System.nanoTime();
    listeners.stream().filter(listener -> listener.isActive(Operation.TRAINING)).forEach(call);
    nanos += System.nanoTime() - start;
  }

  private void callObservers(Call call) throws IOException {
    long start = System.nanoTime();
    for (TrainingObserver observer : observers) {
      call.on(observer);
    }
    nanos += System.nanoTime() - start;
  }

  private static At at(TrainingState state) {
    return At.builder()
        .epoch(state.getEpoch())
        .iteration(state.getStep())
        .operation(Operation.TRAINING)
        .javaThreadNum(Thread.currentThread().getId())
        .build();
  }

  private static long millisSince(long nanos) {
    return (System.nanoTime() - nanos) / 1_000_000;
  }
}
