package io.github.coconut4j.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.method.Method;
import io.github.coconut4j.report.RunSummary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The results that a run finds in its directory: none may be taken for its own. */
class EarlierResultsTest {

  private static final int UPDATES = 12;

  @TempDir private Path parent;

  private final TrainingConfig config = TinyRuns.of(Method.COCONUT).checkpointEverySteps(4).build();

  private RunDirectory directory;

  @BeforeEach
  void trainOneBefore() throws IOException {
    directory = new RunDirectory(parent.resolve("run"));
    try (TrainingRun run = run(config).build()) {
      run.train();
      RunSummary.of(run, run.evaluate()).write(directory.evaluation());
    }
    Files.writeString(directory.report(), "of the earlier run");
  }

  private TrainingRun.TrainingRunBuilder run(TrainingConfig of) {
    return TrainingRun.builder().config(of).directory(directory);
  }

  private TrainingConfig.TrainingConfigBuilder other() {
    return config.toBuilder().lr(1e-4);
  }

  private void assertNoResults() {
    assertThat(directory.evaluation()).doesNotExist();
    assertThat(directory.samples()).doesNotExist();
    assertThat(directory.report()).doesNotExist();
    assertThat(directory.model()).doesNotExist();
  }

  @Test
  void aNewRunBeginsWithoutThem() throws IOException {
    Path mine = Files.writeString(directory.path().resolve("notes.txt"), "mine");
    Path given = Files.writeString(directory.path().resolve("config.given.yaml"), "mine, too");

    KilledRun.kill(run(other().build()), 2);

    assertNoResults();
    assertThat(mine).hasContent("mine");
    assertThat(given).hasContent("mine, too");
  }

  @Test
  void aRunThatCannotBeginLosesNothing() {
    TrainingRun.TrainingRunBuilder withoutProblems =
        run(other().valPath(null).build()).terminationCondition(evaluation -> true);
    assertThatThrownBy(withoutProblems::build).hasMessageContaining("termination condition");
    assertThatThrownBy(() -> run(other().build()).gradientSource(own -> null).build())
        .hasMessageContaining("gradientSource's result");

    assertThat(directory.evaluation()).exists();
    assertThat(directory.samples()).exists();
    assertThat(directory.report()).exists();
    assertThat(directory.model()).isDirectory();
    assertThat(directory.checkpoints()).isNotEmptyDirectory();
  }

  /** It is read again when the run is resumed. */
  @Test
  void aModelThatTheNewRunStartsFromStays() throws IOException {
    TrainingConfig next = other().loadModelPath(directory.model().toString()).build();

    KilledRun.kill(run(next), 6);

    assertThat(directory.evaluation()).doesNotExist();
    assertThat(directory.model()).isDirectory();
    try (TrainingRun resumed = run(next).resume(true).build()) {
      assertThat(resumed.state().getStep()).isEqualTo(4);
    }
  }

  /** Without metrics there was no run, and a report is not a run's. */
  @Test
  void whatNoRunHasWrittenStays() throws IOException {
    RunDirectory own = new RunDirectory(parent.resolve("own"));
    Path code = Files.createDirectories(own.model()).resolve("model.py");
    Files.writeString(code, "mine");
    Files.writeString(own.report(), "mine");

    KilledRun.kill(TrainingRun.builder().config(config).directory(own), 2);

    assertThat(code).hasContent("mine");
    assertThat(own.report()).hasContent("mine");
  }

  @Test
  @DisabledOnOs(value = OS.WINDOWS, disabledReason = "needs links")
  void aLinkToTheModelStays() throws IOException {
    Path elsewhere = parent.resolve("elsewhere");
    Files.move(directory.model(), elsewhere);
    Files.createSymbolicLink(directory.model(), elsewhere);

    try (TrainingRun run = run(other().build()).build()) {
      assertThat(elsewhere).doesNotExist();
      run.train();
    }

    assertThat(directory.model()).isSymbolicLink();
    assertThat(elsewhere.resolve("model.safetensors")).exists();
  }

  @Test
  void aRunResumedBeforeItsFirstCheckpointBeginsWithoutThem() throws IOException {
    new Checkpoints(directory.checkpoints()).clear();

    run(config).resume(true).build().close();

    assertNoResults();
  }

  @Test
  void aResumedRunKeepsTheEvaluationOfItsState() throws IOException {
    try (TrainingRun resumed = run(config).resume(true).build()) {
      resumed.train();
      assertThat(resumed.state().getStep()).isEqualTo(UPDATES);
    }

    assertThat(RunSummary.read(directory.evaluation()).getUpdates()).isEqualTo(UPDATES);
    assertThat(directory.report()).exists();
  }

  @Test
  void aResumedRunDeletesTheEvaluationOfALaterState() throws IOException {
    Checkpoint last = new Checkpoints(directory.checkpoints()).latest().orElseThrow();
    assertThat(last.getManifest().getState().getStep()).isEqualTo(UPDATES);
    Files.delete(last.getDirectory().resolve(CheckpointManifest.FILE)); // damaged

    run(config).resume(true).build().close();

    assertThat(directory.evaluation()).doesNotExist();
    assertThat(directory.model()).isDirectory();
  }

  /** As between two cycles of a search. */
  @Test
  void updatesMakeAnEvaluationOutdated() throws IOException {
    TrainingRun[] current = new TrainingRun[1];
    TrainingObserver pause =
        new TrainingObserver() {
          @Override
          public void settled(TrainingState state) {
            if (state.getStep() == 4) {
              current[0].requestStop();
            }
          }
        };
    try (TrainingRun run = run(config).observer(pause).build()) {
      current[0] = run;
      run.train();
      RunSummary.of(run, run.evaluate()).write(directory.evaluation());
    }

    run(config).resume(true).build().close();
    assertThat(RunSummary.read(directory.evaluation()).getUpdates()).isEqualTo(4);
    KilledRun.kill(run(config).resume(true), 5);

    assertThat(directory.evaluation()).doesNotExist();
  }

  @Test
  void anEvaluationReplacesAnother() throws IOException {
    RunDirectory other = new RunDirectory(parent.resolve("evaluations"));
    TrainingConfig evaluating =
        config.toBuilder().onlyEval(true).loadModelPath(directory.model().toString()).build();
    try (TrainingRun run = TrainingRun.builder().config(evaluating).directory(other).build()) {
      RunSummary.of(run, run.evaluate()).write(other.evaluation());
    }

    TrainingRun.builder().config(evaluating).directory(other).build().close();

    assertThat(other.evaluation()).doesNotExist();
    assertThat(directory.model()).isDirectory();
  }
}
