package io.github.coconut4j.langchain4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.InternalServerException;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.TimeoutException;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ResponseFormat;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.PartialResponse;
import dev.langchain4j.model.chat.response.PartialResponseContext;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.output.FinishReason;
import io.github.coconut4j.CoconutModel;
import io.github.coconut4j.data.ReasoningProblem;
import io.github.coconut4j.generate.GenerationOptions;
import io.github.coconut4j.generate.TokenListener;
import io.github.coconut4j.problems.ProblemSource;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The shipped model as LangChain4j's, against its own answers. */
class ChatModelsTest {

  private static CoconutModel model;
  private static List<String> questions;

  @BeforeAll
  static void open() throws IOException {
    model = CoconutModel.open(Path.of("../models/prosqa-coconut"));
    questions =
        ProblemSource.of("prosqa-balanced:8:77").problems(Set.of()).stream()
            .map(ReasoningProblem::getQuestion)
            .toList();
  }

  @AfterAll
  static void close() {
    model.close();
  }

  private static String own(String question, Integer thoughts) {
    GenerationOptions options = GenerationOptions.builder().latents(thoughts).build();
    return model.generate(List.of(question), options, TokenListener.NONE).get(0).getOutput();
  }

  @Test
  void answersAsTheModelDoesFromManyThreads() {
    try (CoconutChatModel chat = CoconutChatModel.builder().model(model).build()) {
      List<CompletableFuture<String>> asked =
          questions.stream()
              .map(question -> CompletableFuture.supplyAsync(() -> chat.chat(question)))
              .toList();
      for (int i = 0; i < questions.size(); i++) {
        assertThat(asked.get(i).join()).isEqualTo(own(questions.get(i), null));
      }
    }
  }

  @Test
  void saysWhatAnAnswerTook() {
    try (CoconutChatModel chat =
        CoconutChatModel.builder().model(model).modelName("prosqa").thoughts(2).build()) {
      ChatResponse response = chat.chat(UserMessage.from(questions.get(0)));

      assertThat(response.aiMessage().text()).isEqualTo(own(questions.get(0), 2));
      assertThat(response.modelName()).isEqualTo("prosqa");
      assertThat(response.finishReason()).isEqualTo(FinishReason.STOP);
      assertThat(response.tokenUsage().outputTokenCount()).isGreaterThan(2);
      ChatResponse cut =
          chat.chat(
              ChatRequest.builder()
                  .messages(UserMessage.from(questions.get(0)))
                  .maxOutputTokens(1)
                  .build());
      assertThat(cut.finishReason()).isEqualTo(FinishReason.LENGTH);
      assertThat(cut.tokenUsage().outputTokenCount()).isEqualTo(3);
    }
  }

  @Test
  void streamsWhatItWrites() throws Exception {
    try (CoconutStreamingChatModel chat =
        CoconutStreamingChatModel.builder().model(model).build()) {
      Collected collected = new Collected(Integer.MAX_VALUE);
      chat.chat(questions.get(1), collected);
      ChatResponse response = collected.end.get(60, TimeUnit.SECONDS);

      assertThat(String.join("", collected.pieces)).isEqualTo(own(questions.get(1), null));
      assertThat(collected.pieces).hasSizeGreaterThan(1);
      assertThat(response.aiMessage().text()).isEqualTo(own(questions.get(1), null));
    }
  }

  @Test
  void aCancelledAnswerIsWrittenNoFurther() throws Exception {
    assertCalledNoMoreOnceCancelled(
        ChatRequest.builder().messages(UserMessage.from(questions.get(1))).build());
  }

  /** The last piece comes together with the answer's end. */
  @Test
  void aHandlerThatCancelsIsCalledNoMore() throws Exception {
    assertCalledNoMoreOnceCancelled(
        ChatRequest.builder()
            .messages(UserMessage.from(questions.get(1)))
            .maxOutputTokens(1)
            .build());
  }

  /** A second answer ends after the first one would have. */
  private void assertCalledNoMoreOnceCancelled(ChatRequest request) throws Exception {
    try (CoconutStreamingChatModel chat =
        CoconutStreamingChatModel.builder().model(model).build()) {
      Collected cancelled = new Collected(1);
      chat.chat(request, cancelled);
      Collected next = new Collected(Integer.MAX_VALUE);
      chat.chat(questions.get(2), next);
      next.end.get(60, TimeUnit.SECONDS);

      assertThat(cancelled.pieces).hasSize(1);
      assertThat(cancelled.end).isNotDone();
    }
  }

  /** As LangChain4j's own models do. */
  @Test
  void aHandlerThatFailsAtTheEndIsToldSo() {
    try (CoconutStreamingChatModel chat =
        CoconutStreamingChatModel.builder().model(model).build()) {
      Collected collected =
          new Collected(Integer.MAX_VALUE) {
            @Override
            public void onCompleteResponse(ChatResponse response) {
              throw new IllegalStateException("a handler's own");
            }
          };
      chat.chat(questions.get(1), collected);

      assertThatThrownBy(() -> collected.end.get(60, TimeUnit.SECONDS))
          .hasRootCauseMessage("a handler's own");
    }
  }

  @Test
  void aTimeoutOutOfRangeIsRefusedAtOnce() {
    for (Duration timeout : List.of(Duration.ZERO, Duration.ofDays(400))) {
      assertThatThrownBy(() -> CoconutChatModel.builder().model(model).timeout(timeout).build())
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("A deadline needs to be above 0 and at most a year");
    }
  }

  @Test
  void anInterruptedThreadIsToldSo() {
    try (CoconutChatModel chat = CoconutChatModel.builder().model(model).build()) {
      Thread.currentThread().interrupt();
      assertThatThrownBy(() -> chat.chat(questions.get(0)))
          .isInstanceOf(InternalServerException.class)
          .hasMessageContaining("was interrupted");
      assertThat(Thread.interrupted()).isTrue();
    }
  }

  static Stream<ChatRequest.Builder> unsupported() {
    UserMessage user = UserMessage.from("Is Bob a yumpus?");
    return Stream.of(
        ChatRequest.builder().messages(SystemMessage.from("Be brief."), user),
        ChatRequest.builder().messages(user, user),
        ChatRequest.builder()
            .messages(user)
            .toolSpecifications(ToolSpecification.builder().name("clock").build()),
        ChatRequest.builder().messages(user).topK(3),
        ChatRequest.builder().messages(user).frequencyPenalty(0.5),
        ChatRequest.builder().messages(user).responseFormat(ResponseFormat.JSON));
  }

  @ParameterizedTest
  @MethodSource("unsupported")
  void refusesWhatItKnowsNothingOf(ChatRequest.Builder request) throws Exception {
    try (CoconutChatModel chat = CoconutChatModel.builder().model(model).build();
        CoconutStreamingChatModel streaming =
            CoconutStreamingChatModel.builder().model(model).build()) {
      assertThatThrownBy(() -> chat.chat(request.build()))
          .isInstanceOf(UnsupportedFeatureException.class);
      Collected collected = new Collected(Integer.MAX_VALUE);
      streaming.chat(request.build(), collected);
      assertThatThrownBy(() -> collected.end.get(60, TimeUnit.SECONDS))
          .isInstanceOf(ExecutionException.class)
          .hasCauseInstanceOf(UnsupportedFeatureException.class);
    }
  }

  @Test
  void saysWhyThereIsNoAnswer() {
    CoconutChatModel chat = CoconutChatModel.builder().model(model).build();
    assertThatThrownBy(() -> chat.chat("What is love?"))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("vocabulary");
    ChatRequest hot =
        ChatRequest.builder().messages(UserMessage.from(questions.get(0))).topP(7.0).build();
    assertThatThrownBy(() -> chat.chat(hot)).isInstanceOf(InvalidRequestException.class);
    chat.close();
    assertThatThrownBy(() -> chat.chat(questions.get(0)))
        .isInstanceOf(InternalServerException.class);
    try (CoconutChatModel late =
        CoconutChatModel.builder().model(model).timeout(Duration.ofNanos(1)).build()) {
      assertThatThrownBy(() -> late.chat(questions.get(0))).isInstanceOf(TimeoutException.class);
    }
    assertThatThrownBy(() -> CoconutChatModel.builder().build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("The argument model must be given");
  }

  /** A diverged training leaves such weights: the request is as good as any. */
  @Test
  void aDamagedModelIsNotTheRequestsFault() throws IOException {
    try (CoconutModel damaged = CoconutModel.open(Path.of("../models/prosqa-coconut"));
        CoconutChatModel chat = CoconutChatModel.builder().model(damaged).build()) {
      damaged.getTransformer().getWeights().tokenTable().assign(Double.NaN);
      assertThatThrownBy(() -> chat.chat(questions.get(0)))
          .isInstanceOf(InternalServerException.class)
          .hasMessageContaining("Its weights are damaged");
    }
  }

  /** What a handler hears, which cancels after some pieces. */
  private static class Collected implements StreamingChatResponseHandler {

    private final List<String> pieces = new CopyOnWriteArrayList<>();
    private final CompletableFuture<ChatResponse> end = new CompletableFuture<>();
    private final int most;

    Collected(int most) {
      this.most = most;
    }

    @Override
    public void onPartialResponse(PartialResponse partial, PartialResponseContext context) {
      pieces.add(partial.text());
      if (pieces.size() == most) {
        context.streamingHandle().cancel();
      }
    }

    @Override
    public void onCompleteResponse(ChatResponse response) {
      end.complete(response);
    }

    @Override
    public void onError(Throwable error) {
      end.completeExceptionally(error);
    }
  }
}
