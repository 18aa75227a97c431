package io.github.coconut4j.cli;

import java.util.Optional;
import java.util.stream.Stream;
import lombok.RequiredArgsConstructor;

/**
 * Checks whether the arguments and the working directory were decoded without loss. Java decodes
 * both in the encoding of the locale, before any of our code runs, and replaces undecodable bytes
 * by U+FFFD.
 */
@RequiredArgsConstructor
final class ArgumentEncoding {

  private static final char LOST = '\uFFFD';

  private final String encoding;

  /** The encoding of this process. */
  static ArgumentEncoding ofThisProcess() {
    return new ArgumentEncoding(System.getProperty("sun.jnu.encoding"));
  }

  /** Describes what was lost and how to pass it; empty if nothing was. */
  Optional<String> problem(String workingDirectory, String... arguments) {
    return Stream.concat(
            Stream.of("The working directory " + workingDirectory),
            Stream.of(arguments).map(argument -> "The argument " + argument))
        .filter(subject -> subject.indexOf(LOST) >= 0)
        .findFirst()
        .map(this::message);
  }

  private String message(String subject) {
    return subject
        + " must be text in "
        + encoding
        + ", the encoding of the locale, but holds other bytes. "
        + ("UTF-8".equals(encoding)
            ? "Pass it in UTF-8."
            : "Start with ./coconut4j, or in a locale of UTF-8 such as LC_ALL=C.UTF-8.");
  }
}
