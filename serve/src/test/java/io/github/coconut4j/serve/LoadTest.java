package io.github.coconut4j.serve;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.coconut4j.CoconutModel;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** Many clients at once: each gets the model's own answer to its question, and once. */
class LoadTest {

  private static final int CLIENTS = 64;
  private static final String TAG = "{model=\"" + RunningServer.MODEL + "\"}";

  private static final int QUESTIONS = 48;

  /**
   * Of which the server has met most shapes after the answers that warm it up, and has begun a
   * decoder while another still answers.
   */
  private static final int FEW_QUESTIONS = 12;

  private static final int ANSWERS_TO_WARM_UP = 5_000;
  private static final long HEAP_GROWTH_KIB = 6 * 1024;

  /** A rare shape is compiled later, a quarter of a MiB each. */
  private static final long RESIDENT_GROWTH_KIB = 64 * 1024;

  private static void awaitNobody(ServerProcess server) throws Exception {
    for (int i = 0; i < 200 && places(server) > 0; i++) {
      Thread.sleep(50);
    }
    assertThat(places(server)).as("requests that are still there").isZero();
  }

  private static double places(ServerProcess server) throws Exception {
    return server.metric("coconut_requests_in_batch" + TAG)
        + server.metric("coconut_requests_waiting" + TAG);
  }

  private static void checkNothingIsLeft(ServerProcess server, LoadClients clients)
      throws Exception {
    awaitNobody(server);
    // A client that leaves late leaves an answer that was complete.
    assertThat(server.metric("coconut_answers_seconds_count" + TAG))
        .isBetween((double) clients.given(), (double) clients.given() + clients.left());
  }

  @Test
  void manyClientsAtOnce() throws Exception {
    try (ServerProcess server = ServerProcess.start();
        CoconutModel model = Shipped.open()) {
      LoadClients clients = new LoadClients(server.uri(), model, QUESTIONS);
      clients.askFor(20, CLIENTS);

      checkNothingIsLeft(server, clients);
      assertThat(clients.given()).isGreaterThan(CLIENTS);
      assertThat(clients.left()).isPositive();
    }
  }

  /** Two minutes, with figures on standard error. */
  @Test
  @Tag("nightly")
  @EnabledOnOs(OS.LINUX)
  void manyClientsForLongHoldMemoryConstant() throws Exception {
    try (ServerProcess server =
            ServerProcess.start(
                "-Xms256m",
                "-Xmx256m",
                "-XX:+AlwaysPreTouch",
                "-XX:TieredStopAtLevel=1", // the second compiler's memory comes and goes
                "-XX:+UseSerialGC",
                "-Dorg.bytedeco.javacpp.maxbytes=2g",
                "-Dorg.bytedeco.javacpp.maxphysicalbytes=0");
        CoconutModel model = Shipped.open()) {
      LoadClients clients = new LoadClients(server.uri(), model, FEW_QUESTIONS);
      clients.askForAnswers(ANSWERS_TO_WARM_UP, CLIENTS);
      awaitNobody(server);
      long heap = server.heapKib();
      long resident = server.residentKib();
      clients.askFor(120, CLIENTS);
      checkNothingIsLeft(server, clients);
      long heapAfter = server.heapKib();
      long residentAfter = server.residentKib();
      System.err.printf(
          Locale.ROOT,
          "%d answers, %d given up; heap %d KiB, then %d; resident %d KiB, then %d%n",
          clients.given(),
          clients.left(),
          heap,
          heapAfter,
          resident,
          residentAfter);

      assertThat(heapAfter - heap).isLessThan(HEAP_GROWTH_KIB);
      assertThat(residentAfter - resident).isLessThan(RESIDENT_GROWTH_KIB);
    }
  }

  /** Nothing is left of clients that have left. */
  @Test
  void placesOfClientsThatAreGoneAreFree() throws Exception {
    try (RunningServer server = RunningServer.start(ServerLimits.DEFAULT, null, null)) {
      List<String> questions = Shipped.questions(40);
      LoadClients clients = new LoadClients(server.uri, server.model, QUESTIONS);
      for (String question : questions) {
        clients.leave(
            RunningServer.chat(question).put("stream", true).put("thoughts", 0).toString());
      }
      for (int i = 0;
          i < 100 && !server.server.metrics().contains("in_batch" + TAG + " 0.0");
          i++) {
        Thread.sleep(50);
      }
      assertThat(server.server.metrics())
          .contains("coconut_requests_in_batch" + TAG + " 0.0")
          .contains("coconut_requests_waiting" + TAG + " 0.0");
    }
  }
}
