package io.github.coconut4j.serve.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.coconut4j.serve.RunningServer;
import io.github.coconut4j.serve.ServerLimits;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How the page's files are sent. */
class AssetsTest {

  private static RunningServer server;

  @BeforeAll
  static void start() throws IOException {
    server = RunningServer.start(ServerLimits.DEFAULT, null, null);
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static String header(HttpResponse<String> response, String name) {
    return response.headers().firstValue(name).orElse("none");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "gzip | gzip",
        "br, gzip;q=0.5 | gzip",
        "gzip;q=0 | none",
        "gzip ; q=0.000, deflate | none",
        "GZIP | gzip",
        "a\"gzip | none",
        "identity | none",
      })
  void aFileIsCompressedForThoseWhoTakeThat(String accepted, String sent) {
    HttpResponse<String> response =
        server.send(server.request("/app.css").header("Accept-Encoding", accepted));

    assertThat(header(response, "Content-Encoding")).isEqualTo(sent);
  }

  @Test
  void aFileThatABrowserHasIsNotSentAgain() {
    String tag = header(server.get("/echarts.js"), "ETag");

    for (String known : new String[] {tag, "\"other\", " + tag}) {
      HttpResponse<String> again =
          server.send(server.request("/echarts.js").header("If-None-Match", known));
      assertThat(again.statusCode()).isEqualTo(304);
      assertThat(again.body()).isEmpty();
      assertThat(header(again, "ETag")).isEqualTo(tag);
    }
    HttpResponse<String> other =
        server.send(server.request("/app.css").header("If-None-Match", tag));
    assertThat(other.statusCode()).isEqualTo(200);
    assertThat(other.body()).contains(":root");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/", "/app.js", "/healthz", "/v1/models", "/v1/models/none", "/none"})
  void aHeadIsThatOfGet(String path) {
    HttpResponse<String> get = server.get(path);
    HttpResponse<String> head =
        server.send(server.request(path).method("HEAD", BodyPublishers.noBody()));

    assertThat(head.statusCode()).isEqualTo(get.statusCode());
    assertThat(head.body()).isEmpty();
    for (String name : new String[] {"Content-Type", "Content-Length", "ETag", "Connection"}) {
      assertThat(header(head, name)).as(name).isEqualTo(header(get, name));
    }
  }
}
