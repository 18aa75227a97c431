package io.github.coconut4j.serve.openai;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.coconut4j.generate.GenerationOptions;
import io.github.coconut4j.serve.RunningServer;
import io.github.coconut4j.serve.ServerLimits;
import io.github.coconut4j.serve.Shipped;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A connection may be silent for longer than one without a request while its answer is made. */
class LongAnswersTest {

  private static final int CLIENTS = 48;

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void anAnswerMayTakeLongerThanARequest(boolean stream) throws IOException {
    ServerLimits limits = ServerLimits.builder().arrival(Duration.ofMillis(100)).build();
    List<String> questions = Shipped.questions(CLIENTS);
    ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
    try (RunningServer server = RunningServer.start(limits, null, null)) {
      List<CompletableFuture<HttpResponse<String>>> asked = new ArrayList<>();
      long begin = System.nanoTime();
      for (String question : questions) {
        String body =
            RunningServer.chat(question).put("stream", stream).put("thoughts", 64).toString();
        asked.add(
            CompletableFuture.supplyAsync(
                () -> server.post("/v1/chat/completions", body), clients));
      }
      GenerationOptions options = GenerationOptions.builder().latents(64).build();
      List<String> expected =
          server.model.generate(questions, options).stream().map(g -> g.getOutput()).toList();
      for (int i = 0; i < CLIENTS; i++) {
        HttpResponse<String> response = asked.get(i).join();
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        if (stream) {
          assertThat(response.body()).endsWith("data: [DONE]\n\n");
        } else {
          assertThat(server.json(response).at("/choices/0/message/content").asText())
              .isEqualTo(expected.get(i));
        }
      }
      assertThat(Duration.ofNanos(System.nanoTime() - begin)).isGreaterThan(limits.getArrival());
    } finally {
      clients.shutdownNow();
    }
  }
}
