package io.github.coconut4j.bench;

import java.lang.management.CompilationMXBean;
import java.lang.management.ManagementFactory;

/** Tells whether the Java virtual machine still compiles frequently executed code. */
final class CompilerActivity {

  /** Length of the observation window. */
  private static final double WINDOW_SECONDS = 3;

  /** The compiler counts as idle if it works for less than this share of the time. */
  private static final double IDLE = 0.02;

  private final CompilationMXBean compiler = ManagementFactory.getCompilationMXBean();

  /** Beginning of the current window. */
  private long since = System.nanoTime();

  private long compiledBefore = compiled();
  private boolean idle;

  /**
   * Total compilation time in milliseconds; 0 if there is no compiler, or it does not report it.
   */
  private long compiled() {
    return compiler != null && compiler.isCompilationTimeMonitoringSupported()
        ? compiler.getTotalCompilationTime()
        : 0;
  }

  /** Whether the compiler was idle in the last complete window. */
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
