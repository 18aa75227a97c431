package io.github.coconut4j.batch;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

/** A listener that keeps the pieces of an answer and its end. */
class RecordedAnswer implements AnswerListener {

  final List<String> pieces = new CopyOnWriteArrayList<>();
  final CompletableFuture<Answer> answer = new CompletableFuture<>();
  private final Runnable ended;

  RecordedAnswer() {
    this(() -> {});
  }

  /**
   * Makes a listener.
   *
   * @param ended runs at the answer's end, on the batch's thread
   */
  RecordedAnswer(Runnable ended) {
    this.ended = ended;
  }

  @Override
  public void written(String text) {
    pieces.add(text);
  }

  @Override
  public void completed(Answer complete) {
    ended.run();
    if (!answer.complete(complete)) {
      throw new AssertionError("ended twice");
    }
  }

  @Override
  public void failed(Exception reason) {
    answer.completeExceptionally(reason);
  }

  Answer get() throws Exception {
    return answer.get(30, TimeUnit.SECONDS);
  }
}
