package io.github.coconut4j.race;

import io.github.coconut4j.report.RunSummary;
import lombok.Value;

/** A finished run. */
@Value
public class RaceResult {

  RaceEntry entry;

  /** Its evaluation after the last update. */
  RunSummary summary;
}
