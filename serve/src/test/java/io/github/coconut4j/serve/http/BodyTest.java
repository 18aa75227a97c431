package io.github.coconut4j.serve.http;

import static io.github.coconut4j.serve.RunningServer.head;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.coconut4j.serve.RunningServer;
import io.github.coconut4j.serve.ServerLimits;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Bodies of requests as their headers do not announce them. */
class BodyTest {

  private static final String[] JSON = {"Host: localhost", "Content-Type: application/json"};

  private static RunningServer server;

  @BeforeAll
  static void start(@TempDir Path directory) throws IOException {
    server = RunningServer.start(ServerLimits.DEFAULT, directory, null);
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  /** All that is answered to a request, whose text has a character for each byte. */
  private static String answer(String header, String body, boolean ends) throws IOException {
    try (Socket socket = new Socket(server.uri.getHost(), server.uri.getPort())) {
      socket.setSoTimeout(10_000);
      String request = head("POST /v1/completions", JSON[0], JSON[1], header) + body;
      socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
      if (ends) {
        socket.shutdownOutput();
      }
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "Transfer-Encoding: chunked, zz, false",
    "Transfer-Encoding: chunked, -5, false",
    "Transfer-Encoding: chunked, 5, true",
    "'Transfer-Encoding: gzip, chunked', zz, false",
    "Content-Length: 40, '', true",
  })
  void aBodyThatIsNotAsAnnouncedIsNotCalledSlow(String header, String first, boolean ends)
      throws IOException {
    assertThat(answer(header, first + "\r\n{}\r\n", ends))
        .startsWith("HTTP/1.1 400")
        .contains("the length or the chunks that its request announces");
  }

  @Test
  void aCompressedBodyIsRefused() throws IOException {
    assertThat(answer("Content-Length: 2\r\nContent-Encoding: gzip", "{}", false))
        .startsWith("HTTP/1.1 415")
        .contains("without a Content-Encoding");
  }

  /** An overlong form of "/", half of a surrogate pair, and Latin-1. */
  @ParameterizedTest
  @CsvSource({"C0, À¯", "ED, í\u00a0\u0080", "E9, é"})
  void aBodyThatIsNotUtf8IsRefused(String bad, String bytes) throws IOException {
    String body = "{\"prompt\":\"" + bytes + "\"}";

    assertThat(answer("Content-Length: " + body.length(), body, false))
        .startsWith("HTTP/1.1 400")
        .contains("A body must be UTF-8 text, found the byte " + bad + " at offset 11");
  }
}
