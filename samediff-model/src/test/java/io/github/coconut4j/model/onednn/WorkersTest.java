package io.github.coconut4j.model.onednn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.javacpp.Loader;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class WorkersTest {

  private static final int[] ALL = {0, 1, 2};

  private final AtomicInteger ended = new AtomicInteger();

  @BeforeAll
  static void load() {
    Loader.load(dnnl.class);
  }

  /** Work that others outlast. */
  private void work(int worker) {
    try {
      Thread.sleep(50L * worker);
    } catch (InterruptedException e) {
      throw new AssertionError("a worker was interrupted", e);
    }
    ended.incrementAndGet();
  }

  @Test
  void anInterruptedCallerWaitsForAllAndStaysInterrupted() {
    try (Workers workers = new Workers(3)) {
      workers.run(
          ALL,
          1,
          worker -> {
            if (worker == 0) {
              Thread.currentThread().interrupt();
              ended.incrementAndGet();
            } else {
              work(worker);
            }
          });
    }

    assertThat(ended).hasValue(3);
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void aFailureIsThrownOnceAllHaveEnded() {
    try (Workers workers = new Workers(3)) {
      assertThatThrownBy(
              () ->
                  workers.run(
                      ALL,
                      1,
                      worker -> {
                        if (worker == 0) {
                          throw new OutOfMemoryError("no room");
                        }
                        work(worker);
                      }))
          .isInstanceOf(OutOfMemoryError.class)
          .hasMessage("no room");
    }

    assertThat(ended).hasValue(2);
  }

  @Test
  void whereAThreadCannotBeMadeTheOthersAreAwaitedAndTheTeamStaysUsable() {
    AtomicInteger made = new AtomicInteger();
    ThreadFactory secondFails =
        task ->
            new Thread(task) {
              @Override
              public synchronized void start() {
                if (made.incrementAndGet() == 2) {
                  throw new OutOfMemoryError("unable to create native thread");
                }
                super.start();
              }
            };
    try (Workers workers = new Workers(4, secondFails)) {
      int[] chosen = {0, 3, 2, 1};
      assertThatThrownBy(() -> workers.run(chosen, 1, this::work))
          .isInstanceOf(OutOfMemoryError.class)
          .hasMessageContaining("native thread");
      assertThat(ended).hasValue(1);

      workers.run(chosen, 1, this::work);
      assertThat(ended).hasValue(5);
    }
  }
}
