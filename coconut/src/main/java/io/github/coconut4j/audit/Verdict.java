package io.github.coconut4j.audit;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** Whether a claim holds for a model. */
public enum Verdict {
  /** The claim holds, beyond chance. */
  HOLDS,
  /** The claim does not hold: an effect would have been seen. */
  DOES_NOT,
  /** These problems and models cannot decide it. */
  UNDECIDED;

  /** The name in files, such as {@code does_not}. */
  @JsonValue
  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Title for readers. */
  public String title() {
    return key().replace('_', ' ');
  }
}
