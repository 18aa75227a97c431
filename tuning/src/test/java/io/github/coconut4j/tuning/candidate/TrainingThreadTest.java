package io.github.coconut4j.tuning.candidate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class TrainingThreadTest {

  private final CountDownLatch begun = new CountDownLatch(1);
  private final CountDownLatch end = new CountDownLatch(1);
  private final AtomicInteger stops = new AtomicInteger();

  private String train() throws InterruptedException {
    begun.countDown();
    end.await();
    return "trained";
  }

  private Thread caller;

  private <T> FutureTask<T> call(Callable<T> work) throws InterruptedException {
    FutureTask<T> call = new FutureTask<>(work);
    caller = new Thread(call);
    caller.start();
    begun.await();
    return call;
  }

  private void awaitInterruptionTaken() throws InterruptedException {
    while (caller.isInterrupted()) {
      Thread.sleep(1);
    }
  }

  @Test
  void whatTheTrainingGivesAndThrowsComesBack() throws Exception {
    assertThat(new TrainingThread<>(() -> "trained", stops::incrementAndGet).run())
        .isEqualTo("trained");
    assertThatThrownBy(
            () ->
                new TrainingThread<>(
                        () -> {
                          throw new IOException("no room");
                        },
                        stops::incrementAndGet)
                    .run())
        .isInstanceOf(ExecutionException.class)
        .hasRootCauseMessage("no room");
    assertThat(stops).hasValue(0);
  }

  @Test
  void aCallerInterruptedTwiceAsksOnceAndReturnsWhenTheTrainingHasEnded() throws Exception {
    TrainingThread<String> training = new TrainingThread<>(this::train, stops::incrementAndGet);
    FutureTask<String> call = call(training::run);

    for (int i = 0; i < 2; i++) {
      caller.interrupt();
      awaitInterruptionTaken();
    }
    while (stops.get() == 0) {
      Thread.sleep(1);
    }
    assertThat(call.isDone()).isFalse();
    end.countDown();

    assertThatThrownBy(call::get).hasCauseInstanceOf(InterruptedException.class);
    assertThat(stops).hasValue(1);
  }

  @Test
  void aTrainingThatDoesNotEndInTimeIsGivenUp() throws Exception {
    TrainingThread<String> training =
        new TrainingThread<>(
            this::train, stops::incrementAndGet, Duration.ofMillis(10), end::countDown);
    FutureTask<String> call = call(training::run);

    caller.interrupt();

    assertThatThrownBy(call::get).hasCauseInstanceOf(InterruptedException.class);
    assertThat(stops).hasValue(1);
  }
}
