package io.github.coconut4j.analyze.path;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;
import lombok.Getter;
import lombok.RequiredArgsConstructor;

/**
 * The class of an output; each output has exactly one.
 *
 * <p>Source: arXiv 2412.06769, section 5.1.
 */
@Getter
@RequiredArgsConstructor
public enum PathClass {
  /** A shortest path from the root to the answer. */
  CORRECT_PATH("Correct path"),
  /** A path from the root to the answer that is not a shortest one. */
  LONGER_PATH("Longer path"),
  /** A step that is not an edge, steps that do not connect, or a start that is not the root. */
  HALLUCINATION("Hallucination"),
  /** A path from the root to a node that is not the answer. */
  WRONG_TARGET("Wrong target"),
  /** No path, the right answer. */
  CORRECT_LABEL("Correct label"),
  /** No path, another answer or none. */
  INCORRECT_LABEL("Incorrect label");

  /** Title for readers. */
  private final String title;

  /** The name in files, such as {@code correct_path}. */
  @JsonValue
  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }
}
