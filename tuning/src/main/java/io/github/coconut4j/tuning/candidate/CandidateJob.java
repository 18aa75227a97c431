package io.github.coconut4j.tuning.candidate;

import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.curriculum.StageCycles;
import io.github.coconut4j.train.RunDirectory;
import java.time.Duration;
import lombok.Builder;
import lombok.Value;

/** A training job of a candidate: configuration, length and directory. */
@Value
@Builder
public class CandidateJob {

  /** The candidate's configuration. */
  TrainingConfig config;

  /** The directory of its run; an existing run is continued. */
  RunDirectory directory;

  /** Cycle of the curriculum, from 0, after which training pauses; null to train to the end. */
  Integer cycle;

  /** Time after which training is aborted; null for no limit. */
  Duration limit;

  /** Number of updates after which training pauses, or null. */
  Integer lastStep() {
    return cycle == null ? null : StageCycles.of(config).ends().get(cycle);
  }
}
