package io.github.coconut4j.serve.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.javalin.Javalin;
import io.javalin.http.Context;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.Test;

class ClientTest {

  private static final String STREAM = "GET /stream HTTP/1.1\r\nHost: a\r\n\r\n";

  private final Semaphore more = new Semaphore(0);

  /** Looks at its connection once more was sent, in the middle of its answer. */
  private void stream(Context context) throws IOException, InterruptedException {
    OutputStream output = context.res().getOutputStream();
    output.write("[first]".getBytes(StandardCharsets.UTF_8));
    output.flush();
    more.acquire();
    Client client = new Client(context);
    for (int i = 0; i < 3; i++) {
      assertThat(client.isGone()).isFalse();
    }
    output.write("[last]".getBytes(StandardCharsets.UTF_8));
  }

  private static String until(InputStream input, String end) throws IOException {
    StringBuilder text = new StringBuilder();
    while (text.indexOf(end) < 0) {
      int next = input.read();
      assertThat(next).as(text.toString()).isNotNegative();
      text.append((char) next);
    }
    return text.toString();
  }

  @Test
  void aRequestThatArrivesDuringAnAnswerStaysWhole() throws IOException {
    Javalin javalin =
        Javalin.create(
            config -> {
              config.startup.showJavalinBanner = false;
              config.routes.get("/stream", this::stream);
              config.routes.post("/next", context -> context.result("[" + context.body() + "]"));
            });
    javalin.start("127.0.0.1", 0);
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), javalin.port())) {
      socket.setSoTimeout(10_000);
      InputStream input = socket.getInputStream();
      for (int i = 0; i < 3; i++) {
        send(socket, STREAM);
        until(input, "[first]");
        send(socket, "POST /next HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody");
        more.release();

        assertThat(until(input, "[last]")).doesNotContain("HTTP");
        assertThat(until(input, "[body]")).contains("HTTP/1.1 200");
      }
    } finally {
      javalin.stop();
    }
  }

  private static void send(Socket socket, String request) throws IOException {
    socket.getOutputStream().write(request.getBytes(StandardCharsets.UTF_8));
  }
}
