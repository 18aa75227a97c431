package io.github.coconut4j.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.coconut4j.config.ConfigException;
import io.github.coconut4j.config.ResetOptimizer;
import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.curriculum.StageCycles;
import io.github.coconut4j.data.ReasoningProblem;
import io.github.coconut4j.data.prosqa.ProsQaNames;
import io.github.coconut4j.method.Method;
import io.github.coconut4j.problems.ProblemSplits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A run that is cut short and continued ends as if it had not been, bit for bit. */
class ResumeTest {

  @TempDir private Path directory;

  private final TrainingConfig config =
      TinyRuns.of(Method.COCONUT)
          .uniformProb(0.3)
          .augment(true)
          .weightDecay(0.01)
          .dropout(0.1)
          .resetOptimizer(ResetOptimizer.STAGE)
          .checkpointEverySteps(2)
          .build();

  private RunDirectory whole;
  private RunDirectory cut;

  @BeforeEach
  void directories() {
    whole = new RunDirectory(directory.resolve("whole"));
    cut = new RunDirectory(directory.resolve("cut"));
  }

  private static TrainingRun.TrainingRunBuilder run(TrainingConfig config, RunDirectory directory) {
    return TrainingRun.builder().config(config).directory(directory);
  }

  private void trainWhole() throws IOException {
    try (TrainingRun run = run(config, whole).build()) {
      run.train();
    }
  }

  /** Fails as a process would that is killed after an update, without a last checkpoint. */
  private void killAfter(int step) throws IOException {
    KilledRun.kill(run(config, cut), step);
  }

  private void resume() throws IOException {
    try (TrainingRun run = run(config, cut).resume(true).build()) {
      run.train();
      assertThat(run.isFinished()).isTrue();
    }
  }

  private void assertSame() throws IOException {
    assertThat(cut.model().resolve("model.safetensors"))
        .hasSameBinaryContentAs(whole.model().resolve("model.safetensors"));
    assertThat(withoutTimes(cut)).isEqualTo(withoutTimes(whole));
  }

  private static List<String> withoutTimes(RunDirectory run) throws IOException {
    return Files.readAllLines(run.metrics()).stream()
        .map(line -> line.replaceAll("\"(time|tokens_per_second)\":[^,}]*", ""))
        .toList();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 7, 9, 12})
  void aKilledRunEndsAsTheWholeOne(int step) throws IOException {
    trainWhole();

    killAfter(step);
    resume();

    assertSame();
  }

  /** An update that fails for want of memory changes nothing: what those before made is saved. */
  @Test
  void aRunOutOfMemoryGoesOnAtTheVeryStep() throws IOException {
    trainWhole();
    TrainingConfig rare = config.toBuilder().checkpointEverySteps(1000).build();
    AtomicInteger updates = new AtomicInteger();
    UnaryOperator<GradientSource> full =
        own ->
            (batches, dropout) -> {
              if (updates.incrementAndGet() == 6) {
                throw new OutOfMemoryError("Cannot allocate 8 bytes.");
              }
              return own.gradients(batches, dropout);
            };
    try (TrainingRun run = run(rare, cut).gradientSource(full).build()) {
      assertThatThrownBy(run::train)
          .isInstanceOf(OutOfMemoryError.class)
          .hasMessageContainingAll("Cannot allocate 8 bytes.", "The last checkpoint is");
    }
    resume();

    assertSame();
  }

  @Test
  void aRunStoppedBetweenCheckpointsGoesOnAtTheVeryStep() throws IOException {
    trainWhole();
    TrainingConfig rare = config.toBuilder().checkpointEverySteps(1000).build();
    TrainingObserver[] stopper = new TrainingObserver[1];
    TrainingRun[] current = new TrainingRun[1];
    stopper[0] =
        new TrainingObserver() {
          @Override
          public void updated(UpdateMetrics metrics) {
            if (metrics.getStep() == 5) {
              current[0].requestStop();
            }
          }
        };
    try (TrainingRun run = run(rare, cut).observer(stopper[0]).build()) {
      current[0] = run;
      run.train();
      assertThat(run.state().getStep()).isEqualTo(5);
    }

    resume();

    assertSame();
  }

  @Test
  void aRunPausedAtTheEndOfACycleGoesOnAsTheWholeOne() throws IOException {
    TrainingConfig cyclic = config.toBuilder().cycles(List.of(0.3, 1.0)).build();
    try (TrainingRun run = run(cyclic, whole).build()) {
      run.train();
    }
    int end = StageCycles.of(cyclic).ends().get(0);
    TrainingRun[] current = new TrainingRun[1];
    TrainingObserver pause =
        new TrainingObserver() {
          @Override
          public void settled(TrainingState state) {
            if (state.getStep() == end) {
              current[0].requestStop();
            }
          }
        };
    try (TrainingRun run = run(cyclic, cut).observer(pause).build()) {
      current[0] = run;
      run.train();
      assertThat(run.state().getStep()).isEqualTo(end);
      assertThat(run.state().getStage()).isEqualTo(2);
    }

    try (TrainingRun run = run(cyclic, cut).resume(true).build()) {
      run.train();
    }

    assertSame();
  }

  @Test
  void aDamagedCheckpointIsPassedOver() throws IOException {
    trainWhole();
    killAfter(7);
    Path newest = cut.checkpoints().resolve("step-6/optimizer.safetensors");
    Files.write(newest, new byte[] {1}, StandardOpenOption.APPEND);

    resume();

    assertSame();
  }

  @Test
  void onlyTheNewestCheckpointsAndTheBestAreKept() throws IOException {
    trainWhole();

    try (var paths = Files.list(whole.checkpoints())) {
      assertThat(paths.map(path -> path.getFileName().toString()))
          .containsExactlyInAnyOrder("step-4", "step-10", "step-12");
    }
  }

  @Test
  void anotherConfigurationIsRefusedWithTheKeysThatDiffer() throws IOException {
    killAfter(3);
    TrainingConfig other = config.toBuilder().lr(1e-3).keepCheckpoints(9).build();

    assertThatThrownBy(() -> run(other, cut).resume(true).build())
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("`lr` was 0.005 and is now 0.001")
        .hasMessageNotContaining("keep_checkpoints");
  }

  private static ProblemSplits problems(String... questions) {
    List<ReasoningProblem> problems =
        Stream.of(questions)
            .map(question -> new ReasoningProblem(question, List.of("A step ."), "Yes", null))
            .toList();
    return new ProblemSplits(problems, List.of(), ProsQaNames.published());
  }

  @Test
  void otherProblemsAreTakenByForceAndOtherWordsNever() throws IOException {
    TrainingConfig words = config.toBuilder().augment(false).build();
    try (TrainingRun run = run(words, cut).problems(problems("Is it ?", "Is it so ?")).build()) {
      run.train();
    }
    ProblemSplits others = problems("Is it so ?", "Is it ?");
    ProblemSplits otherWords = problems("Is it ?", "Are all birds ?");

    assertThatThrownBy(() -> run(words, cut).problems(others).resume(true).build())
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("the data files changed");
    run(words, cut).problems(others).resume(true).force(true).build().close();
    assertThatThrownBy(() -> run(words, cut).problems(otherWords).resume(true).force(true).build())
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("its vocabulary changed");
  }

  @Test
  void twoRunsCannotShareADirectory() throws IOException {
    try (TrainingRun first = run(config, cut).build()) {
      assertThat(first.isFinished()).isFalse();
      assertThatThrownBy(() -> run(config, cut).build())
          .isInstanceOf(ConfigException.class)
          .hasMessageContaining("another run is writing");
    }
  }
}
