package io.github.coconut4j.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.data.ReasoningProblem;
import io.github.coconut4j.method.Method;
import io.github.coconut4j.problems.ProblemSplits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import lombok.RequiredArgsConstructor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** What a run reads and opens before its first update. */
class RunPreparationTest {

  private static final String PROBLEMS = "prosqa:300:3:nodes=8,min_steps=2,max_steps=2,people=3";

  @TempDir private Path directory;

  /** Counts how often a problem is read, which for problems of a file means opening it. */
  @RequiredArgsConstructor
  private static final class CountedProblems extends AbstractList<ReasoningProblem> {

    private final List<ReasoningProblem> problems;
    private int reads;

    @Override
    public ReasoningProblem get(int index) {
      reads++;
      return problems.get(index);
    }

    @Override
    public int size() {
      return problems.size();
    }
  }

  private TrainingRun.TrainingRunBuilder run(TrainingConfig config) {
    return TrainingRun.builder().config(config).directory(new RunDirectory(directory));
  }

  @Test
  void nullsAreNamedBeforeAnythingIsWritten() {
    TrainingConfig config = TinyRuns.of(Method.COT).build();

    assertNamed(run(config).observer(null), "observers[0]");
    assertNamed(run(config).listener(null), "listeners[0]");
    assertNamed(run(config).terminationCondition(null), "terminationConditions[0]");
    assertThat(directory).isEmptyDirectory();
  }

  private static void assertNamed(TrainingRun.TrainingRunBuilder run, String name) {
    assertThatThrownBy(run::build)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(name);
  }

  /** A second thread would make updates of the same state. */
  @Test
  void aRunTrainsOnOneThread() throws IOException {
    AtomicReference<TrainingRun> training = new AtomicReference<>();
    CompletableFuture<Object> second = new CompletableFuture<>();
    TrainingObserver observer =
        new TrainingObserver() {
          @Override
          public void updated(UpdateMetrics metrics) {
            second.completeAsync(
                () -> {
                  try {
                    return training.get().train();
                  } catch (IOException | RuntimeException e) {
                    return e;
                  }
                });
            second.join();
          }
        };
    try (TrainingRun run =
        run(TinyRuns.of(Method.COT).valPath(null).build()).observer(observer).build()) {
      training.set(run);
      run.train();

      assertThat(second.join())
          .isInstanceOfSatisfying(
              IllegalStateException.class,
              refused -> assertThat(refused).hasMessageContaining("one thread at a time"));
      assertThat(run.state().getStep()).isEqualTo(12);
      assertThatThrownBy(() -> run.publish(null, 0))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("scored");
    }
  }

  /** Closing would free the arrays that the updates change. */
  @Test
  void aRunThatTrainsIsNotClosed() throws IOException {
    AtomicReference<TrainingRun> training = new AtomicReference<>();
    List<Throwable> refused = new ArrayList<>();
    TrainingObserver closer =
        new TrainingObserver() {
          @Override
          public void updated(UpdateMetrics metrics) {
            CompletableFuture.runAsync(
                    () -> refused.add(catchThrowable(() -> training.get().close())))
                .join();
          }
        };
    TrainingRun run = run(TinyRuns.of(Method.COT).valPath(null).build()).observer(closer).build();
    training.set(run);

    run.train();

    assertThat(run.state().getStep()).isEqualTo(12);
    assertThat(refused)
        .hasSize(12)
        .allSatisfy(
            error ->
                assertThat(error)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContainingAll("must not be training", "requestStop()"));
    run.close();
    run.close();
    assertThatThrownBy(run::train)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("it was closed");
  }

  /** A run's own observers, which write its files, are among them. */
  @Test
  void anObserverThatCannotBeClosedLeavesTheOthersClosed() throws IOException {
    List<String> closed = new ArrayList<>();
    TrainingRun run =
        run(TinyRuns.of(Method.COT).build())
            .observer(failing("first", closed))
            .observer(failing("second", closed))
            .observer(failing("third", closed))
            .build();

    assertThatThrownBy(run::close)
        .isInstanceOf(IOException.class)
        .hasMessage("first")
        .satisfies(
            error ->
                assertThat(error.getSuppressed())
                    .extracting(Throwable::getMessage)
                    .containsExactlyInAnyOrder("second", "third"));
    assertThat(closed).containsExactlyInAnyOrder("first", "second", "third");
  }

  private static TrainingObserver failing(String name, List<String> closed) {
    return new TrainingObserver() {
      @Override
      public void close() throws IOException {
        closed.add(name);
        throw new IOException(name);
      }
    };
  }

  @Test
  void augmentedProblemsAreNotReadForEachComparison() throws IOException {
    TrainingConfig config =
        TinyRuns.of(Method.COCONUT).augment(true).trainPath(PROBLEMS).nPositions(200).build();
    ProblemSplits splits = ProblemSplits.of(config);
    CountedProblems counted = new CountedProblems(splits.getTraining());

    run(config)
        .problems(new ProblemSplits(counted, splits.getEvaluation(), splits.getNames()))
        .build()
        .close();

    assertThat(counted.reads).isBetween(counted.size(), 8 * counted.size());
  }

  /** The files in the run's directory that this process has open. */
  private List<Path> open() throws IOException {
    List<Path> open = new ArrayList<>();
    try (var descriptors = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
      for (Path descriptor : descriptors) {
        if (Files.isSymbolicLink(descriptor)) { // not the one of this listing
          Path file = Files.readSymbolicLink(descriptor);
          if (file.startsWith(directory.toRealPath())) {
            open.add(file);
          }
        }
      }
    }
    return open;
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void aRunThatCannotBeginLeavesNothingOpen() throws IOException {
    TrainingConfig config = TinyRuns.of(Method.COT).build();
    try (TrainingRun run = run(config).build()) {
      assertThat(run.state().getStep()).isZero();
      assertThat(open()).hasSizeGreaterThan(1);
    }
    assertThat(open()).isEmpty();

    assertThatThrownBy(() -> run(config.toBuilder().nPositions(8).build()).build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("n_positions");
    assertThat(open()).isEmpty();

    assertThatThrownBy(() -> run(config).gradientSource(own -> null).build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("gradientSource's result");
    assertThat(open()).isEmpty();
  }
}
