package io.github.coconut4j.langchain4j;

import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import io.github.coconut4j.CoconutModel;
import io.github.coconut4j.batch.Answer;
import io.github.coconut4j.batch.AnswerListener;
import io.github.coconut4j.batch.BatchLimits;
import io.github.coconut4j.batch.ContinuousBatch;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import lombok.Builder;

/**
 * LangChain4j's {@link ChatModel} for a model in the same process: requests of several threads
 * share a batch.
 *
 * <pre>{@code
 * try (CoconutModel model = CoconutModel.open(Path.of("models/prosqa-coconut"));
 *     CoconutChatModel chat = CoconutChatModel.builder().model(model).build()) {
 *   System.out.println(
 *       chat.chat("Bob is a impus. Every impus is a lorpus. Is Bob a lorpus or felpus?"));
 * }
 * }</pre>
 *
 * <p>A request is one message of the user: the question. Temperature, top-p, the number of output
 * tokens and stop sequences are LangChain4j's. Unsupported features, such as tools, system messages
 * and earlier turns, are rejected with their name.
 */
public final class CoconutChatModel implements ChatModel, AutoCloseable {

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
  CoconutChatModel(
      CoconutModel model,
      String modelName,
      Integer thoughts,
      Duration timeout,
      BatchLimits limits) {
    conversion = ChatConversion.of(modelName, thoughts, timeout);
    batch = ChatConversion.batch(model, limits);
  }

  /**
   * Answers a question.
   *
   * @throws dev.langchain4j.exception.LangChain4jException of the matching kind, if the question
   *     cannot be answered
   */
  @Override
  public ChatResponse doChat(ChatRequest request) {
    Waiting waiting = new Waiting();
    Runnable cancel = conversion.submit(batch, request, waiting);
    try {
      return conversion.response(waiting.answer.get());
    } catch (ExecutionException e) {
      throw ChatConversion.failure(e.getCause());
    } catch (InterruptedException e) {
      cancel.run();
      Thread.currentThread().interrupt();
      throw ChatConversion.failure(e);
    }
  }

  /** Ends the batch; unanswered requests fail. */
  @Override
  public void close() {
    batch.close();
  }

  private static final class Waiting implements AnswerListener {

    private final CompletableFuture<Answer> answer = new CompletableFuture<>();

    @Override
    public boolean followsText() {
      return false;
    }

    @Override
    public void written(String text) {
      throw new IllegalStateException("The text is not listened to.");
    }

    @Override
    public void completed(Answer complete) {
      answer.complete(complete);
    }

    @Override
    public void failed(Exception reason) {
      answer.completeExceptionally(reason);
    }
  }
}
