package io.github.coconut4j.spark;

import io.github.coconut4j.config.ConfigFile;
import io.github.coconut4j.train.RunDirectory;
import io.github.coconut4j.tuning.candidate.CandidateJob;
import java.io.Serializable;
import java.nio.file.Path;
import java.time.Duration;

/**
 * What a task needs to train a candidate, as plain values.
 *
 * @param config the candidate's configuration as YAML
 * @param sources of its problems
 * @param cycle after which training pauses, or null
 * @param limitMillis time after which training is given up, or null
 * @param run folder of the run's snapshots
 */
record CandidateWork(
    String config, InputFiles.Sources sources, Integer cycle, Long limitMillis, String run)
    implements Serializable {

  static CandidateWork of(CandidateJob job, InputFiles.Sources sources, String run) {
    return new CandidateWork(
        ConfigFile.toYaml(job.getConfig()),
        sources,
        job.getCycle(),
        job.getLimit() == null ? null : job.getLimit().toMillis(),
        run);
  }

  /** The job in a directory of this machine's. */
  CandidateJob in(Path directory) {
    return CandidateJob.builder()
        .config(ConfigFile.parse("candidate", config).toTrainingConfig())
        .directory(new RunDirectory(directory))
        .cycle(cycle)
        .limit(limitMillis == null ? null : Duration.ofMillis(limitMillis))
        .build();
  }
}
