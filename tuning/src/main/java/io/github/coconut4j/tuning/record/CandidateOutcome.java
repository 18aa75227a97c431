package io.github.coconut4j.tuning.record;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Locale;

/** How a candidate ended. */
public enum CandidateOutcome {
  /** Trained to the end and scored. */
  @JsonProperty("completed")
  COMPLETED,
  /** Scored after a share of the training; halving has yet to decide. */
  @JsonProperty("trying")
  TRYING,
  /** Scored after a share of the training, and not continued. */
  @JsonProperty("pruned")
  PRUNED,
  /** Ended without a score. */
  @JsonProperty("failed")
  FAILED,
  /** Aborted because of its time limit. */
  @JsonProperty("timed_out")
  TIMED_OUT;

  /** The outcome's name in files and tables. */
  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }
}
