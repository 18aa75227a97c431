package io.github.coconut4j.benchmarks;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Arrays;

/**
 * What work takes of the clock and of processors: the latter does not grow where other processes
 * use the machine too. Native code's own threads are not counted, so it needs {@code --threads 1}.
 */
final class ProcessorTime {

  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  private ProcessorTime() {}

  /** Milliseconds of time, and of Java's threads on processors. */
  static double[] timeParts(Runnable work) {
    double before = milliseconds();
    double time = InterleavedRounds.time(work);
    return new double[] {time, milliseconds() - before};
  }

  private static double milliseconds() {
    return Arrays.stream(THREADS.getAllThreadIds())
            .map(THREADS::getThreadCpuTime)
            .filter(time -> time > 0)
            .sum()
        / 1e6;
  }
}
