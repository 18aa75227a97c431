package io.github.coconut4j.benchmarks;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Clients of a server, each with a connection of its own that it keeps. Every answer is compared
 * with the model's own.
 */
final class ServedQuestions {

  private static final ObjectMapper JSON = new ObjectMapper();

  private final URI address;
  private final List<byte[]> requests = new ArrayList<>();
  private final List<String> answers;

  /**
   * Questions for a server.
   *
   * @param answers what is to be answered to each
   */
  ServedQuestions(URI server, String model, List<String> questions, List<String> answers)
      throws IOException {
    // The JDK's client keeps five connections of a server otherwise. It reads this once.
    System.setProperty("http.maxConnections", "1024");
    address = server.resolve("/v1/chat/completions");
    this.answers = answers;
    for (String question : questions) {
      ObjectNode request = JSON.createObjectNode().put("model", model);
      request.putArray("messages").addObject().put("role", "user").put("content", question);
      requests.add(JSON.writeValueAsBytes(request));
    }
  }

  /** Lets so many clients ask for so long; each waits for its answer before it asks again. */
  Rate ask(int clients, double seconds) throws InterruptedException, ExecutionException {
    Queue<Double> times = new ConcurrentLinkedQueue<>();
    ExecutorService threads = Executors.newFixedThreadPool(clients);
    long start = System.nanoTime();
    try {
      List<Future<?>> all = new ArrayList<>();
      for (int i = 0; i < clients; i++) {
        int first = i * requests.size() / clients;
        all.add(
            threads.submit(
                () -> {
                  for (int next = first; System.nanoTime() - start < seconds * 1e9; next++) {
                    times.add(ask(next % requests.size()));
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
    return Rate.of(times, 1, (System.nanoTime() - start) / 1e9);
  }

  /** Milliseconds until the answer was there. */
  private double ask(int number) throws IOException {
    long start = System.nanoTime();
    HttpURLConnection connection = (HttpURLConnection) address.toURL().openConnection();
    connection.setRequestProperty("Content-Type", "application/json");
    connection.setDoOutput(true);
    connection.setFixedLengthStreamingMode(requests.get(number).length);
    try (OutputStream output = connection.getOutputStream()) {
      output.write(requests.get(number));
    }
    String answer;
    try (InputStream input = connection.getInputStream()) {
      answer = JSON.readTree(input).at("/choices/0/message/content").asText();
    }
    if (!answer.equals(answers.get(number))) {
      throw new IOException(
          "The server answers \"" + answer + "\", the model \"" + answers.get(number) + "\".");
    }
    return (System.nanoTime() - start) / 1e6;
  }
}
