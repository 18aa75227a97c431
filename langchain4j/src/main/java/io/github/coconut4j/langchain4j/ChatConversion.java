package io.github.coconut4j.langchain4j;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.InternalServerException;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.RateLimitException;
import dev.langchain4j.exception.TimeoutException;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ResponseFormatType;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.output.FinishReason;
import dev.langchain4j.model.output.TokenUsage;
import io.github.coconut4j.CoconutModel;
import io.github.coconut4j.batch.Answer;
import io.github.coconut4j.batch.AnswerListener;
import io.github.coconut4j.batch.AnswerRequest;
import io.github.coconut4j.batch.BatchLimits;
import io.github.coconut4j.batch.ContinuousBatch;
import io.github.coconut4j.batch.DeadlineException;
import io.github.coconut4j.batch.QueueFullException;
import io.github.coconut4j.batch.StoppedException;
import io.github.coconut4j.generate.GenerationOptions;
import io.github.coconut4j.model.internal.Arguments;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import lombok.RequiredArgsConstructor;

/**
 * Converts LangChain4j's requests to those of a batch, and its answers to LangChain4j's responses.
 */
@RequiredArgsConstructor
final class ChatConversion {

  private final String modelName;

  /** Number of thoughts of every answer, or null for the model's default. */
  private final Integer thoughts;

  private final Duration timeout;

  /**
   * Makes a conversion with defaults for null arguments.
   *
   * @throws IllegalArgumentException if an argument is out of range
   */
  static ChatConversion of(String modelName, Integer thoughts, Duration timeout) {
    if (thoughts != null) {
      Arguments.requireAtLeast(thoughts, 0, "The number of thoughts");
    }
    return new ChatConversion(
        modelName == null ? "coconut" : modelName,
        thoughts,
        AnswerRequest.requireDeadline(timeout == null ? AnswerRequest.DEFAULT_DEADLINE : timeout));
  }

  /** Makes a batch, with default limits if they are null. */
  static ContinuousBatch batch(CoconutModel model, BatchLimits limits) {
    Arguments.requireNonNull(model, "model", "Open one with CoconutModel.open.");
    return new ContinuousBatch(model, limits == null ? BatchLimits.DEFAULT : limits);
  }

  /**
   * Submits a request to a batch.
   *
   * @return cancels the request
   */
  Runnable submit(ContinuousBatch batch, ChatRequest request, AnswerListener listener) {
    AnswerRequest question = question(request);
    try {
      return batch.submit(question, listener);
    } catch (IllegalArgumentException e) {
      throw new InvalidRequestException(e.getMessage(), e);
    } catch (QueueFullException | StoppedException e) {
      throw failure(e);
    }
  }

  /**
   * The request to the batch.
   *
   * @throws UnsupportedFeatureException if the request has an unsupported feature
   * @throws InvalidRequestException if a value is out of range
   */
  private AnswerRequest question(ChatRequest request) {
    refuseUnsupported(request);
    List<String> stops = request.stopSequences() == null ? List.of() : request.stopSequences();
    try {
      return AnswerRequest.builder()
          .question(text(request.messages()))
          .options(options(request))
          .stops(stops)
          .deadline(timeout)
          .build();
    } catch (IllegalArgumentException e) {
      throw new InvalidRequestException(e.getMessage(), e);
    }
  }

  private GenerationOptions options(ChatRequest request) {
    GenerationOptions.GenerationOptionsBuilder options =
        GenerationOptions.builder()
            .latents(thoughts)
            .seed(ThreadLocalRandom.current().nextLong()); // LangChain4j's requests have none
    if (request.temperature() != null) {
      options.temperature(request.temperature());
    }
    if (request.topP() != null) {
      options.topP(request.topP());
    }
    if (request.maxOutputTokens() != null) {
      options.maxNewTokens(request.maxOutputTokens());
    }
    return options.build();
  }

  private static String text(List<ChatMessage> messages) {
    if (messages.size() != 1
        || !(messages.get(0) instanceof UserMessage user)
        || !user.hasSingleText()) {
      throw new UnsupportedFeatureException(
          "A model answers one question and knows no earlier turns, no system message and nothing"
              + " but text, but the request has "
              + messages.stream().map(message -> message.type().name()).toList()
              + ". Send one message of the user with one text.");
    }
    return user.singleText();
  }

  private static void refuseUnsupported(ChatRequest request) {
    refuse(
        "tools", request.toolSpecifications() != null && !request.toolSpecifications().isEmpty());
    refuse("topK", request.topK() != null);
    refuse("frequencyPenalty", isSet(request.frequencyPenalty()));
    refuse("presencePenalty", isSet(request.presencePenalty()));
    refuse(
        "responseFormat JSON",
        request.responseFormat() != null
            && request.responseFormat().type() == ResponseFormatType.JSON);
  }

  private static boolean isSet(Double penalty) {
    return penalty != null && penalty != 0;
  }

  private static void refuse(String name, boolean isThere) {
    if (isThere) {
      throw new UnsupportedFeatureException(
          name + " is not supported: a model here knows nothing of it. Leave it out.");
    }
  }

  /** Thoughts count as output tokens, as in the paper. */
  ChatResponse response(Answer answer) {
    return ChatResponse.builder()
        .aiMessage(AiMessage.from(answer.getText()))
        .modelName(modelName)
        .tokenUsage(
            new TokenUsage(answer.getPromptTokens(), answer.getThoughts() + answer.getWords()))
        .finishReason(answer.getEnd() == Answer.End.STOP ? FinishReason.STOP : FinishReason.LENGTH)
        .build();
  }

  /** LangChain4j's exception for the failure of a valid request. */
  static RuntimeException failure(Throwable reason) {
    if (reason instanceof QueueFullException) {
      return new RateLimitException(reason.getMessage(), reason);
    }
    if (reason instanceof DeadlineException) {
      return new TimeoutException(reason.getMessage(), reason);
    }
    if (reason instanceof InterruptedException) { // which has no message
      return new InternalServerException(
          "A thread needs to wait for its answer but was interrupted. Ask again.", reason);
    }
    return new InternalServerException(reason.getMessage(), reason);
  }
}
