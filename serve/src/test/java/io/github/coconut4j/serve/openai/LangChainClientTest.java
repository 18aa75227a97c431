package io.github.coconut4j.serve.openai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.openai.OpenAiChatModel;
import dev.langchain4j.model.openai.OpenAiStreamingChatModel;
import dev.langchain4j.model.openai.OpenAiTokenUsage;
import io.github.coconut4j.serve.RunningServer;
import io.github.coconut4j.serve.ServerLimits;
import io.github.coconut4j.serve.Shipped;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** LangChain4j's client of OpenAI's API against the server. */
class LangChainClientTest {

  @Test
  void asksAndStreams() throws Exception {
    String question = Shipped.questions(1).get(0);
    try (RunningServer server = RunningServer.start(ServerLimits.DEFAULT, null, "secret")) {
      String base = server.uri + "/v1";
      String own = server.model.generate(question);
      OpenAiChatModel model =
          OpenAiChatModel.builder()
              .baseUrl(base)
              .apiKey("secret")
              .modelName(RunningServer.MODEL)
              .maxRetries(0)
              .build();
      ChatResponse whole = model.chat(UserMessage.from(question));

      assertThat(whole.aiMessage().text()).isEqualTo(own);
      assertThat(((OpenAiTokenUsage) whole.tokenUsage()).outputTokensDetails().reasoningTokens())
          .isEqualTo(6);
      assertThat(streamed(base, question)).isEqualTo(own);
      assertThatThrownBy(() -> model.chat(UserMessage.from("What is love?")))
          .isInstanceOf(InvalidRequestException.class)
          .hasMessageContaining("vocabulary");
    }
  }

  private static String streamed(String base, String question) throws Exception {
    StringBuilder text = new StringBuilder();
    CompletableFuture<ChatResponse> end = new CompletableFuture<>();
    OpenAiStreamingChatModel.builder()
        .baseUrl(base)
        .apiKey("secret")
        .modelName(RunningServer.MODEL)
        .build()
        .chat(
            question,
            new StreamingChatResponseHandler() {
              @Override
              public void onPartialResponse(String partial) {
                text.append(partial);
              }

              @Override
              public void onCompleteResponse(ChatResponse response) {
                end.complete(response);
              }

              @Override
              public void onError(Throwable error) {
                end.completeExceptionally(error);
              }
            });
    end.get(20, TimeUnit.SECONDS);
    return text.toString();
  }
}
