package io.github.coconut4j.batch;

import io.github.coconut4j.CoconutModel;
import io.github.coconut4j.data.batch.TokenSequence;
import io.github.coconut4j.generate.Generator;
import io.github.coconut4j.generate.TokenSampler;
import java.util.stream.IntStream;
import lombok.Getter;
import lombok.extern.slf4j.Slf4j;

/** A request that waits or is in progress: its prompt, the text so far, and its listener. */
@Slf4j
final class SubmittedRequest {

  private final CoconutModel model;
  private final AnswerRequest request;
  private final AnswerListener listener;
  private final TokenSampler sampler;
  private final WrittenText text;
  private final int thoughts;
  private final long deadline;

  @Getter private final TokenSequence prompt;

  /** Largest number of generated tokens, at least 1. */
  @Getter private final int room;

  private int written;
  private int batchSize;

  /** Set by the client's thread when the client has disconnected. */
  private volatile boolean cancelled;

  @Getter private boolean ended;

  SubmittedRequest(CoconutModel model, AnswerRequest request, AnswerListener listener) {
    this.model = model;
    this.request = request;
    this.listener = listener;
    Integer requested = request.getOptions().getLatents();
    int latents = requested == null ? model.getConfig().getDefaultLatents() : requested;
    prompt = model.prompt(request.getQuestion(), latents);
    thoughts = model.sequences().thoughts(latents);
    int most = request.getOptions().getMaxNewTokens();
    room = Generator.room(model.getTransformer().getConfig(), prompt.length(), most);
    sampler = request.getOptions().sampler();
    text = new WrittenText(model.getTokenizer(), request.getStops());
    deadline = System.nanoTime() + request.getDeadline().toNanos();
  }

  void cancel() {
    cancelled = true;
  }

  /** Ends the request if nobody waits for it any more. */
  void endIfOver() {
    if (cancelled) {
      ended = true;
    } else if (System.nanoTime() - deadline > 0) {
      fail(
          new DeadlineException(
              "An answer needs to be complete within "
                  + request.getDeadline().toSeconds()
                  + " s but is not. Ask for fewer tokens, or try again when fewer requests"
                  + " are running."));
    }
  }

  /** Chooses the next token; returns it, whatever it is. */
  int choose(float[] logits, int together) {
    batchSize = Math.max(batchSize, together);
    try {
      int token = sampler.next(logits, 0);
      accept(token);
      return token;
    } catch (RuntimeException | Error e) { // of only this request: its listener, sampler or text
      fail(e);
      return 0;
    }
  }

  private void accept(int token) {
    if (IntStream.of(model.endOfSequence()).anyMatch(end -> end == token)) {
      complete(Answer.End.STOP);
      return;
    }
    text.add(token);
    written++;
    if (text.isStopped()) {
      complete(Answer.End.STOP);
    } else if (written == room) {
      complete(Answer.End.LENGTH);
    } else if (listener.followsText()) {
      send(text.more());
    }
  }

  private void send(String more) {
    if (!more.isEmpty()) {
      listener.written(more);
    }
  }

  private void complete(Answer.End end) {
    if (listener.followsText()) {
      send(text.rest());
    }
    int[] ids = text.ids();
    Answer answer =
        Answer.builder()
            .text(text.text())
            .end(end)
            .promptTokens(prompt.length() - thoughts - model.sequences().promptLength(0, 0))
            .thoughts(thoughts)
            .words(model.generation(request.getQuestion(), 0, ids).getTokens())
            .batchSize(batchSize)
            .build();
    ended = true;
    try {
      listener.completed(answer);
    } catch (RuntimeException | Error e) {
      logListenerFailure(e);
    }
  }

  /** Ends the request without an answer. */
  void fail(Throwable reason) {
    if (!ended) {
      ended = true;
      try {
        listener.failed(
            reason instanceof Exception exception
                ? exception
                : new IllegalStateException(
                    "Decoding failed: " + reason + ". The log shows more.", reason));
      } catch (RuntimeException | Error e) {
        logListenerFailure(e);
      }
    }
  }

  /** The listener had its last call, so nobody else is told of what it throws. */
  private static void logListenerFailure(Throwable failure) {
    log.error("A request's listener failed when it was notified of the request's end", failure);
  }
}
