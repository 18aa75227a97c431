package io.github.coconut4j.cli;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** Shows progress: a bar on a terminal, occasional plain lines elsewhere. */
final class ProgressMeter implements AutoCloseable {

  private static final String ERRORS_ON_TERMINAL = "coconut4j.errorsOnTerminal";
  private static final Duration LINE_INTERVAL = Duration.ofSeconds(10);

  private final String name;
  private final int first;
  private final int total;
  private final PrintWriter errors;
  private final long intervalNanos;
  private final long started = System.nanoTime();
  private final ProgressBar bar;
  private long lastLine = started;

  /**
   * Starts the clock.
   *
   * @param done number of units already done
   * @param total number of all units
   */
  ProgressMeter(String name, int done, int total, PrintWriter errors) {
    this(name, done, total, errors, LINE_INTERVAL, isTerminal() ? bar(name, done, total) : null);
  }

  /** Makes a meter whose plain lines are at least an interval apart. */
  ProgressMeter(String name, int done, int total, PrintWriter errors, Duration interval) {
    this(name, done, total, errors, interval, null);
  }

  private ProgressMeter(
      String name, int done, int total, PrintWriter errors, Duration interval, ProgressBar bar) {
    this.name = name;
    this.first = done;
    this.total = total;
    this.errors = errors;
    this.intervalNanos = interval.toNanos();
    this.bar = bar;
  }

  private static ProgressBar bar(String name, int done, int total) {
    return new ProgressBarBuilder()
        .setTaskName(name)
        .setInitialMax(total)
        .startsFrom(done, Duration.ZERO)
        .setStyle(ProgressBarStyle.UNICODE_BLOCK)
        .setConsumer(new ConsoleProgressBarConsumer(System.err))
        .build();
  }

  /** Whether a bar is shown, which other output would break. */
  boolean isBar() {
    return bar != null;
  }

  /**
   * Shows that this many units are done.
   *
   * @param message further text, or empty
   */
  void advanceTo(int done, String message) {
    if (bar != null) {
      bar.stepTo(done);
      bar.setExtraMessage(message);
    } else if (System.nanoTime() - lastLine >= intervalNanos) {
      lastLine = System.nanoTime();
      String said = message.isEmpty() ? "" : message + ", ";
      errors.printf(Locale.ROOT, "%s: %d/%d, %s%s left%n", name, done, total, said, left(done));
      errors.flush();
    }
  }

  private String left(int done) {
    double perUnit = (System.nanoTime() - started) / 1e9 / Math.max(1, done - first);
    long seconds = Math.round(perUnit * (total - done));
    return String.format(Locale.ROOT, "%d:%02d", seconds / 60, seconds % 60);
  }

  @Override
  public void close() {
    if (bar != null) {
      bar.close();
    }
  }

  /**
   * Whether standard error is a terminal. Java knows only about the other two streams; the launcher
   * tells about this one, and makes JDK 22 to 24 return no console without a terminal.
   */
  @SuppressWarnings("SystemConsoleNull")
  private static boolean isTerminal() {
    return System.console() != null && !"false".equals(System.getProperty(ERRORS_ON_TERMINAL));
  }
}
