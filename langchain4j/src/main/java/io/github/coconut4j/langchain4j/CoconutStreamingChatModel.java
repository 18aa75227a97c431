package io.github.coconut4j.langchain4j;

import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.PartialResponse;
import dev.langchain4j.model.chat.response.PartialResponseContext;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.chat.response.StreamingHandle;
import io.github.coconut4j.CoconutModel;
import io.github.coconut4j.batch.Answer;
import io.github.coconut4j.batch.AnswerListener;
import io.github.coconut4j.batch.BatchLimits;
import io.github.coconut4j.batch.ContinuousBatch;
import java.time.Duration;
import lombok.Builder;

/**
 * LangChain4j's {@link StreamingChatModel} for a model in the same process: text is streamed as it
 * is generated, and requests of several threads share a batch. Requests are as for {@link
 * CoconutChatModel}.
 *
 * <p>Handlers of all requests are called on the decoding thread, so they must return quickly.
 */
public final class CoconutStreamingChatModel implements StreamingChatModel, AutoCloseable {

  private final ContinuousBatch batch;
  private final ChatConversion conversion;

  /**
   * Makes a chat model.
   *
   * @param model owned by the caller; must stay open until this is closed
   * @param modelName name of the model in responses; {@code coconut} if null
   * @param thoughts number of thoughts of every answer, at least 0, or null for the model's default
   * @param timeout time within which an answer must be complete, including waiting, above 0 and at
   *     most a year; two minutes if null
   * @param limits limits of the batch; {@link BatchLimits#DEFAULT} if null
   * @throws IllegalArgumentException if the model is null, or thoughts or timeout are out of range
   */
  @Builder
  CoconutStreamingChatModel(
      CoconutModel model,
      String modelName,
      Integer thoughts,
      Duration timeout,
      BatchLimits limits) {
    conversion = ChatConversion.of(modelName, thoughts, timeout);
    batch = ChatConversion.batch(model, limits);
  }

  /** Answers a question; errors of the request are also passed to the handler's {@code onError}. */
  @Override
  public void doChat(ChatRequest request, StreamingChatResponseHandler handler) {
    Streamed streamed = new Streamed(handler);
    try {
      streamed.taken(conversion.submit(batch, request, streamed));
    } catch (RuntimeException e) {
      handler.onError(e);
    }
  }

  /** Ends the batch; unanswered requests fail. */
  @Override
  public void close() {
    batch.close();
  }

  /**
   * Passes an answer to its handler. A handler that has cancelled is called no more, as LangChain4j
   * promises.
   */
  private final class Streamed implements AnswerListener, StreamingHandle {

    private final StreamingChatResponseHandler handler;
    private volatile Runnable cancellation;
    private volatile boolean isCancelled;

    Streamed(StreamingChatResponseHandler handler) {
      this.handler = handler;
    }

    @Override
    public void written(String text) {
      if (!isCancelled) {
        handler.onPartialResponse(new PartialResponse(text), new PartialResponseContext(this));
      }
    }

    @Override
    public void completed(Answer answer) {
      if (isCancelled) {
        return;
      }
      try {
        handler.onCompleteResponse(conversion.response(answer));
      } catch (RuntimeException e) { // which LangChain4j's own models pass on, too
        handler.onError(e);
      }
    }

    @Override
    public void failed(Exception reason) {
      if (!isCancelled) {
        handler.onError(ChatConversion.failure(reason));
      }
    }

    /** Called when the batch has the request; the handler may have cancelled it already. */
    void taken(Runnable cancel) {
      cancellation = cancel;
      if (isCancelled) {
        cancel.run();
      }
    }

    @Override
    public void cancel() {
      isCancelled = true;
      Runnable cancel = cancellation;
      if (cancel != null) {
        cancel.run();
      }
    }

    @Override
    public boolean isCancelled() {
      return isCancelled;
    }
  }
}
