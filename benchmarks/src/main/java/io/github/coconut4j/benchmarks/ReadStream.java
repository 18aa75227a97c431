package io.github.coconut4j.benchmarks;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Reads a gigabyte and writes nothing: the rate that weights could be read at. Each thread compares
 * two parts of its own, which are equal, in vector registers.
 */
final class ReadStream {

  private static final int BYTES = 1 << 30;

  private final List<ByteBuffer[]> parts;

  ReadStream(int threads) {
    int size = BYTES / (2 * threads);
    parts =
        IntStream.range(0, threads)
            .mapToObj(
                thread ->
                    Stream.generate(() -> ByteBuffer.allocateDirect(size))
                        .limit(2)
                        .toArray(ByteBuffer[]::new))
            .toList();
  }

  /** Bytes that {@link #read()} reads. */
  double bytes() {
    return parts.stream().mapToDouble(both -> 2.0 * both[0].capacity()).sum();
  }

  /** Reads all of it once. */
  void read() {
    List<Thread> threads =
        parts.stream().map(both -> new Thread(() -> requireEqual(both))).toList();
    threads.forEach(Thread::start);
    for (Thread thread : threads) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("The stream was interrupted", e);
      }
    }
  }

  private static void requireEqual(ByteBuffer[] both) {
    if (both[0].mismatch(both[1]) >= 0) {
      throw new IllegalStateException("What nobody wrote has changed");
    }
  }
}
