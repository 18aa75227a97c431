package io.github.coconut4j.spark;

import io.github.coconut4j.config.ConfigFile;
import io.github.coconut4j.train.RunDirectory;
import io.github.coconut4j.tuning.candidate.CandidateJob;
import java.io.Serializable;
import java.nio.file.Path;
import java.time.Duration;

/**
 * What a task needs to train a candidate, as serializable values.
 *
 * @param config the candidate's configuration as YAML
 * @param sources sources of its problems
 * @param cycle cycle of the curriculum after which training pauses, or null
 * @param limitMillis time limit in milliseconds, or null
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

  /** The job, with its run in a directory of this machine. */
  CandidateJob in(Path directory) {
    return CandidateJob.builder()
        .config(ConfigFile.parse("candidate", config).toTrainingConfig())
        .directory(new RunDirectory(directory))
        .cycle(cycle)
        .limit(limitMillis == null ? null : Duration.ofMillis(limitMillis))
        .build();
  }
}
