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
 * LangChain4j's {@link StreamingChatModel} over a model in the same process: text comes as it is
 * written, and requests of several threads share a batch. What a request may have is as for {@link
 * CoconutChatModel}.
 *
 * <p>Handlers are called on the thread that decodes, for all requests: they return at once.
 */
public final class CoconutStreamingChatModel implements StreamingChatModel, AutoCloseable {

  private final ContinuousBatch batch;
  private final ChatForm form;

  /**
   * A chat model.
   *
   * @param model stays the caller's, and open until this is closed
   * @param modelName what responses call it; {@code coconut} where null
   * @param thoughts thoughts of every answer, at least 0, or null for the model's own number
   * @param timeout until when an answer must be complete, waiting included; two minutes where null
   * @param limits how much is answered at once; {@link BatchLimits#DEFAULT} where null
   * @throws IllegalArgumentException without a model
   */
  @Builder
  CoconutStreamingChatModel(
      CoconutModel model,
      String modelName,
      Integer thoughts,
      Duration timeout,
      BatchLimits limits) {
    form = ChatForm.of(modelName, thoughts, timeout);
    batch = ChatForm.batch(model, limits);
  }

  /** Answers a question; what is wrong with it comes to the handler's {@code onError} too. */
  @Override
  public void doChat(ChatRequest request, StreamingChatResponseHandler handler) {
    Streamed streamed = new Streamed(handler);
    try {
      streamed.taken(form.submit(batch, request, streamed));
    } catch (RuntimeException e) {
      handler.onError(e);
    }
  }

  /** Ends the batch; requests that are not answered fail. */
  @Override
  public void close() {
    batch.close();
  }

  /** Hands an answer on, until its handler cancels it. */
  private final class Streamed implements AnswerListener, StreamingHandle {

    private final StreamingChatResponseHandler handler;
    private volatile Runnable cancellation;
    private volatile boolean isCancelled;

    Streamed(StreamingChatResponseHandler handler) {
      this.handler = handler;
    }

    @Override
    public void written(String text) {
      handler.onPartialResponse(new PartialResponse(text), new PartialResponseContext(this));
    }

    @Override
    public void completed(Answer answer) {
      handler.onCompleteResponse(form.response(answer));
    }

    @Override
    public void failed(Exception reason) {
      handler.onError(ChatForm.failure(reason));
    }

    /** The batch has the request; its handler may have cancelled it already. */
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
