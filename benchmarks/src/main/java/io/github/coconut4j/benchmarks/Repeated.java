package io.github.coconut4j.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;
import lombok.RequiredArgsConstructor;

/** Calls the same again and again. */
@RequiredArgsConstructor
final class Repeated {

  /** Answers that one call makes. */
  private final int answers;

  /** Gets the number of the call. */
  private final IntConsumer call;

  /** Warms up for a third of the time, then measures until it is over. */
  Rate measure(double seconds) {
    repeat(seconds / 3);
    return repeat(seconds);
  }

  private Rate repeat(double seconds) {
    List<Double> times = new ArrayList<>();
    long start = System.nanoTime();
    do {
      int number = times.size();
      times.add(InterleavedRounds.time(() -> call.accept(number)));
    } while (System.nanoTime() - start < seconds * 1e9);
    return Rate.of(times, answers, (System.nanoTime() - start) / 1e9);
  }
}
