package io.github.coconut4j.audit;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** Whether a claim holds of a model. */
public enum Verdict {
  /** It does, beyond chance. */
  HOLDS,
  /** It does not: what it says would have been seen. */
  DOES_NOT,
  /** These problems and models cannot tell. */
  UNDECIDED;

  /** The name in files, such as {@code does_not}. */
  @JsonValue
  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** What readers see. */
  public String title() {
    return key().replace('_', ' ');
  }
}
