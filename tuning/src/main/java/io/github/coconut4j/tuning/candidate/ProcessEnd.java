package io.github.coconut4j.tuning.candidate;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import lombok.RequiredArgsConstructor;

/**
 * Describes in one line why a candidate's process failed, from its exit status and its last output.
 */
@RequiredArgsConstructor
final class ProcessEnd {

  /**
   * Prefix of the line with the cause of a failure: native libraries print on the same standard
   * output before it and, when their buffers are flushed at the end, after it.
   */
  static final String CAUSE = "coconut4j-cause: ";

  /** Output of the Java VM if native code or the VM itself crashes. */
  private static final Pattern CRASH =
      Pattern.compile(
          "(?m)^# +((?:SIG[A-Z]+|EXCEPTION_\\w+|Internal Error|Out of Memory Error) .*)");

  private static final Pattern FRAME = Pattern.compile("(?m)^# Problematic frame:\\R# (.+)");

  private static final Pattern NO_MEMORY =
      Pattern.compile("(?m)^# (There is insufficient memory .*)(?:\\R# (.+))?");

  private static final Pattern REPORT = Pattern.compile("(?m)saved as:\\R# (.+)");

  /** Signals that end a process, except those of a user who stops the search. */
  private static final Map<Integer, String> SIGNALS =
      Map.ofEntries(
          Map.entry(1, "SIGHUP"),
          Map.entry(3, "SIGQUIT"),
          Map.entry(4, "SIGILL"),
          Map.entry(5, "SIGTRAP"),
          Map.entry(6, "SIGABRT"),
          Map.entry(7, "SIGBUS"),
          Map.entry(8, "SIGFPE"),
          Map.entry(9, "SIGKILL"),
          Map.entry(11, "SIGSEGV"),
          Map.entry(24, "SIGXCPU"),
          Map.entry(25, "SIGXFSZ"),
          Map.entry(31, "SIGSYS"));

  private static final int KILLED = 9;

  /** The exit status of a process ended by a signal is this plus the signal's number. */
  private static final int OF_SIGNALS = 128;

  private final String output;
  private final int status;
  private final Path log;

  String cause() {
    return FailureCause.line(
        reported().or(this::crash).or(this::memory).or(this::signal).orElseGet(this::rest));
  }

  private Optional<String> reported() {
    List<String> causes = output.lines().filter(line -> line.startsWith(CAUSE)).toList();
    return causes.isEmpty()
        ? Optional.empty()
        : Optional.of(causes.get(causes.size() - 1).substring(CAUSE.length()));
  }

  private Optional<String> crash() {
    return find(CRASH)
        .map(
            error ->
                "it crashed: "
                    + error
                    + find(FRAME).map(frame -> ", in " + frame).orElse("")
                    + details());
  }

  private Optional<String> memory() {
    Matcher matcher = NO_MEMORY.matcher(output);
    if (!matcher.find()) {
      return Optional.empty();
    }
    String reason = matcher.group(2) == null ? "" : " " + matcher.group(2);
    return Optional.of("out of memory: " + matcher.group(1) + reason + details());
  }

  private Optional<String> signal() {
    int signal = status - OF_SIGNALS;
    if (signal == KILLED) {
      return Optional.of("killed by the system (SIGKILL), most often for want of memory");
    }
    return Optional.ofNullable(SIGNALS.get(signal))
        .map(name -> "it was ended by the signal " + name + details());
  }

  private String rest() {
    String last = output.lines().filter(line -> !line.isBlank()).reduce("", (a, b) -> b);
    return "its process ended with status "
        + status
        + (last.isEmpty() ? "" : ", having printed: " + last)
        + details();
  }

  private String details() {
    return "; see " + find(REPORT).orElse(log.toString());
  }

  private Optional<String> find(Pattern pattern) {
    Matcher matcher = pattern.matcher(output);
    return matcher.find() ? Optional.of(matcher.group(1).strip()) : Optional.empty();
  }
}
