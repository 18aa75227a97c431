package io.github.coconut4j.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class CheckpointWriterTest {

  /** Whoever closes a run may delete its directory next. */
  @Test
  void closingWaitsForACheckpointEvenIfInterrupted() throws IOException {
    CompletableFuture<Void> released = new CompletableFuture<>();
    AtomicBoolean written = new AtomicBoolean();
    CheckpointWriter writer = new CheckpointWriter();
    writer.begin(
        Map.of(),
        Map.of(),
        (weights, optimizer) -> {
          released.join();
          written.set(true);
        });
    Thread closing = Thread.currentThread();
    releaseOnceItWaits(closing, released);

    closing.interrupt();
    writer.close();

    assertThat(written).isTrue();
    assertThat(Thread.interrupted()).isTrue();
  }

  private static void releaseOnceItWaits(Thread closing, CompletableFuture<Void> released) {
    Thread helper =
        new Thread(
            () -> {
              while (closing.getState() != Thread.State.WAITING) {
                Thread.onSpinWait();
              }
              released.complete(null);
            });
    helper.setDaemon(true);
    helper.start();
  }

  @Test
  void closingThrowsTheFailureOfTheCheckpoint() throws IOException {
    CheckpointWriter writer = new CheckpointWriter();
    writer.begin(
        Map.of(),
        Map.of(),
        (weights, optimizer) -> {
          throw new InterruptedIOException("of the disk");
        });

    assertThatThrownBy(writer::close)
        .isInstanceOf(InterruptedIOException.class)
        .hasMessage("of the disk");
  }
}
