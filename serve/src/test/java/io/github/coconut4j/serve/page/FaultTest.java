package io.github.coconut4j.serve.page;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.coconut4j.serve.RunningServer;
import io.github.coconut4j.serve.ServerLimits;
import io.github.coconut4j.serve.Shipped;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whose fault it is that the page gets no answer: the request's, 4xx, or the server's, 5xx. */
class FaultTest {

  private static final String SHORT =
      "Bob is a impus. Every impus is a lorpus. Is Bob a lorpus or felpus?";

  /** So many that {@link #SHORT} fits the model's positions with them, but problems do not. */
  private static final int MANY = 105;

  @TempDir private static Path runs;
  private static RunningServer server;

  @BeforeAll
  static void start() throws IOException {
    Path run = Files.createDirectory(runs.resolve("damaged"));
    Files.writeString(run.resolve("metrics.jsonl"), "{\"step\":1,\"loss\":2.5}\n");
    Files.writeString(run.resolve("config.yaml"), "method: [cot\n");
    Files.writeString(run.resolve("samples.json"), "{\"samples\": ");
    Path search = Files.createDirectory(runs.resolve("search"));
    Files.writeString(search.resolve("search.yaml"), "search: [loss\n");
    Files.writeString(search.resolve("results.jsonl"), "{\"candidate\":0}\n");
    server = RunningServer.start(ServerLimits.builder().thoughts(MANY).build(), runs, null);
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static ObjectNode question(String text) {
    return RunningServer.JSON
        .createObjectNode()
        .put("model", RunningServer.MODEL)
        .put("question", text);
  }

  private static void assertError(HttpResponse<String> response, int status, String type) {
    assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
    assertThat(server.json(response).at("/error/type").asText()).isEqualTo(type);
  }

  @ParameterizedTest
  @CsvSource({"config, config.yaml", "samples, samples.json"})
  void aDamagedFileOfARunIsNotTheRequests(String path, String file) {
    HttpResponse<String> response = server.get("/api/runs/" + path + "?name=damaged");

    assertError(response, 500, "server_error");
    assertThat(server.json(response).at("/error/message").asText()).startsWith("The run's " + file);
  }

  @Test
  void aDamagedConfigurationOfASearchDoesNotHideItsCandidates() {
    HttpResponse<String> response = server.get("/api/searches/results?name=search");

    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    assertThat(server.json(response).at("/candidates/0/candidate").asInt(-1)).isZero();
    assertThat(server.json(response).at("/minimize").asBoolean(true)).isFalse();
    assertThat(server.json(response).at("/fault").asText())
        .startsWith("The search's search.yaml cannot be read: ");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/api/runs/metrics?name=%zz",
        "/api/runs/metrics?name=%",
        "/api/runs/metrics?name=%ff",
        "/v1/models/%zz",
        "/v1/models/%ff",
        "/%",
        "/v1/models/a%2fb",
        "/v1/models/%00",
      })
  void anAddressThatIsNoTextIsTheRequests(String path) throws IOException {
    String response = server.raw(RunningServer.head("GET " + path, "Host: localhost"));

    assertThat(response)
        .matches("(?s)HTTP/1.1 40[04] .*")
        .contains("Content-Type: application/json");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "question | \"Who is Tom?\"",
        "replaced | [\"zero\"]",
        "replaced | {\"0\": \"all\"}",
        "replaced | {\"0\": null}",
        "replaced | {\"99\": \"zero\"}",
      })
  void whatAModelCannotThinkIsTheRequests(String field, String value) throws IOException {
    ObjectNode body = question(SHORT).put("thoughts", 2);
    body.set(field, RunningServer.JSON.readTree(value));
    HttpResponse<String> response = server.post("/api/think", body.toString());

    assertError(response, 400, "invalid_request_error");
    assertThat(server.json(response).at("/error/param").asText()).isEqualTo(field);
  }

  @ParameterizedTest
  @CsvSource({"zero, 200", "mean, 400", "other_problem, 400"})
  void otherProblemsAreReadOnlyWhereAReplacementNeedsThem(String replacement, int status) {
    ObjectNode body = question(SHORT).put("thoughts", MANY);
    body.putObject("replaced").put("0", replacement);
    HttpResponse<String> response = server.post("/api/think", body.toString());

    assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
    if (status == 400) {
      assertThat(server.json(response).at("/error/param").asText()).isEqualTo("replaced");
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 4, 5, 6, 7, 8})
  void problemsOfEveryDepthOnThePageAreMade(int steps) {
    HttpResponse<String> response =
        server.post("/api/problem", "{\"seed\": 7, \"steps\": " + steps + "}");

    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    assertThat(server.json(response).at("/steps")).hasSize(steps);
  }

  @Test
  void aQuestionThatIsTooLongIsTheRequests() {
    String facts = "Every impus is a lorpus. ".repeat(100);
    HttpResponse<String> response =
        server.post("/api/think", question(facts + "Is Bob a lorpus or felpus?").toString());

    assertError(response, 400, "invalid_request_error");
    assertThat(server.json(response).at("/error/message").asText()).contains("192 positions");
    assertThat(server.post("/api/think", question(Shipped.questions(1).get(0)).toString()))
        .extracting(HttpResponse::statusCode)
        .isEqualTo(200);
  }
}
