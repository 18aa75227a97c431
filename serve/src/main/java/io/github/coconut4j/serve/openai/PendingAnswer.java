package io.github.coconut4j.serve.openai;

import io.github.coconut4j.batch.Answer;
import io.github.coconut4j.batch.AnswerListener;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import lombok.RequiredArgsConstructor;

/** What a batch's thread tells, for the thread of the client's connection to take. */
@RequiredArgsConstructor
final class PendingAnswer implements AnswerListener {

  /** Whether the client gets the text piece by piece. */
  private final boolean streamed;

  /** A piece of text, the answer, or the reason why there is none: one of the three. */
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

  /** The next event, or null if there is none for a while. */
  Event next(int milliseconds) throws InterruptedException {
    return events.poll(milliseconds, TimeUnit.MILLISECONDS);
  }
}
