package io.github.coconut4j.serve;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.coconut4j.CoconutModel;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/** A server of the shipped model, and a client of it. */
public final class RunningServer implements AutoCloseable {

  public static final ObjectMapper JSON = new ObjectMapper();
  public static final String MODEL = "prosqa-coconut";

  public final CoconutModel model;
  public final CoconutServer server;
  public final URI uri;
  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  private RunningServer(CoconutModel model, CoconutServer server) throws IOException {
    this.model = model;
    this.server = server;
    uri = server.start();
  }

  public static RunningServer start(ServerLimits limits, Path runs, String key) throws IOException {
    CoconutModel model = Shipped.open();
    return new RunningServer(
        model,
        CoconutServer.builder().model(MODEL, model).runs(runs).limits(limits).apiKey(key).build());
  }

  /** A server of another model, which is closed with it. */
  static RunningServer of(CoconutModel model) throws IOException {
    return new RunningServer(model, CoconutServer.builder().model(MODEL, model).build());
  }

  public HttpResponse<String> send(HttpRequest.Builder request) {
    try {
      return client.send(
          request.timeout(Duration.ofSeconds(30)).build(), HttpResponse.BodyHandlers.ofString());
    } catch (IOException e) {
      throw new IllegalStateException(e);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  public HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create(uri + path));
  }

  public HttpResponse<String> get(String path) {
    return send(request(path));
  }

  public HttpResponse<String> post(String path, String body) {
    return send(
        request(path)
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body)));
  }

  /** What is answered to bytes, up to 400 of it. */
  public String raw(String request) throws IOException {
    try (Socket socket = new Socket(uri.getHost(), uri.getPort())) {
      socket.setSoTimeout(10_000);
      OutputStream output = socket.getOutputStream();
      output.write(request.getBytes(StandardCharsets.ISO_8859_1));
      output.flush();
      return new String(socket.getInputStream().readNBytes(400), StandardCharsets.ISO_8859_1);
    }
  }

  /** The head of a request whose connection is closed after it. */
  public static String head(String line, String... headers) {
    return line + " HTTP/1.1\r\n" + String.join("\r\n", headers) + "\r\nConnection: close\r\n\r\n";
  }

  public static ObjectNode chat(String question) {
    ObjectNode body = JSON.createObjectNode().put("model", MODEL);
    body.putArray("messages").addObject().put("role", "user").put("content", question);
    return body;
  }

  public JsonNode json(HttpResponse<String> response) {
    try {
      return JSON.readTree(response.body());
    } catch (IOException e) {
      throw new AssertionError(response.body(), e);
    }
  }

  public JsonNode ask(String path, Map<String, Object> body) {
    return json(post(path, JSON.valueToTree(body).toString()));
  }

  @Override
  public void close() {
    server.close();
    model.close();
  }
}
