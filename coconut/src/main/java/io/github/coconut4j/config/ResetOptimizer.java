package io.github.coconut4j.config;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;

/**
 * When the optimiser's state is reset.
 *
 * <p>The paper resets it when the stage changes (section 4.1); its published code makes a new AdamW
 * at every epoch. Both are supported.
 */
public enum ResetOptimizer {
  /** Never: moments are kept for the whole run. */
  NEVER("false"),
  /** At the first update of a stage, as in the paper. */
  STAGE("stage"),
  /** At the first update of every epoch, as in the published code. */
  EPOCH("true");

  private final String yaml;

  ResetOptimizer(String yaml) {
    this.yaml = yaml;
  }

  /** The value in YAML: {@code true}, {@code stage} or {@code false}. */
  @JsonValue
  public Object yaml() {
    return this == STAGE ? yaml : Boolean.valueOf(yaml);
  }

  /**
   * Reads the value of {@code reset_optimizer}.
   *
   * @throws IllegalArgumentException if it is none of {@code true}, {@code stage}, {@code false}
   */
  @JsonCreator
  static ResetOptimizer of(Object value) {
    for (ResetOptimizer reading : values()) {
      if (reading.yaml.equalsIgnoreCase(String.valueOf(value))) {
        return reading;
      }
    }
    throw ConfigException.of(
        "reset_optimizer",
        "one of true (every epoch), stage, false",
        value,
        "Choose when the optimiser starts afresh.");
  }
}
