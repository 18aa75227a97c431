package io.github.coconut4j.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.abort;

import io.github.coconut4j.CoconutModel;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The order in which a program may start and close a server. */
class ServerStartTest {

  private static int health(URI server) throws IOException, InterruptedException {
    HttpRequest request = HttpRequest.newBuilder(server.resolve("/healthz")).build();
    return HttpClient.newHttpClient().send(request, BodyHandlers.discarding()).statusCode();
  }

  /** A second listener would stay open after close. */
  @Test
  void startsOnce() throws Exception {
    CoconutServer server = CoconutServer.builder().port(0).build();
    try (server) {
      URI address = server.start();
      assertThatThrownBy(server::start)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("starts once");
      assertThat(health(address)).isEqualTo(200);
    }
    server.close();
    assertThatThrownBy(server::start).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void startsOnceItsPortIsFree() throws Exception {
    ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
    int port = taken.getLocalPort();
    try (CoconutServer server = CoconutServer.builder().port(port).build()) {
      try (taken) {
        assertThatThrownBy(server::start)
            .isInstanceOf(IOException.class)
            .hasMessageContaining("needs port " + port);
      }
      assertThat(health(server.start())).isEqualTo(200);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"::1", "[::1]"})
  void listensOnAnAddressOfIpv6(String host) throws Exception {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName(host))) {
      assertThat(socket.isBound()).isTrue();
    } catch (IOException e) {
      abort("This machine has no IPv6: " + e.getMessage());
    }
    try (CoconutServer server = CoconutServer.builder().host(host).port(0).build()) {
      URI address = server.start();
      assertThat(address.getHost()).isEqualTo("[::1]");
      assertThat(health(address)).isEqualTo(200);
    }
  }

  /** A model's decoding thread starts before the server does. */
  @Test
  void closesWithoutAStart() {
    try (CoconutModel model = Shipped.open()) {
      Set<Thread> before = batchThreads();
      CoconutServer server = CoconutServer.builder().model("m", model).port(0).build();
      Set<Thread> started = batchThreads();
      started.removeAll(before);
      assertThat(started).hasSize(1);

      server.close();
      assertThat(started).noneMatch(Thread::isAlive);
    }
  }

  private static Set<Thread> batchThreads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().equals("batch"))
        .collect(Collectors.toCollection(HashSet::new));
  }
}
