package io.github.coconut4j.report;

import io.github.coconut4j.data.Utf8Text;
import io.github.coconut4j.train.EvaluationMetrics;
import io.github.coconut4j.train.MetricsFile;
import io.github.coconut4j.train.RunDirectory;
import io.github.coconut4j.train.UpdateMetrics;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import lombok.Value;

/** The content of a run's files. */
@Value
class RunRecord {

  String name;
  String configuration;
  List<UpdateMetrics> updates;
  List<EvaluationMetrics> evaluations;
  Optional<RunSummary> summary;

  /** Reads a run's directory. */
  static RunRecord read(RunDirectory directory) throws IOException {
    if (!Files.isRegularFile(directory.metrics())) {
      throw new IllegalArgumentException(
          "A report needs a run's directory with metrics.jsonl but "
              + directory.path()
              + " has none. Give the directory that `train` wrote.");
    }
    MetricsFile.Metrics metrics = MetricsFile.read(directory.metrics());
    Optional<RunSummary> summary =
        Files.exists(directory.evaluation())
            ? Optional.of(RunSummary.read(directory.evaluation()))
            : Optional.empty();
    return new RunRecord(
        "" + directory.path().toAbsolutePath().normalize().getFileName(),
        Utf8Text.readLenient(directory.config()),
        metrics.updates(),
        metrics.evaluations(),
        summary);
  }

  /** Numbers of the updates at which a stage begins, except the first stage. */
  List<Integer> stageStarts() {
    List<Integer> starts = new ArrayList<>();
    for (int i = 1; i < updates.size(); i++) {
      if (updates.get(i).getStage() != updates.get(i - 1).getStage()) {
        starts.add(updates.get(i).getStep());
      }
    }
    return starts;
  }
}
