package io.github.coconut4j.serve;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.coconut4j.generate.GenerationOptions;
import io.github.coconut4j.generate.TokenListener;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Many clients at once: each gets the model's own answer to its question. */
class LoadTest {

  private static final int QUESTIONS = 48;
  private static final int CLIENTS = 64;

  private static RunningServer server;
  private static List<String> questions;

  /** The model's own answers by number of thoughts and question. */
  private static String[][] answers;

  @BeforeAll
  static void start() throws IOException {
    server = RunningServer.start(ServerLimits.DEFAULT, null, null);
    questions = Shipped.questions(QUESTIONS);
    answers = new String[7][];
    for (int thoughts = 0; thoughts < answers.length; thoughts++) {
      int[] each = new int[QUESTIONS];
      Arrays.fill(each, thoughts);
      answers[thoughts] =
          server
              .model
              .generate(questions, each, GenerationOptions.DEFAULT, TokenListener.NONE)
              .stream()
              .map(generation -> generation.getOutput())
              .toArray(String[]::new);
    }
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @Test
  void manyClientsAtOnce() throws Exception {
    load(CLIENTS, 4);
  }

  /** Two minutes, with figures on standard error. */
  @Test
  @Tag("nightly")
  void manyClientsForLong() throws Exception {
    double one = load(1, 20);
    double sixteen = load(16, 20);
    load(CLIENTS, 20);
    System.gc();
    long before = Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    load(CLIENTS, 100);
    System.gc();
    long after = Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    System.err.printf(
        Locale.ROOT,
        "16 clients are answered %.1f times as fast as one; heap %d MB, then %d MB%n",
        sixteen / one,
        before >> 20,
        after >> 20);

    assertThat(after - before).isLessThan(64L << 20);
  }

  /** Answers a second. */
  private static double load(int clients, int seconds) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(clients);
    Queue<Double> times = new ConcurrentLinkedQueue<>();
    long end = System.nanoTime() + seconds * 1_000_000_000L;
    try {
      List<Future<?>> all = new ArrayList<>();
      for (int i = 0; i < clients; i++) {
        SplittableRandom random = new SplittableRandom(i);
        all.add(
            threads.submit(
                () -> {
                  while (System.nanoTime() - end < 0) {
                    ask(random, times, clients > 1);
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
    double[] sorted = times.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    System.err.printf(
        Locale.ROOT,
        "%d clients: %.0f answers a second, median %.0f ms, p99 %.0f ms%n",
        clients,
        sorted.length / (double) seconds,
        1000 * sorted[sorted.length / 2],
        1000 * sorted[(int) (sorted.length * 0.99)]);
    return sorted.length / (double) seconds;
  }

  private static void ask(SplittableRandom random, Queue<Double> times, boolean mayLeave)
      throws IOException {
    int question = random.nextInt(QUESTIONS);
    int thoughts = random.nextInt(answers.length);
    ObjectNode body = RunningServer.chat(questions.get(question)).put("thoughts", thoughts);
    if (mayLeave && random.nextInt(10) == 0) {
      leave(body.put("stream", true).toString());
      return;
    }
    long start = System.nanoTime();
    HttpResponse<String> response = server.post("/v1/chat/completions", body.toString());
    times.add((System.nanoTime() - start) / 1e9);
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    assertThat(server.json(response).at("/choices/0/message/content").asText())
        .isEqualTo(answers[thoughts][question]);
  }

  /** Reads the beginning of a stream and closes the connection. */
  private static void leave(String body) throws IOException {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    String head =
        "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            + "Content-Length: "
            + bytes.length
            + "\r\n\r\n";
    try (Socket socket = new Socket(server.uri.getHost(), server.uri.getPort())) {
      OutputStream output = socket.getOutputStream();
      output.write(head.getBytes(StandardCharsets.UTF_8));
      output.write(bytes);
      output.flush();
      InputStream input = socket.getInputStream();
      assertThat(new String(input.readNBytes(12), StandardCharsets.UTF_8))
          .isEqualTo("HTTP/1.1 200");
    }
  }

  /** Nothing is left of clients that have left. */
  @Test
  void placesOfClientsThatAreGoneAreFree() throws Exception {
    for (int i : IntStream.range(0, 40).toArray()) {
      leave(RunningServer.chat(questions.get(i)).put("stream", true).put("thoughts", 0).toString());
    }
    for (int i = 0;
        i < 100 && !server.server.metrics().contains("in_batch{model=\"prosqa-coconut\"} 0.0");
        i++) {
      Thread.sleep(50);
    }
    assertThat(server.server.metrics())
        .contains("coconut_requests_in_batch{model=\"prosqa-coconut\"} 0.0")
        .contains("coconut_requests_waiting{model=\"prosqa-coconut\"} 0.0");
  }
}
