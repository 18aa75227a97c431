package io.github.coconut4j.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Which clients may connect to the ranks of a training. */
@Timeout(60)
class RankSocketsTest {

  private final CompletableFuture<String> address = new CompletableFuture<>();
  private final Secret secret = Secret.random();

  /** Rank 0 of two, waiting for rank 1. */
  private FutureTask<SocketChannel[]> waiting() {
    FutureTask<SocketChannel[]> rank =
        new FutureTask<>(
            () ->
                new RankSockets(0, 2, secret)
                    .connect(
                        SocketRanks.HERE,
                        own -> {
                          address.complete(own);
                          return new String[] {own, "none"};
                        }));
    new Thread(rank, "rank-0").start();
    return rank;
  }

  private SocketChannel[] call(Secret known) throws IOException {
    return new RankSockets(1, 2, known)
        .connect(SocketRanks.HERE, own -> new String[] {address.join(), own});
  }

  private int port() {
    String told = address.join();
    return Integer.parseInt(told.substring(0, told.indexOf(' ')));
  }

  private Socket socket() throws IOException {
    return new Socket(InetAddress.getLoopbackAddress(), port());
  }

  @Test
  void aStrangerIsRefusedAndTheRankThatBelongsThereIsHeard() throws Exception {
    FutureTask<SocketChannel[]> rank = waiting();

    assertThatThrownBy(() -> call(Secret.random()))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("Rank 1 cannot reach rank 0");
    try (Socket talker = socket();
        Socket silent = socket()) {
      talker
          .getOutputStream()
          .write(
              "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
                  .repeat(20)
                  .getBytes(java.nio.charset.StandardCharsets.US_ASCII));
      assertThat(silent.isConnected()).isTrue();
      SocketChannel[] peers = call(secret);

      assertThat(rank.get()[1].isConnected()).isTrue();
      assertThat(peers[0].isConnected()).isTrue();
      RankSockets.close(peers);
      RankSockets.close(rank.get());
    }
  }

  /** A foreign client reads 32 random bytes and no more. */
  @Test
  void aStrangerLearnsNothing() throws Exception {
    final FutureTask<SocketChannel[]> rank = waiting();
    byte[] heard;
    try (Socket stranger = socket()) {
      stranger.getOutputStream().write(new byte[200]);
      heard = readAll(stranger.getInputStream());
    }

    assertThat(heard.length).isLessThanOrEqualTo(32);
    RankSockets.close(call(secret));
    RankSockets.close(rank.get());
  }

  private static byte[] readAll(InputStream input) {
    try {
      return input.readNBytes(1000);
    } catch (IOException e) {
      return new byte[0]; // reset, since it had more to say than was read
    }
  }

  @Test
  void onceAllAreThereNobodyCanCall() throws Exception {
    FutureTask<SocketChannel[]> rank = waiting();
    SocketChannel[] peers = call(secret);
    rank.get();

    assertThatThrownBy(() -> socket().close()).isInstanceOf(IOException.class);
    RankSockets.close(peers);
    RankSockets.close(rank.get());
  }

  /** Of two clients that both prove to be rank 1, one is connected and the other rejected. */
  @Test
  void aSecondCallerOfTheSameRankIsClosed() throws Exception {
    FutureTask<SocketChannel[]> rank = waiting();
    address.join();
    List<FutureTask<SocketChannel[]>> callers = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      callers.add(new FutureTask<>(() -> call(secret)));
      new Thread(callers.get(i), "caller-" + i).start();
    }

    SocketChannel[] peers = rank.get();
    List<SocketChannel> open = new ArrayList<>();
    for (FutureTask<SocketChannel[]> caller : callers) {
      try {
        SocketChannel channel = caller.get()[0];
        if (!isClosedByPeer(channel)) {
          open.add(channel);
        }
      } catch (ExecutionException e) {
        assertThat(e).hasMessageContaining("Rank 1 cannot reach rank 0");
      }
    }

    assertThat(open).hasSize(1);
    assertThat(open.get(0).getLocalAddress()).isEqualTo(peers[1].getRemoteAddress());
    RankSockets.close(open.get(0), peers[1]);
  }

  private static boolean isClosedByPeer(SocketChannel channel) throws Exception {
    for (int i = 0; i < 20; i++) {
      try {
        if (channel.read(ByteBuffer.allocate(1)) < 0) {
          return true;
        }
      } catch (IOException e) {
        return true;
      }
      Thread.sleep(50);
    }
    return false;
  }

  @Test
  void otherAddressesOfTheMachineAreNotListenedOn() throws Exception {
    FutureTask<SocketChannel[]> rank = waiting();
    int port = port();
    for (NetworkInterface each : Collections.list(NetworkInterface.getNetworkInterfaces())) {
      for (InetAddress other : Collections.list(each.getInetAddresses())) {
        if (!other.isLoopbackAddress() && other instanceof java.net.Inet4Address) {
          assertThatThrownBy(() -> new Socket(other, port).close()).isInstanceOf(IOException.class);
        }
      }
    }
    RankSockets.close(call(secret));
    RankSockets.close(rank.get());
  }

  @Test
  void theSecretIsNotInWhatIsPrinted() {
    assertThat(secret.toString()).isEqualTo("Secret");
    RankWork work = new RankWork("", null, "", "", null, false, 2, secret, Wire.FLOAT32);
    assertThat(work.toString()).contains("secret=Secret,");
  }
}
