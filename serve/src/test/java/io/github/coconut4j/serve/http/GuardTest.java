package io.github.coconut4j.serve.http;

import static io.github.coconut4j.serve.RunningServer.head;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.coconut4j.serve.CoconutServer;
import io.github.coconut4j.serve.RunningServer;
import io.github.coconut4j.serve.ServerLimits;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Who may ask a server. */
class GuardTest {

  @Test
  void foreignHostsAndOriginsAreRefused() throws IOException {
    try (RunningServer server = RunningServer.start(ServerLimits.DEFAULT, null, null)) {
      for (String host :
          List.of("evil.example", "127.0.0.1.evil.example", "localhost.evil:80", "", "127.0.0.2")) {
        assertThat(server.raw(head("GET /v1/models", "Host: " + host)))
            .containsPattern("^HTTP/1.1 40[03]");
      }
      assertThat(server.raw(head("GET /v1/models", "X: y"))).startsWith("HTTP/1.1 400");
      for (String origin :
          List.of("http://evil.example", "null", "http://localhost:1", "file://")) {
        assertThat(server.raw(head("GET /v1/models", "Host: localhost", "Origin: " + origin)))
            .startsWith("HTTP/1.1 403");
      }
      assertThat(
              server.raw(
                  head("GET /v1/models", "Host: LOCALHOST:99", "Origin: http://localhost:99")))
          .startsWith("HTTP/1.1 200");
      assertThat(server.raw(head("GET /v1/models", "Host: [::1]:99"))).startsWith("HTTP/1.1 200");
    }
  }

  @Test
  void theKeyIsNeededWhereThereIsOne() throws IOException {
    try (RunningServer locked = RunningServer.start(ServerLimits.DEFAULT, null, "secret")) {
      for (String path :
          List.of(
              "/v1/models", "/v1/models/", "/api/models", "/api/runs", "/metrics", "/metrics/")) {
        assertThat(locked.get(path).statusCode()).isEqualTo(401);
        assertThat(
                locked
                    .send(locked.request(path).header("Authorization", "Bearer secre"))
                    .statusCode())
            .isEqualTo(401);
        assertThat(
                locked
                    .send(locked.request(path).header("Authorization", "Bearer secret"))
                    .statusCode())
            .isEqualTo(200);
      }
      // On a connection of its own: Jetty would read it as the header that this one had before.
      assertThat(
              locked.raw(head("GET /v1/models", "Host: localhost", "Authorization: bearer secret")))
          .as("the name of a scheme has no case")
          .startsWith("HTTP/1.1 200");
      for (String path : List.of("/", "/app.js", "/healthz")) {
        assertThat(locked.get(path).statusCode()).isEqualTo(200);
      }
      assertThat(locked.get("/no-such-address").statusCode()).isEqualTo(401);
    }
  }

  @Test
  void anAddressThatOthersReachNeedsAKey() {
    for (String host : List.of("0.0.0.0", "::")) {
      assertThatThrownBy(() -> CoconutServer.builder().host(host).build())
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("API key");
    }
  }
}
