package io.github.coconut4j.serve.openai;

import io.github.coconut4j.batch.Answer;
import io.github.coconut4j.batch.AnswerListener;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import lombok.RequiredArgsConstructor;

/** Passes events from a batch's thread to the thread of the client's connection. */
@RequiredArgsConstructor
final class PendingAnswer implements AnswerListener {

  /** Whether the text is streamed to the client. */
  private final boolean streamed;

  /** One of the three: a part of the text, the answer, or the reason of a failure. */
  record Event(String text, Answer answer, Exception failure) {}

  private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();

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
    return events.poll(milliseconds, TimeUnit.MILLISECONDS);
  }
}
