package io.github.coconut4j.tuning.runner;

import io.github.coconut4j.report.RunSummary;
import io.github.coconut4j.tuning.candidate.FailureCause;
import io.github.coconut4j.tuning.record.CandidateOutcome;
import io.github.coconut4j.tuning.record.CandidateRecord;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.deeplearning4j.arbiter.optimize.api.Candidate;
import org.deeplearning4j.arbiter.optimize.api.OptimizationResult;
import org.deeplearning4j.arbiter.optimize.runner.CandidateInfo;
import org.deeplearning4j.arbiter.optimize.runner.CandidateStatus;

/** Converts between Arbiter's results and records. */
final class ResultConversion {

  private ResultConversion() {}

  static OptimizationResult failed(Candidate<?> candidate, Throwable error) {
    long now = System.currentTimeMillis();
    return result(
        candidate,
        null,
        CandidateStatus.Failed,
        now,
        error.getMessage() == null ? error.toString() : error.getMessage());
  }

  private static OptimizationResult result(
      Candidate<?> candidate, Double score, CandidateStatus status, long time, String cause) {
    CandidateInfo info =
        new CandidateInfo(
            candidate.getIndex(),
            status,
            score,
            time,
            time,
            time,
            candidate.getFlatParameters(),
            cause);
    return new OptimizationResult(candidate, score, candidate.getIndex(), null, info, null);
  }

  /** The record of a result; a score that is NaN is a failure. */
  static CandidateRecord toRecord(
      OptimizationResult result, Map<String, Object> parameters, Integer threads) {
    CandidateInfo info = result.getCandidateInfo();
    CandidateRecord.CandidateRecordBuilder builder =
        CandidateRecord.builder()
            .candidate(result.getIndex())
            .parameters(parameters)
            .values(result.getCandidate().getFlatParameters())
            .threads(threads)
            .seconds(seconds(info))
            .finished(Instant.now().toString());
    if (result.getModelSpecificResults() instanceof RunSummary run) {
      addRun(builder, run);
    }
    return switch (info.getCandidateStatus()) {
      case Complete -> scored(builder, result.getScore());
      case Cancelled -> builder.status(CandidateOutcome.TIMED_OUT).cause(cause(info)).build();
      default -> builder.status(CandidateOutcome.FAILED).cause(cause(info)).build();
    };
  }

  /** The cause of a failure as one line, whoever wrote the task. */
  private static String cause(CandidateInfo info) {
    return FailureCause.line(Objects.requireNonNullElse(info.getExceptionStackTrace(), "unknown"));
  }

  private static CandidateRecord scored(
      CandidateRecord.CandidateRecordBuilder builder, Double score) {
    if (score == null || !Double.isFinite(score)) {
      return builder
          .status(CandidateOutcome.FAILED)
          .cause("its score is " + score + " and not a finite number")
          .build();
    }
    return builder.status(CandidateOutcome.COMPLETED).score(score).build();
  }

  private static void addRun(CandidateRecord.CandidateRecordBuilder builder, RunSummary run) {
    builder
        .updates(run.getUpdates())
        .accuracy(run.getAccuracy())
        .accuracyInterval(List.of(run.getAccuracyLow(), run.getAccuracyHigh()))
        .meanTokens(run.getMeanTokens())
        .loss(run.getLoss());
  }

  private static double seconds(CandidateInfo info) {
    Long start = info.getStartTime();
    Long end = info.getEndTime();
    return start == null || end == null ? 0 : (end - start) / 1e3;
  }

  /** The result of a record. */
  static OptimizationResult toResult(CandidateRecord known, Candidate<?> candidate) {
    return result(
        candidate,
        known.getScore(),
        switch (known.getStatus()) {
          case COMPLETED, PRUNED -> CandidateStatus.Complete;
          case TRYING -> CandidateStatus.Running;
          case TIMED_OUT -> CandidateStatus.Cancelled;
          case FAILED -> CandidateStatus.Failed;
        },
        Instant.parse(known.getFinished()).toEpochMilli(),
        known.getCause());
  }
}
