package io.github.coconut4j.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.coconut4j.config.LrSchedule;
import io.github.coconut4j.config.OnNonfinite;
import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.method.Method;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.autodiff.listeners.records.History;

/** A learning rate so large that the weights' products overflow after the first update. */
class NonFiniteTest {

  @TempDir private Path directory;

  private final TrainingConfig config =
      TinyRuns.of(Method.COT)
          .lr(1e30)
          .lrSchedule(LrSchedule.CONSTANT)
          .stageSteps(List.of(3))
          .maxLatentStage(0)
          .evalEverySteps(100)
          .checkpointEverySteps(1)
          .build();

  private TrainingRun run(TrainingConfig of) throws IOException {
    return TrainingRun.builder().config(of).directory(new RunDirectory(directory)).build();
  }

  @Test
  void theRunStopsWithWhatIsNeededToFindTheCause() throws IOException {
    try (TrainingRun run = run(config)) {
      assertThatThrownBy(run::train)
          .isInstanceOf(NonFiniteException.class)
          .hasMessageContainingAll(
              "step 2, epoch 0, stage 0, batch 1",
              "learning rate 1.0E30",
              "`on_nonfinite: skip`",
              "The last checkpoint is " + directory.resolve("checkpoints").resolve("step-1"))
          .hasMessageMatching("(?s).*with problems \\d, \\d, \\d, \\d: .*");
    }
  }

  /** The first failure is the one to mend. */
  @Test
  void aCheckpointThatAlsoFailedDoesNotHideIt() throws IOException {
    CountDownLatch failed = new CountDownLatch(1);
    TrainingObserver observer =
        new TrainingObserver() {
          @Override
          public void checkpointWritten(TrainingState state, Path checkpoint) throws IOException {
            failed.countDown();
            throw new IOException("The copy is lost.");
          }
        };
    AtomicInteger updates = new AtomicInteger();
    UnaryOperator<GradientSource> diverging =
        own ->
            (batches, dropout) -> {
              if (updates.incrementAndGet() == 2) {
                awaitUninterruptibly(failed);
                throw new NonFiniteException("loss NaN");
              }
              return own.gradients(batches, dropout);
            };
    try (TrainingRun run =
        TrainingRun.builder()
            .config(config)
            .directory(new RunDirectory(directory))
            .observer(observer)
            .gradientSource(diverging)
            .build()) {
      assertThatThrownBy(run::train)
          .isInstanceOf(NonFiniteException.class)
          .hasMessageContainingAll(
              "Training stopped at step 2",
              "A checkpoint failed, too: The copy is lost.",
              "The last checkpoint is " + directory.resolve("checkpoints").resolve("step-1"))
          .cause()
          .hasSuppressedException(new IOException("The copy is lost."));
    }
  }

  private static void awaitUninterruptibly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void orLeavesTheUpdateOut() throws IOException {
    try (TrainingRun run = run(config.toBuilder().onNonfinite(OnNonfinite.SKIP).build())) {
      History history = run.train();
      assertThat(history.lossCurve().meanLoss("loss"))
          .containsExactly(
              (float)
                  MetricsFile.read(new RunDirectory(directory).metrics())
                      .updates()
                      .get(0)
                      .getLoss(),
              Float.NaN);
      assertThat(run.state().getStep()).isEqualTo(3);
      assertThat(run.state().getOptimizerUpdates()).isEqualTo(1);
    }
    assertThat(Files.readAllLines(new RunDirectory(directory).metrics()).get(1))
        .contains("\"loss\":null,");
    assertThat(MetricsFile.read(new RunDirectory(directory).metrics()).updates())
        .extracting(UpdateMetrics::getLoss)
        .satisfiesExactly(
            first -> assertThat(first).isFinite(),
            second -> assertThat(second).isNaN(),
            third -> assertThat(third).isNaN());
  }

  @Test
  void aModelWhoseScoresAreNotFiniteStopsTheRunAtItsEvaluation() throws IOException {
    try (TrainingRun run = run(config.toBuilder().evalEverySteps(1).build())) {
      assertThatThrownBy(run::train)
          .isInstanceOf(NonFiniteException.class)
          .hasMessageContainingAll(
              "at the evaluation after step 1, epoch 0, stage 0", "scores", "Lower `lr`");
    }
  }

  @Test
  void weightDecayThatMakesWeightsGrowIsNamed() throws IOException {
    TrainingConfig growing = config.toBuilder().lr(1).weightDecay(1e20).evalEverySteps(1).build();
    try (TrainingRun run = run(growing)) {
      assertThatThrownBy(run::train)
          .isInstanceOf(NonFiniteException.class)
          .hasMessageContaining("Lower `lr` or `weight_decay`");
    }
  }
}
