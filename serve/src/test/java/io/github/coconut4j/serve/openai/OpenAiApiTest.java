package io.github.coconut4j.serve.openai;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.coconut4j.generate.Generation;
import io.github.coconut4j.generate.GenerationOptions;
import io.github.coconut4j.serve.RunningServer;
import io.github.coconut4j.serve.ServerLimits;
import io.github.coconut4j.serve.Shipped;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What clients of OpenAI's API send and get. */
class OpenAiApiTest {

  private static final String CHAT = "/v1/chat/completions";

  private static RunningServer server;
  private static String question;

  @BeforeAll
  static void start() throws IOException {
    server = RunningServer.start(ServerLimits.DEFAULT, null, null);
    question = Shipped.questions(1).get(0);
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static Generation own(GenerationOptions options) {
    return server.model.generate(List.of(question), options).get(0);
  }

  @Test
  void aChatIsAnsweredAsTheModelDoes() {
    Generation own = own(GenerationOptions.DEFAULT);
    JsonNode answer = server.json(server.post(CHAT, RunningServer.chat(question).toString()));

    assertThat(answer.at("/object").asText()).isEqualTo("chat.completion");
    assertThat(answer.at("/choices/0/message/content").asText()).isEqualTo(own.getOutput());
    assertThat(answer.at("/choices/0/finish_reason").asText()).isEqualTo("stop");
    assertThat(answer.at("/usage/completion_tokens").asInt()).isEqualTo(own.getTokens());
    assertThat(answer.at("/usage/completion_tokens_details/reasoning_tokens").asInt()).isEqualTo(6);
    assertThat(answer.at("/usage/total_tokens").asInt())
        .isEqualTo(answer.at("/usage/prompt_tokens").asInt() + own.getTokens());
  }

  @Test
  void thoughtsSeedTemperatureAndLimitsAreTheModelsOptions() {
    GenerationOptions options =
        GenerationOptions.builder()
            .latents(1)
            .temperature(1.2)
            .topP(0.8)
            .seed(5)
            .maxNewTokens(4)
            .build();
    JsonNode answer =
        server.ask(
            "/v1/completions",
            Map.of(
                "model",
                RunningServer.MODEL,
                "prompt",
                question,
                "thoughts",
                1,
                "temperature",
                1.2,
                "top_p",
                0.8,
                "seed",
                5,
                "max_tokens",
                4));

    assertThat(answer.at("/object").asText()).isEqualTo("text_completion");
    assertThat(answer.at("/choices/0/text").asText()).isEqualTo(own(options).getOutput());
    assertThat(answer.at("/usage/completion_tokens_details/reasoning_tokens").asInt()).isEqualTo(1);
    assertThat(answer.at("/choices/0/finish_reason").asText()).isEqualTo("length");
  }

  @Test
  void aStreamIsTheAnswerInPieces() {
    ObjectNode body = RunningServer.chat(question).put("stream", true).put("thoughts", 0);
    body.putObject("stream_options").put("include_usage", true);
    HttpResponse<String> response = server.post(CHAT, body.toString());
    List<String> data =
        response.body().lines().filter(line -> !line.isEmpty()).map(l -> l.substring(6)).toList();
    List<JsonNode> pieces = data.subList(0, data.size() - 1).stream().map(this::parsed).toList();

    assertThat(response.headers().firstValue("Content-Type").orElse("")).contains("event-stream");
    assertThat(data).last().isEqualTo("[DONE]");
    assertThat(pieces).hasSizeGreaterThan(6);
    assertThat(pieces.get(0).at("/choices/0/delta/role").asText()).isEqualTo("assistant");
    assertThat(
            String.join(
                "", pieces.stream().map(p -> p.at("/choices/0/delta/content").asText()).toList()))
        .isEqualTo(own(GenerationOptions.builder().latents(0).build()).getOutput());
    assertThat(pieces.get(pieces.size() - 2).at("/choices/0/finish_reason").asText())
        .isEqualTo("stop");
    assertThat(pieces.get(pieces.size() - 1).at("/choices")).isEmpty();
    assertThat(pieces.get(pieces.size() - 1).at("/usage/total_tokens").asInt()).isPositive();
  }

  private JsonNode parsed(String text) {
    try {
      return RunningServer.JSON.readTree(text);
    } catch (IOException e) {
      throw new AssertionError(text, e);
    }
  }

  @Test
  void modelsAreListed() {
    assertThat(server.json(server.get("/v1/models")).at("/data/0/id").asText())
        .isEqualTo(RunningServer.MODEL);
    assertThat(server.json(server.get("/v1/models/prosqa-coconut")).at("/object").asText())
        .isEqualTo("model");
    assertThat(server.get("/v1/models/..%2fprosqa-coconut").statusCode()).isIn(400, 404);
  }

  @Test
  void earlierTurnsAndSystemMessagesAreRefused() {
    ObjectNode body = RunningServer.chat("first");
    body.withArray("messages").addObject().put("role", "user").put("content", question);
    HttpResponse<String> response = server.post(CHAT, body.toString());

    assertThat(response.statusCode()).isEqualTo(400);
    assertThat(server.json(response).at("/error/message").asText()).contains("no earlier turns");
    assertThat(server.json(response).at("/error/param").asText()).isEqualTo("messages");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "temperature | 3",
        "temperature | \"hot\"",
        "top_p | 0",
        "max_tokens | 0",
        "max_tokens | 1e99",
        "max_tokens | 100000000",
        "thoughts | -1",
        "thoughts | 65",
        "thoughts | 1.5",
        "seed | 99999999999999999999",
        "stop | [\"a\",\"b\",\"c\",\"d\",\"e\"]",
        "stop | \"\"",
        "n | 2",
        "stream | \"yes\"",
        "tools | [{\"type\":\"function\"}]",
        "response_format | {\"type\":\"json_object\"}",
        "frequency_penalty | 1",
      })
  void fieldsThatCannotBeServedAreNamed(String name, String value) throws IOException {
    ObjectNode body = RunningServer.chat(question);
    body.set(name, RunningServer.JSON.readTree(value));
    HttpResponse<String> response = server.post(CHAT, body.toString());

    assertThat(response.statusCode()).isEqualTo(400);
    assertThat(server.json(response).at("/error/param").asText()).isEqualTo(name);
    assertThat(server.json(response).at("/error/type").asText()).isEqualTo("invalid_request_error");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "temperature | 3         | `temperature` needs to be a number from 0.0 to 2.0 but is 3. Change it.",
        "top_p       | 0         | `top_p` needs to be a number above 0 and at most 1 but is 0. Change it.",
        "top_p       | \"1\"       | but is \"1\". Change it.",
        "n           | 2         | `n` needs to be 1 but is 2. Change it.",
        "stop        | \"\"        | `stop` needs to be a text, not an empty one, or up to 4 of them but is \"\".",
        "model       | null      | `model` needs to be a text with words but is null. Send one.",
      })
  void refusalsSayWhatWasFound(String name, String value, String message) throws IOException {
    ObjectNode body = RunningServer.chat(question);
    body.set(name, RunningServer.JSON.readTree(value));

    assertThat(server.json(server.post(CHAT, body.toString())).at("/error/message").asText())
        .contains(message);
  }

  @Test
  void aValueOfAnyLengthIsShownInShort() {
    ObjectNode body = RunningServer.chat("word ".repeat(20_000)).put("seed", "9".repeat(50_000));

    assertThat(server.json(server.post(CHAT, body.toString())).at("/error/message").asText())
        .contains("`seed` needs to be a whole number of 64 bits but is \"99")
        .hasSizeLessThan(300);
    assertThat(
            server
                .json(server.post(CHAT, RunningServer.chat("x".repeat(90_000)).toString()))
                .at("/error/message")
                .asText())
        .hasSizeLessThan(600);
  }

  @Test
  void aBodyThatIsNoJsonIsRefusedWithTheFaultsPlace() {
    HttpResponse<String> response = server.post(CHAT, "{\"model\": \"x\",\n  \"n\": one}");

    assertThat(response.statusCode()).isEqualTo(400);
    assertThat(server.json(response).at("/error/message").asText())
        .startsWith("A body needs to be JSON but is not, from line 2, column ")
        .endsWith(". Correct it.");
  }

  @Test
  void aMethodThatAnAddressDoesNotTakeIsNamed() {
    HttpResponse<String> response = server.get(CHAT);

    assertThat(response.statusCode()).isEqualTo(405);
    assertThat(response.headers().firstValue("Allow")).hasValue("POST");
    assertThat(server.json(response).at("/error/message").asText())
        .isEqualTo("This address needs the method POST but the request's is GET. Change it.");
    assertThat(server.get("/v1/nothing").statusCode()).isEqualTo(404);
  }

  @Test
  void aPromptMayBeAListOfOne() {
    ObjectNode one = RunningServer.JSON.createObjectNode().put("model", RunningServer.MODEL);
    one.putArray("prompt").add(question);
    HttpResponse<String> answered = server.post("/v1/completions", one.toString());
    one.withArray("prompt").add(question);
    HttpResponse<String> two = server.post("/v1/completions", one.toString());

    assertThat(answered.statusCode()).isEqualTo(200);
    assertThat(two.statusCode()).isEqualTo(400);
    assertThat(server.json(two).at("/error/param").asText()).isEqualTo("prompt");
  }

  @Test
  void anUnknownModelAndAQuestionOutsideTheVocabularyAreRefused() {
    ObjectNode other = RunningServer.chat(question).put("model", "../models/prosqa-coconut");
    HttpResponse<String> strange = server.post(CHAT, RunningServer.chat("<script>").toString());

    assertThat(server.post(CHAT, other.toString()).statusCode()).isEqualTo(404);
    assertThat(strange.statusCode()).isEqualTo(400);
    assertThat(strange.headers().firstValue("Content-Type").orElse(""))
        .startsWith("application/json");
    assertThat(strange.headers().firstValue("X-Content-Type-Options")).contains("nosniff");
  }

  @Test
  void metricsAreInPrometheusForm() {
    server.post(CHAT, RunningServer.chat(question).toString());

    assertThat(server.get("/metrics").body())
        .contains("coconut_thoughts_total{model=\"prosqa-coconut\"}")
        .contains("coconut_requests_in_batch");
    assertThat(server.get("/healthz").statusCode()).isEqualTo(200);
  }
}
