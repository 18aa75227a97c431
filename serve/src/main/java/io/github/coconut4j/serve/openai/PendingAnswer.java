package io.github.coconut4j.serve.openai;

import io.github.coconut4j.batch.Answer;
import io.github.coconut4j.batch.AnswerListener;
import io.github.coconut4j.batch.DeadlineException;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * Passes events from a batch's thread to the thread of the client's connection, which waits not
 * much longer than the deadline, even if the batch's thread has failed.
 */
final class PendingAnswer implements AnswerListener {

  /** Time after the deadline for the batch to say so itself. */
  private static final Duration LATE = Duration.ofSeconds(5);

  /** Whether the text is streamed to the client. */
  private final boolean streamed;

  private final long end;

  /** One of the three: a part of the text, the answer, or the reason of a failure. */
  record Event(String text, Answer answer, Exception failure) {}

  private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();

  PendingAnswer(boolean streamed, Duration deadline) {
    this.streamed = streamed;
    end = System.nanoTime() + deadline.plus(LATE).toNanos();
  }

  @Override
  public boolean followsText() {
    return streamed;
  }

  @Override
  public void written(String text) {
    events.add(new Event(text, null, null));
  }

  @Override
  public void completed(Answer answer) {
    events.add(new Event(null, answer, null));
  }

  @Override
  public void failed(Exception reason) {
    events.add(new Event(null, null, reason));
  }

  /** The next event, or null after a timeout. */
  Event next(int milliseconds) throws InterruptedException {
    Event event = events.poll(milliseconds, TimeUnit.MILLISECONDS);
    if (event == null && System.nanoTime() - end > 0) {
      return new Event(
          null,
          null,
          new DeadlineException(
              "An answer needs to be complete in time but is not. Ask for fewer tokens, or try"
                  + " again when fewer requests are running."));
    }
    return event;
  }
}
