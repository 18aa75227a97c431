package io.github.coconut4j.serve.http;

import static io.github.coconut4j.serve.RunningServer.head;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.coconut4j.serve.RunningServer;
import io.github.coconut4j.serve.ServerLimits;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/** Whatever is sent: it is refused or answered, nothing is shown as HTML, and the server lives. */
class AbuseTest {

  private static RunningServer server;
  private static Path secret;

  @BeforeContainer
  static void start() throws IOException {
    Path directory = Files.createTempDirectory("abuse");
    secret = Files.writeString(directory.resolve("config.yaml"), "name: secret\n");
    Files.writeString(directory.resolve("metrics.jsonl"), "{\"secret\":1}\n");
    Path run = Files.createDirectories(directory.resolve("runs").resolve("<script>alert(1)"));
    Files.writeString(run.resolve("metrics.jsonl"), "{\"step\":1,\"loss\":\"<script>\"}\nhalf");
    Files.createSymbolicLink(directory.resolve("runs").resolve("link"), directory);
    ServerLimits limits = ServerLimits.builder().arrival(Duration.ofSeconds(2)).build();
    server = RunningServer.start(limits, directory.resolve("runs"), null);
  }

  @AfterContainer
  static void stop() {
    server.close();
  }

  private static void assertAlive() {
    HttpResponse<String> health = server.get("/healthz");
    assertThat(health.statusCode()).as(health.body()).isEqualTo(200);
  }

  @Example
  void aBodyOf100MegabytesIsRefusedBeforeItIsSent() throws IOException {
    String announced =
        head(
            "POST /v1/completions",
            "Host: localhost",
            "Content-Type: application/json",
            "Content-Length: 104857600");

    assertThat(server.raw(announced)).startsWith("HTTP/1.1 413");
    assertAlive();
  }

  @Example
  void aBodyWithoutALengthIsCutOff() throws IOException {
    StringBuilder body = new StringBuilder();
    for (int i = 0; i < 10; i++) {
      body.append("10000\r\n").append(" ".repeat(0x10000)).append("\r\n");
    }
    String chunked =
        head(
                "POST /v1/completions",
                "Host: localhost",
                "Content-Type: application/json",
                "Transfer-Encoding: chunked")
            + body;
    try {
      assertThat(server.raw(chunked)).startsWith("HTTP/1.1 413");
    } catch (IOException e) {
      assertThat(e).hasMessageMatching("(?i).*(reset|pipe|abort).*"); // refused while it was sent
    }
    assertAlive();
  }

  @Example
  void jsonTenThousandDeepIsRefused() {
    String deep = "[".repeat(10_000) + "]".repeat(10_000);
    HttpResponse<String> response = server.post("/v1/completions", "{\"stop\":" + deep + "}");

    assertThat(response.statusCode()).isEqualTo(400);
    assertThat(response.body()).contains("depth");
    assertAlive();
  }

  @Example
  void aFloodOfHeadersIsRefused() throws IOException {
    StringBuilder headers = new StringBuilder("Host: localhost");
    for (int i = 0; i < 5000; i++) {
      headers.append("\r\nX-").append(i).append(": a");
    }
    assertThat(server.raw(head("GET /healthz", headers.toString())))
        .startsWith("HTTP/1.1 431")
        .doesNotContain("<html");
    assertAlive();
  }

  @Example
  void slowHeadersAndSlowBodiesLoseTheirConnection() throws IOException {
    String post =
        "POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            + "Content-Length: 1000\r\n\r\n{";
    assertCutOff("GET /healthz HTTP/1.1\r\nHost: loc", "a");
    assertCutOff(post, " ");
    assertAlive();
  }

  /**
   * The server ends a connection on which something trickles in all the time. All pieces take at
   * least nine times as long as it may take; how long they do take does not matter.
   */
  private static void assertCutOff(String begin, String more) throws IOException {
    boolean open = true;
    try (Socket socket = new Socket(server.uri.getHost(), server.uri.getPort())) {
      OutputStream output = socket.getOutputStream();
      output.write(begin.getBytes(StandardCharsets.ISO_8859_1));
      InputStream input = socket.getInputStream();
      socket.setSoTimeout(300);
      for (int i = 0; i < 60 && open; i++) {
        output.write(more.getBytes(StandardCharsets.ISO_8859_1));
        output.flush();
        open = isSilent(input);
      }
    } catch (IOException e) {
      open = false;
      assertThat(e).hasMessageMatching("(?i).*(reset|pipe|abort).*");
    }
    assertThat(open).as("open after 60 pieces").isFalse();
  }

  /** Whether nothing comes and the connection stays open; what comes is read to its end. */
  private static boolean isSilent(InputStream input) throws IOException {
    try {
      input.readAllBytes();
      return false;
    } catch (SocketTimeoutException e) {
      return true;
    }
  }

  @Example
  void aFormOfAnotherPageIsNoRequest() {
    for (int i = 0; i < 100; i++) {
      HttpResponse<String> form =
          server.send(
              server
                  .request("/v1/completions")
                  .header("Content-Type", "text/plain")
                  .POST(HttpRequest.BodyPublishers.ofString("{}")));

      assertThat(form.statusCode()).isEqualTo(415);
      assertThat(form.headers().firstValue("Connection")).contains("close");
      assertAlive(); // and its body was not taken for the next request
    }
  }

  @Example
  void thePageHasAPolicyAndNamesAreJson() {
    HttpResponse<String> page = server.get("/");
    HttpResponse<String> runs = server.get("/api/runs");

    assertThat(page.headers().firstValue("Content-Security-Policy").orElse(""))
        .contains("default-src 'none'")
        .contains("script-src 'self';")
        .doesNotContain("unsafe");
    assertThat(runs.body()).contains("<script>alert(1)").doesNotContain("link");
    assertThat(runs.headers().firstValue("Content-Type").orElse("")).contains("json");
  }

  @Example
  void namesLeadNowhereButToRunsThatThereAre() {
    List<String> names =
        new ArrayList<>(
            List.of("..", ".", "../runs", "/", "link", "link/runs", secret.toString(), "%00", ""));
    names.add(secret.getParent().toString());
    for (String name : names) {
      for (String path : List.of("metrics", "config", "log")) {
        HttpResponse<String> response = server.get("/api/runs/" + path + "?name=" + encoded(name));
        assertThat(response.statusCode()).as(name).isEqualTo(404);
        assertThat(response.body()).doesNotContain("secret");
      }
    }
    HttpResponse<String> known =
        server.get("/api/runs/metrics?name=" + encoded("<script>alert(1)"));
    assertThat(known.statusCode()).isEqualTo(200);
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  @Provide
  Arbitrary<String> bodies() {
    Arbitrary<String> values =
        Arbitraries.of(
            "null",
            "1",
            "-1",
            "1e308",
            "\"\"",
            "\"<script>\"",
            "[]",
            "{}",
            "[[1]]",
            "true",
            "\"prosqa-coconut\"",
            "[{\"role\":\"user\",\"content\":\"x\"}]",
            "\"\\u0000\"",
            "{\"0\":\"zero\"}",
            "\"\\ud800\"",
            "123456789012345678901234567890",
            "{\"99\":1}",
            "[null]");
    Arbitrary<String> names =
        Arbitraries.of(
            "model",
            "messages",
            "prompt",
            "stream",
            "thoughts",
            "seed",
            "temperature",
            "top_p",
            "max_tokens",
            "stop",
            "n",
            "question",
            "replaced",
            "steps",
            "stream_options");
    Arbitrary<String> objects =
        names
            .flatMap(name -> values.map(value -> "\"" + name + "\":" + value))
            .list()
            .ofMaxSize(6)
            .map(fields -> "{" + String.join(",", fields) + "}");
    return Arbitraries.oneOf(objects, Arbitraries.strings().ofMaxLength(60), values);
  }

  @Property(tries = 1500)
  void whateverTheBodyIsItIsAnsweredInJson(
      @ForAll("bodies") String body, @ForAll("posted") String path) {
    HttpResponse<String> response = server.post(path, body);

    assertThat(response.statusCode()).isIn(200, 400, 404);
    assertThat(response.headers().firstValue("Content-Type").orElse(""))
        .startsWith("application/json");
    assertThat(server.json(response).isObject()).isTrue();
  }

  @Provide
  Arbitrary<String> posted() {
    return Arbitraries.of(
        "/v1/chat/completions", "/v1/completions", "/api/problem", "/api/graph", "/api/think");
  }

  @Provide
  Arbitrary<String> paths() {
    return Arbitraries.of(
            "..",
            ".",
            "%2e%2e",
            "%2f",
            "/",
            "api",
            "v1",
            "web",
            "index.html",
            "META-INF",
            "runs",
            "etc",
            "passwd",
            ";a",
            "%00",
            "<script>",
            "?name=..",
            "models",
            "echarts.js",
            "\\")
        .list()
        .ofMinSize(1)
        .ofMaxSize(6)
        .map(parts -> "/" + String.join("/", parts));
  }

  @Property(tries = 1000)
  void whateverThePathIsNothingOfTheDiskIsSent(@ForAll("paths") String path) throws IOException {
    String response = server.raw(head("GET " + path.replace(" ", "%20"), "Host: localhost"));

    assertThat(response).matches("(?s)HTTP/1.1 (200|400|404|414) .*");
    assertThat(response).doesNotContain("root:").doesNotContain("secret");
    if (!response.startsWith("HTTP/1.1 200")) {
      assertThat(response).doesNotContain("text/html").doesNotContain("<script>");
    }
  }

  @Property(tries = 500)
  void whateverTheBytesAreTheServerLives(@ForAll byte[] bytes) throws IOException {
    try (Socket socket = new Socket(server.uri.getHost(), server.uri.getPort())) {
      socket.getOutputStream().write(bytes);
      socket.shutdownOutput();
    } catch (IOException e) {
      assertThat(e).hasMessageMatching("(?i).*(reset|pipe|abort|close).*");
    }
    assertAlive();
  }
}
