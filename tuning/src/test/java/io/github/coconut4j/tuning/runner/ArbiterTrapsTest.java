package io.github.coconut4j.tuning.runner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.coconut4j.tuning.generator.GridGenerator;
import io.github.coconut4j.tuning.record.CandidateRecord;
import io.github.coconut4j.tuning.record.ResultFile;
import io.github.coconut4j.tuning.score.AccuracyScore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.deeplearning4j.arbiter.optimize.api.Candidate;
import org.deeplearning4j.arbiter.optimize.api.CandidateGenerator;
import org.deeplearning4j.arbiter.optimize.api.termination.MaxCandidatesCondition;
import org.deeplearning4j.arbiter.optimize.api.termination.MaxTimeCondition;
import org.deeplearning4j.arbiter.optimize.api.termination.TerminationCondition;
import org.deeplearning4j.arbiter.optimize.config.OptimizationConfiguration;
import org.deeplearning4j.arbiter.optimize.generator.RandomSearchGenerator;
import org.deeplearning4j.arbiter.optimize.runner.CandidateInfo;
import org.deeplearning4j.arbiter.optimize.runner.CandidateStatus;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Cases in which Arbiter's own runner hangs, reports wrong results or loses some. */
@Timeout(20)
class ArbiterTrapsTest {

  private static final ScoredTasks.Formula BY_RATE = (config, candidate) -> config.getLr();

  @TempDir private Path directory;
  private final ResultFile results = ResultFile.inMemory();

  private static CandidateGenerator grid() {
    return new GridGenerator<>(ScoredTasks.space(), 2, 7);
  }

  private static OptimizationConfiguration config(
      CandidateGenerator generator, TerminationCondition... ends) {
    return new OptimizationConfiguration.Builder()
        .candidateGenerator(generator)
        .scoreFunction(new AccuracyScore())
        .terminationConditions(ends)
        .rngSeed(7)
        .build();
  }

  private SearchRunner runner(
      CandidateGenerator generator, ScoredTasks tasks, TerminationCondition... ends) {
    return new SearchRunner(config(generator, ends), tasks, results, 1);
  }

  @Test
  void aGridThatIsExhaustedBeforeTheLimitEndsTheSearch() {
    SearchRunner runner = runner(grid(), new ScoredTasks(BY_RATE), new MaxCandidatesCondition(100));

    runner.execute();

    assertThat(runner.numCandidatesCompleted()).isEqualTo(4);
    assertThat(runner.bestScore()).isEqualTo(1e-2, within(1e-12));
  }

  @Test
  void candidatesThatCannotBeMadeAreFailedAndCounted() {
    RandomSearchGenerator invalid =
        new RandomSearchGenerator(ScoredTasks.space()) {
          @Override
          public Candidate<?> getCandidate() {
            Candidate<?> candidate = super.getCandidate();
            candidate.setException(new IllegalArgumentException("no such model"));
            return candidate;
          }
        };
    SearchRunner runner = runner(invalid, new ScoredTasks(BY_RATE), new MaxCandidatesCondition(3));

    runner.execute();

    assertThat(runner.numCandidatesFailed()).isEqualTo(3);
    assertThat(results.all()).extracting(CandidateRecord::getCause).containsOnly("no such model");
    assertThat(runner.bestScoreCandidateIndex()).isEqualTo(-1);
  }

  private static final class Throwing extends RandomSearchGenerator {

    Throwing() {
      super(ScoredTasks.space());
    }

    @Override
    public Candidate<?> getCandidate() {
      throw new IllegalStateException("out of ideas");
    }
  }

  @Test
  void aGeneratorThatThrowsFailsItsCandidates() {
    SearchRunner runner =
        runner(new Throwing(), new ScoredTasks(BY_RATE), new MaxCandidatesCondition(2));

    runner.execute();

    assertThat(results.all()).extracting(CandidateRecord::getCandidate).containsExactly(0, 1);
    assertThat(results.all()).extracting(CandidateRecord::getCause).containsOnly("out of ideas");
  }

  @Test
  void aSearchWithoutALimitGivesUpOnAGeneratorThatThrows() {
    SearchRunner runner =
        runner(new Throwing(), new ScoredTasks(BY_RATE), new MaxTimeCondition(1, TimeUnit.HOURS));

    assertThatThrownBy(runner::execute)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("100 proposals in a row")
        .hasMessageContaining("out of ideas");
  }

  @Test
  void aScoreThatIsNoNumberFailsItsCandidate() {
    ScoredTasks tasks =
        new ScoredTasks(
            (config, candidate) -> candidate.getIndex() == 0 ? Double.NaN : candidate.getIndex());
    SearchRunner runner = runner(grid(), tasks, new MaxCandidatesCondition(3));

    runner.execute();

    assertThat(runner.bestScore()).isEqualTo(2);
    assertThat(results.find(0).orElseThrow().getCause()).contains("NaN");
    assertThat(runner.numCandidatesFailed()).isEqualTo(1);
  }

  @Test
  void aTaskThatThrowsIsAFailedCandidateWithItsCause() {
    ScoredTasks tasks =
        new ScoredTasks(
            (config, candidate) -> {
              throw new OutOfMemoryError("too large a model");
            });
    SearchRunner runner = runner(grid(), tasks, new MaxCandidatesCondition(1));

    runner.execute();

    CandidateInfo info = runner.getCandidateStatus().get(0);
    assertThat(info.getCandidateStatus()).isEqualTo(CandidateStatus.Failed);
    assertThat(info.getExceptionStackTrace()).isEqualTo("too large a model");
  }

  @Test
  void theEndOfTheTimeInterruptsWhatIsUnderWay() {
    ScoredTasks tasks =
        new ScoredTasks(
            (config, candidate) -> {
              Thread.sleep(TimeUnit.HOURS.toMillis(1));
              return 1;
            });
    SearchRunner runner = runner(grid(), tasks, new MaxTimeCondition(200, TimeUnit.MILLISECONDS));

    runner.execute();

    assertThat(tasks.trained()).containsExactly(0);
    assertThat(results.all()).isEmpty();
  }

  @Test
  void whatIsUnderWayIsInterruptedOnceAndSavesItsState() {
    SearchRunner[] runner = new SearchRunner[1];
    AtomicBoolean saved = new AtomicBoolean();
    ScoredTasks tasks =
        new ScoredTasks(
            (config, candidate) -> {
              runner[0].shutdown(false);
              try {
                Thread.sleep(TimeUnit.HOURS.toMillis(1));
              } catch (InterruptedException e) {
                Thread.sleep(200); // the time that saving takes, in which execute() ends
                saved.set(true);
                throw e;
              }
              return 1;
            });
    runner[0] = runner(grid(), tasks, new MaxCandidatesCondition(2));

    runner[0].execute();

    assertThat(saved).isTrue();
    assertThat(runner[0].isStopped()).isTrue();
    assertThat(tasks.trained()).containsExactly(0);
  }

  @Test
  void aSecondExecutionIsRefused() {
    SearchRunner runner = runner(grid(), new ScoredTasks(BY_RATE), new MaxCandidatesCondition(1));
    runner.execute();

    assertThatThrownBy(runner::execute)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("executes once");
  }

  @Test
  void candidatesAtOnceDoNotExceedTheLimit() {
    ScoredTasks tasks = new ScoredTasks(BY_RATE);
    SearchRunner runner =
        new SearchRunner(
            config(new RandomSearchGenerator(ScoredTasks.space()), new MaxCandidatesCondition(5)),
            tasks,
            results,
            3);

    runner.execute();

    assertThat(tasks.trained()).containsExactlyInAnyOrder(0, 1, 2, 3, 4);
  }

  @Test
  void resultsAreOnDiskAndASearchGoesOnFromThem() throws IOException {
    Path file = directory.resolve("results.jsonl");
    OptimizationConfiguration first =
        config(new RandomSearchGenerator(ScoredTasks.space()), new MaxCandidatesCondition(2));
    new SearchRunner(first, new ScoredTasks(BY_RATE), ResultFile.open(file), 1).execute();
    ScoredTasks more = new ScoredTasks(BY_RATE);

    SearchRunner second =
        new SearchRunner(
            config(new RandomSearchGenerator(ScoredTasks.space()), new MaxCandidatesCondition(3)),
            more,
            ResultFile.open(file),
            1);
    second.execute();

    assertThat(more.trained()).containsExactly(2);
    List<CandidateRecord> all = ResultFile.open(file).all();
    assertThat(all).extracting(CandidateRecord::getCandidate).containsExactly(0, 1, 2);
    assertThat(second.bestScore())
        .isEqualTo(all.stream().mapToDouble(CandidateRecord::getScore).max().orElseThrow());
  }

  @Test
  void patienceEndsASearchWithoutProgress() {
    ScoredTasks tasks =
        new ScoredTasks((config, candidate) -> candidate.getIndex() == 1 ? 1.0 : 0.5);
    SearchRunner runner =
        runner(new RandomSearchGenerator(ScoredTasks.space()), tasks, new PatienceCondition(4));

    runner.execute();

    assertThat(tasks.trained()).containsExactly(0, 1, 2, 3, 4, 5);
  }

  @Test
  void theConfigurationOfACandidateIsThatOfItsParameters() {
    double[] rate = new double[1];
    ScoredTasks tasks =
        new ScoredTasks(
            (config, candidate) -> {
              rate[0] = config.getLr();
              return 1;
            });

    runner(grid(), tasks, new MaxCandidatesCondition(1)).execute();

    assertThat(results.all().get(0).getParameters().get("lr")).isEqualTo(rate[0]);
  }
}
