package io.github.coconut4j.spark;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.UUID;

/**
 * One rank of an exchange without training: {@code ExchangeBench RANK RANKS HOST FOLDER FLOATS
 * ROUNDS float32|bf16}. Ranks find each other through files in the folder. Rank 0 prints the
 * milliseconds of each round, without waiting for other ranks. {@code benchmarks/spark-exchange}
 * starts the ranks.
 */
public final class ExchangeBench {

  private ExchangeBench() {}

  /** Runs a rank. */
  public static void main(String[] arguments) throws Exception {
    int rank = Integer.parseInt(arguments[0]);
    int ranks = Integer.parseInt(arguments[1]);
    Path folder = Path.of(arguments[3]);
    int floats = Integer.parseInt(arguments[4]);
    int rounds = Integer.parseInt(arguments[5]);
    Wire wire = Wire.valueOf(arguments[6].toUpperCase(Locale.ROOT));
    ByteBuffer gradients =
        ByteBuffer.allocateDirect(Float.BYTES * floats).order(ByteOrder.nativeOrder());
    double[] millis = new double[rounds];
    try (SocketExchange exchange =
        SocketExchange.connect(
            rank,
            ranks,
            arguments[2],
            secret(folder),
            wire,
            own -> gather(folder, rank, ranks, own))) {
      for (int i = 0; i < rounds; i++) {
        long before = exchange.getNanos();
        exchange.sum(List.of(gradients), new double[4]);
        millis[i] = (exchange.getNanos() - before) / 1e6;
      }
    }
    if (rank == 0) {
      System.out.println(Arrays.toString(millis));
    }
  }

  /** The secret, written by the script; a training's ranks get theirs from Spark. */
  private static Secret secret(Path folder) throws IOException {
    return Secret.of(Files.readAllBytes(folder.resolve("secret")));
  }

  private static String[] gather(Path folder, int rank, int ranks, String own) {
    try {
      Path part = Files.writeString(folder.resolve(UUID.randomUUID() + ".part"), own);
      Files.move(part, folder.resolve("rank-" + rank), StandardCopyOption.ATOMIC_MOVE);
      String[] all = new String[ranks];
      for (int i = 0; i < ranks; i++) {
        Path file = folder.resolve("rank-" + i);
        while (!Files.exists(file)) {
          Thread.sleep(10);
        }
        all[i] = Files.readString(file);
      }
      return all;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
