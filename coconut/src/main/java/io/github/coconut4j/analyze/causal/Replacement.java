package io.github.coconut4j.analyze.causal;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;
import lombok.Getter;
import lombok.RequiredArgsConstructor;

/** The replacement of a thought. */
@Getter
@RequiredArgsConstructor
public enum Replacement {
  /** The zero vector. */
  ZERO("zero"),
  /** A vector of random direction with the thought's norm. */
  NOISE("noise of the same norm"),
  /** The mean of this thought over the problems. */
  MEAN("the mean thought"),
  /** The same thought of another problem. */
  OTHER_PROBLEM("another problem's thought"),
  /** The embedding of the token that the thought reads as. */
  NEAREST_TOKEN("its nearest token");

  /** Title for readers. */
  private final String title;

  /** The name in files, such as {@code other_problem}. */
  @JsonValue
  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }
}
