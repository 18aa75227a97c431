package io.github.coconut4j.quickstart;

import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.data.prosqa.ShortcutBaselines;
import io.github.coconut4j.problems.ProblemSplits;
import io.github.coconut4j.report.HtmlReport;
import io.github.coconut4j.report.RunSummary;
import io.github.coconut4j.train.RunDirectory;
import io.github.coconut4j.train.TrainingObserver;
import io.github.coconut4j.train.TrainingRun;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import lombok.RequiredArgsConstructor;

/** Trains every method of a recipe and evaluates it on problems that none has seen. */
@RequiredArgsConstructor
public final class Quickstart {

  private final QuickstartRecipe recipe;
  private final Path directory;

  /** Makes what shows the progress of a method's run. */
  private final Function<String, TrainingObserver> progress;

  private final List<RunDirectory> runs = new ArrayList<>();
  private final List<RunSummary> summaries = new ArrayList<>();
  private ShortcutBaselines baselines;
  private volatile TrainingRun current;
  private volatile boolean stopRequested;

  /** Ends {@link #run} once the update that is under way is done and saved; from any thread. */
  public void requestStop() {
    stopRequested = true;
    TrainingRun run = current;
    if (run != null) {
      run.requestStop();
    }
  }

  /**
   * Runs the recipe and writes a directory a method and {@code report.html}.
   *
   * @param finished callback for each method, when it is done
   * @return false if it was stopped
   */
  public boolean run(Consumer<RunSummary> finished) throws IOException {
    for (Map.Entry<String, TrainingConfig> method : recipe.getMethods().entrySet()) {
      RunDirectory run = new RunDirectory(directory.resolve(method.getKey()));
      if (stopRequested || !train(method.getKey(), method.getValue(), run)) {
        return false;
      }
      finished.accept(summaries.get(summaries.size() - 1));
    }
    HtmlReport.write(report(), "Coconut4j quickstart", runs, baselines);
    return true;
  }

  private boolean train(String method, TrainingConfig config, RunDirectory runDirectory)
      throws IOException {
    ProblemSplits problems = ProblemSplits.of(config);
    baselines = ShortcutBaselines.measure(problems.getEvaluation()).orElse(null);
    try (TrainingRun run =
        TrainingRun.builder()
            .config(config)
            .directory(runDirectory)
            .problems(problems)
            .observer(progress.apply(method))
            .build()) {
      current = run;
      if (stopRequested) {
        return false;
      }
      run.train();
      if (!run.isFinished()) {
        return false;
      }
      RunSummary summary = RunSummary.of(run, run.evaluate());
      summary.write(runDirectory.evaluation());
      runs.add(runDirectory);
      summaries.add(summary);
      return true;
    }
  }

  /** What came of each method, in the recipe's order. */
  public List<RunSummary> summaries() {
    return List.copyOf(summaries);
  }

  /** Accuracies of the rules that need no reasoning, or null before the first run. */
  public ShortcutBaselines baselines() {
    return baselines;
  }

  /** Where the report is written. */
  public Path report() {
    return directory.resolve("report.html");
  }
}
