package io.github.coconut4j.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.coconut4j.CoconutModel;
import io.github.coconut4j.model.Precision;
import io.github.coconut4j.model.backend.Backend;
import io.github.coconut4j.model.latent.LatentLoop;
import io.github.coconut4j.model.latent.LatentTransformer;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What clients and a supervisor see of a server that cannot answer. */
class HealthTest {

  /** Decoders cannot be made, as if a class of the backend were missing. */
  private static Object withoutDecoding(Class<?> type, Object real) {
    return Proxy.newProxyInstance(
        type.getClassLoader(),
        new Class<?>[] {type},
        (proxy, method, arguments) -> {
          if (method.getName().equals("decoding")) {
            throw new NoClassDefFoundError("org/example/Kernel");
          }
          Object result = call(real, method, arguments);
          return result instanceof LatentLoop ? withoutDecoding(LatentLoop.class, result) : result;
        });
  }

  private static Object call(Object real, Method method, Object[] arguments) throws Throwable {
    try {
      return method.invoke(real, arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }

  private static CoconutModel broken() {
    CoconutModel shipped = Shipped.open();
    LatentTransformer transformer = shipped.getTransformer();
    Backend backend = (Backend) withoutDecoding(Backend.class, transformer.getBackend());
    transformer.close();
    return new CoconutModel(
        LatentTransformer.create(
            transformer.getConfig(), transformer.getWeights(), backend, Precision.FLOAT32),
        shipped.getTokenizer(),
        shipped.getConfig());
  }

  /** A diverged training leaves such weights: the client's request is as good as any. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aDamagedModelIsTheServersFault(boolean streamed) throws IOException {
    CoconutModel damaged = Shipped.open();
    damaged.getTransformer().getWeights().tokenTable().assign(Double.NaN);
    String chat =
        RunningServer.chat(Shipped.questions(1).get(0)).put("stream", streamed).toString();
    try (RunningServer server = RunningServer.of(damaged)) {
      HttpResponse<String> response = server.post("/v1/chat/completions", chat);

      assertThat(response.statusCode()).isEqualTo(streamed ? 200 : 500);
      assertThat(response.body()).contains("server_error", "the log says why");
      assertThat(server.server.metrics())
          .contains("coconut_requests_failed_total{model=\"prosqa-coconut\",status=\"500\"} 1.0");
    }
  }

  @Test
  void aDamagedModelIsTheServersFaultOnThePageToo() throws IOException {
    CoconutModel damaged = Shipped.open();
    damaged.getTransformer().getWeights().tokenTable().assign(Double.NaN);
    try (RunningServer server = RunningServer.of(damaged)) {
      assertFailed(server);
    }
    try (RunningServer server = RunningServer.of(broken())) {
      assertFailed(server);
    }
  }

  private static void assertFailed(RunningServer server) {
    HttpResponse<String> response =
        server.post(
            "/api/think",
            RunningServer.JSON
                .createObjectNode()
                .put("model", RunningServer.MODEL)
                .put("question", Shipped.questions(1).get(0))
                .toString());

    assertThat(response.statusCode()).isEqualTo(500);
    assertThat(server.json(response).at("/error/type").asText()).isEqualTo("server_error");
    assertThat(server.json(response).at("/error/message").asText()).contains("its log says why");
  }

  @Test
  void aModelAndItsNameAreRequired() {
    assertThatThrownBy(() -> CoconutServer.builder().model("m", null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("The argument model must be given");
    assertThatThrownBy(() -> CoconutServer.builder().model(null, null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("The argument id must be given");
    assertThatThrownBy(() -> CoconutServer.builder().models(null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("The argument models must be given");
  }

  @Test
  void aServerWhoseDecodingEndedByAnErrorIsNotHealthy() throws IOException {
    String chat = RunningServer.chat(Shipped.questions(1).get(0)).toString();
    try (RunningServer server = RunningServer.of(broken())) {
      assertThat(server.get("/healthz").statusCode()).isEqualTo(200);

      HttpResponse<String> failed = server.post("/v1/chat/completions", chat);

      assertThat(failed.statusCode()).isEqualTo(500);
      HttpResponse<String> health = server.get("/healthz");
      assertThat(health.statusCode()).isEqualTo(503);
      assertThat(server.json(health).at("/error/message").asText())
          .contains(RunningServer.MODEL, "an error ended decoding");
      assertThat(
              server
                  .send(server.request("/healthz").method("HEAD", BodyPublishers.noBody()))
                  .statusCode())
          .isEqualTo(503);
      HttpResponse<String> refused = server.post("/v1/chat/completions", chat);
      assertThat(refused.statusCode()).isEqualTo(503);
      assertThat(server.json(refused).at("/error/message").asText()).contains("restart the server");
    }
  }
}
