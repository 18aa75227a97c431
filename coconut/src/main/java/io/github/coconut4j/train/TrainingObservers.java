package io.github.coconut4j.train;

import java.io.IOException;
import java.util.List;
import lombok.Getter;
import lombok.RequiredArgsConstructor;

/** Several observers, told one after the other, and the time that they take. */
@RequiredArgsConstructor
final class TrainingObservers implements TrainingObserver {

  private final List<TrainingObserver> observers;

  /** Time spent in all observers so far. */
  @Getter private long nanos;

  /** Tells one observer of something. */
  @FunctionalInterface
  private interface Telling {
    void tell(TrainingObserver observer) throws IOException;
  }

  private void tellAll(Telling telling) throws IOException {
    long start = System.nanoTime();
    for (TrainingObserver observer : observers) {
      telling.tell(observer);
    }
    nanos += System.nanoTime() - start;
  }

  @Override
  public void started(int step, int totalSteps) throws IOException {
    tellAll(observer -> observer.started(step, totalSteps));
  }

  @Override
  public void passStarted(TrainingState state) throws IOException {
    tellAll(observer -> observer.passStarted(state));
  }

  @Override
  public void updated(UpdateMetrics metrics) throws IOException {
    tellAll(observer -> observer.updated(metrics));
  }

  @Override
  public void evaluated(EvaluationMetrics metrics, boolean improved) throws IOException {
    tellAll(observer -> observer.evaluated(metrics, improved));
  }

  @Override
  public void settled(TrainingState state) throws IOException {
    tellAll(observer -> observer.settled(state));
  }

  @Override
  public void close() throws IOException {
    tellAll(TrainingObserver::close);
  }
}
