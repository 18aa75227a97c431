package io.github.coconut4j.serve.openai;

import io.github.coconut4j.serve.http.JsonBodies;
import io.javalin.http.Context;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** Server-sent events with JSON, as OpenAI's API streams answers. */
final class EventStream {

  private final JsonBodies json;
  private final OutputStream output;

  /** Starts the response. */
  EventStream(Context context, JsonBodies json) throws IOException {
    this.json = json;
    context.contentType("text/event-stream; charset=utf-8");
    context.header("X-Accel-Buffering", "no");
    output = context.res().getOutputStream();
  }

  /** Sends an object; throws if the client has disconnected. */
  void send(Map<String, Object> object) throws IOException {
    write(json.text(object));
  }

  /** Sends the event that ends a complete answer. */
  void sendDone() throws IOException {
    write("[DONE]");
  }

  private void write(String data) throws IOException {
    output.write(("data: " + data + "\n\n").getBytes(StandardCharsets.UTF_8));
    output.flush();
  }
}
