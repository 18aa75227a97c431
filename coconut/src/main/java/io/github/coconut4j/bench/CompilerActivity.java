package io.github.coconut4j.bench;

import java.lang.management.CompilationMXBean;
import java.lang.management.ManagementFactory;

/** Whether the Java virtual machine still compiles what runs often. */
final class CompilerActivity {

  /** Time over which the compiler is watched. */
  private static final double WINDOW_SECONDS = 3;

  /** It is idle if it works for less than this part of the time. */
  private static final double IDLE = 0.02;

  private final CompilationMXBean compiler = ManagementFactory.getCompilationMXBean();

  /** The beginning of the window that is watched. */
  private long since = System.nanoTime();

  private long compiledBefore = compiled();
  private boolean idle;

  /** Milliseconds; 0 where there is no compiler, or it does not tell. */
  private long compiled() {
    return compiler != null && compiler.isCompilationTimeMonitoringSupported()
        ? compiler.getTotalCompilationTime()
        : 0;
  }

  /** Whether it was idle in the last whole window. */
  boolean isIdle() {
    double seconds = (System.nanoTime() - since) / 1e9;
    if (seconds >= WINDOW_SECONDS) {
      long now = compiled();
      idle = (now - compiledBefore) / 1e3 < IDLE * seconds;
      since = System.nanoTime();
      compiledBefore = now;
    }
    return idle;
  }
}
