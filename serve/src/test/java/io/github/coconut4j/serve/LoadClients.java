package io.github.coconut4j.serve;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.coconut4j.CoconutModel;
import io.github.coconut4j.generate.Generation;
import io.github.coconut4j.generate.GenerationOptions;
import io.github.coconut4j.generate.TokenListener;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;

/**
 * Clients that ask without a pause, each question with a number of thoughts and a limit of tokens
 * of its own, and compare what they get with the model's own answer. Of ten requests three are
 * streamed, and one more is given up in mid-stream.
 */
final class LoadClients {

  private static final int MOST_THOUGHTS = 6;

  /** Of tokens: hardly an answer is that long, and none is that short. */
  private static final int[] LIMITS = {128, 3};

  /**
   * Of the longest chain and its answer. A text beyond it goes round in circles, and where it
   * leaves them is decided by rounding, which the batch's other rows may change.
   */
  private static final int MOST_TOKENS = 24;

  private final URI uri;
  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final List<Question> questions = new ArrayList<>();

  /** Identities of all answers. */
  private final Set<String> ids = ConcurrentHashMap.newKeySet();

  private final AtomicInteger given = new AtomicInteger();
  private final AtomicInteger left = new AtomicInteger();

  private record Question(String body, String answer, String end) {}

  /**
   * Clients of a server.
   *
   * @param count of different questions
   */
  LoadClients(URI uri, CoconutModel model, int count) {
    this.uri = uri;
    List<String> texts = Shipped.questions(count);
    for (int limit : LIMITS) {
      GenerationOptions options = GenerationOptions.builder().maxNewTokens(limit).build();
      for (int thoughts = 0; thoughts <= MOST_THOUGHTS; thoughts++) {
        int[] each = new int[count];
        Arrays.fill(each, thoughts);
        List<Generation> own = model.generate(texts, each, options, TokenListener.NONE);
        for (int i = 0; i < count; i++) {
          int tokens = own.get(i).getTokens() - thoughts;
          if (tokens > MOST_TOKENS) {
            continue;
          }
          ObjectNode body = RunningServer.chat(texts.get(i)).put("thoughts", thoughts);
          boolean isCut = tokens == limit;
          questions.add(
              new Question(
                  body.put("max_tokens", limit).toString(),
                  own.get(i).getOutput(),
                  isCut ? "length" : "stop"));
        }
      }
    }
  }

  /** Answers that came whole. */
  int given() {
    return given.get();
  }

  /** Requests that their clients gave up. */
  int left() {
    return left.get();
  }

  /** Asks until the time is over. */
  void askFor(int seconds, int clients) throws Exception {
    long end = System.nanoTime() + seconds * 1_000_000_000L;
    ask(clients, () -> System.nanoTime() - end < 0);
  }

  /** Asks until so many answers came whole. */
  void askForAnswers(int answers, int clients) throws Exception {
    ask(clients, () -> given() < answers);
  }

  private void ask(int clients, BooleanSupplier goesOn) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(clients);
    try {
      List<Future<?>> all = new ArrayList<>();
      for (int i = 0; i < clients; i++) {
        SplittableRandom random = new SplittableRandom(i);
        all.add(
            threads.submit(
                () -> {
                  while (goesOn.getAsBoolean()) {
                    askOne(random);
                  }
                  return null;
                }));
      }
      for (Future<?> each : all) {
        each.get();
      }
    } finally {
      threads.shutdownNow();
    }
  }

  private void askOne(SplittableRandom random) throws Exception {
    Question question = questions.get(random.nextInt(questions.size()));
    int kind = random.nextInt(10);
    if (kind == 0) {
      leave(streamed(question.body()));
      return;
    }
    boolean isStreamed = kind < 4;
    HttpResponse<String> response =
        client.send(
            HttpRequest.newBuilder(URI.create(uri + "/v1/chat/completions"))
                .timeout(Duration.ofMinutes(2))
                .header("Content-Type", "application/json")
                .POST(
                    HttpRequest.BodyPublishers.ofString(
                        isStreamed ? streamed(question.body()) : question.body()))
                .build(),
            HttpResponse.BodyHandlers.ofString());
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    if (isStreamed) {
      checkStream(question, response.body());
    } else {
      checkWhole(question, RunningServer.JSON.readTree(response.body()));
    }
    given.incrementAndGet();
  }

  private static String streamed(String body) throws IOException {
    return ((ObjectNode) RunningServer.JSON.readTree(body)).put("stream", true).toString();
  }

  private void checkWhole(Question question, JsonNode answer) {
    assertThat(answer.at("/choices/0/message/content").asText()).isEqualTo(question.answer());
    assertThat(answer.at("/choices/0/finish_reason").asText()).isEqualTo(question.end());
    checkIsNew(answer);
  }

  private void checkIsNew(JsonNode answer) {
    assertThat(ids.add(answer.at("/id").asText())).as("a second answer " + answer).isTrue();
  }

  private void checkStream(Question question, String body) throws IOException {
    List<String> data =
        body.lines().filter(line -> !line.isEmpty()).map(l -> l.substring(6)).toList();
    assertThat(data).last().isEqualTo("[DONE]");
    StringBuilder text = new StringBuilder();
    JsonNode piece = null;
    for (String each : data.subList(0, data.size() - 1)) {
      piece = RunningServer.JSON.readTree(each);
      text.append(piece.at("/choices/0/delta/content").asText());
    }
    assertThat(text.toString()).isEqualTo(question.answer());
    assertThat(piece.at("/choices/0/finish_reason").asText()).isEqualTo(question.end());
    checkIsNew(piece);
  }

  /** Reads a stream's first two pieces and closes the connection. */
  void leave(String body) throws IOException {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    String head =
        "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            + "Content-Length: "
            + bytes.length
            + "\r\n\r\n";
    try (Socket socket = new Socket(uri.getHost(), uri.getPort())) {
      socket.getOutputStream().write(head.getBytes(StandardCharsets.UTF_8));
      socket.getOutputStream().write(bytes);
      BufferedReader input =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
      assertThat(input.readLine()).startsWith("HTTP/1.1 200");
      for (int pieces = 0; pieces < 2; ) {
        String line = input.readLine();
        assertThat(line).as("the stream ends").isNotNull();
        pieces += line.startsWith("data: ") ? 1 : 0;
      }
    }
    left.incrementAndGet();
  }
}
