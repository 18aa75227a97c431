package io.github.coconut4j.spark;

import io.github.coconut4j.problems.ProblemSplits;
import io.github.coconut4j.report.RunSummary;
import io.github.coconut4j.train.TrainingObserver;
import io.github.coconut4j.tuning.candidate.CandidateException;
import io.github.coconut4j.tuning.candidate.CandidateJob;
import io.github.coconut4j.tuning.candidate.FailureCause;
import io.github.coconut4j.tuning.candidate.InProcessTrainer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import lombok.RequiredArgsConstructor;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.Function;
import org.apache.spark.deploy.SparkHadoopUtil;

/**
 * The Spark task of a candidate: continues from its newest snapshot, trains, and publishes each
 * checkpoint and the result. It throws if the machine fails, so that Spark retries on another. A
 * failure of the candidate itself is returned as {@link CandidateEnd}.
 */
@RequiredArgsConstructor
final class TrainCandidate implements Function<CandidateWork, CandidateEnd> {

  private static final long serialVersionUID = 1L;

  private final String inputs;
  private final Progress progress;

  @Override
  public CandidateEnd call(CandidateWork work) throws IOException, InterruptedException {
    try (Scratch scratch = Scratch.create()) {
      return train(work, scratch.path());
    }
  }

  private CandidateEnd train(CandidateWork work, Path scratch)
      throws IOException, InterruptedException {
    ExecutorGpus.take(TaskContext.get());
    Configuration hadoop = SparkHadoopUtil.get().conf();
    CandidateJob job = work.in(scratch.resolve("run"));
    RunStore store = new RunStore(work.run(), hadoop);
    RunFiles files = new RunFiles(job.getDirectory());
    store.fetchNewest(job.getDirectory().path());
    try {
      ProblemSplits problems =
          new InputFiles(inputs, hadoop).fetch(job.getConfig(), work.sources(), scratch);
      List<TrainingObserver> observers = List.of(progress, files.publisher(store));
      RunSummary summary = new InProcessTrainer(problems, observers).train(job);
      return end(files.publishResult(store, summary.getUpdates()), null, false);
    } catch (CandidateException e) {
      return end(null, e.getMessage(), e.isTimedOut());
    } catch (IllegalArgumentException e) {
      return end(
          null,
          FailureCause.line(String.valueOf(e.getMessage())),
          false); // the problems cannot be used
    }
  }

  private static CandidateEnd end(SnapshotName result, String cause, boolean timedOut) {
    return new CandidateEnd(
        result,
        cause,
        timedOut,
        SparkEnv.get().blockManager().blockManagerId().host(),
        TaskContext.get().attemptNumber());
  }
}
