package io.github.coconut4j.tuning.runner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.coconut4j.config.ConfigException;
import io.github.coconut4j.tuning.candidate.TrainingTaskCreator;
import io.github.coconut4j.tuning.record.CandidateOutcome;
import io.github.coconut4j.tuning.record.CandidateRecord;
import io.github.coconut4j.tuning.record.ResultFile;
import io.github.coconut4j.tuning.score.AccuracyScore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.data.Offset;
import org.deeplearning4j.arbiter.optimize.api.termination.MaxCandidatesCondition;
import org.deeplearning4j.arbiter.optimize.api.termination.TerminationCondition;
import org.deeplearning4j.arbiter.optimize.config.OptimizationConfiguration;
import org.deeplearning4j.arbiter.optimize.generator.RandomSearchGenerator;
import org.deeplearning4j.arbiter.optimize.runner.IOptimizationRunner;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(30)
class HalvingTest {

  private static final HalvingSchedule SCHEDULE = HalvingSchedule.of(3, 1 / 9.0);

  @TempDir private Path directory;

  /** Scores of 9 candidates after each round: the last is good late, the first bad late. */
  private static final double[][] SCORES = {
    {.9, .1, .0},
    {.8, .9, .7},
    {.7, .8, .9},
    {.1, .0, .0},
    {.2, .0, .0},
    {.3, .0, .0},
    {.4, .0, .0},
    {.5, .0, .0},
    {.6, 1, 1}
  };

  private static ScoredTasks tasks(List<String> asked, int interruptedAt) {
    return new ScoredTasks(
        (config, candidate) -> {
          if (asked.size() == interruptedAt) {
            throw new InterruptedException("killed");
          }
          int round = (Integer) candidate.getDataParameters().get(TrainingTaskCreator.CYCLE);
          asked.add(candidate.getIndex() + "@" + round);
          return SCORES[candidate.getIndex()][round];
        });
  }

  private static HalvingRunner runner(ScoredTasks tasks, ResultFile results) {
    return runner(tasks, results, SCHEDULE, new MaxCandidatesCondition(SCORES.length));
  }

  private static HalvingRunner runner(
      ScoredTasks tasks,
      ResultFile results,
      HalvingSchedule schedule,
      TerminationCondition... conditions) {
    OptimizationConfiguration config =
        new OptimizationConfiguration.Builder()
            .candidateGenerator(new RandomSearchGenerator(ScoredTasks.space()))
            .scoreFunction(new AccuracyScore())
            .terminationConditions(conditions)
            .rngSeed(3)
            .build();
    return new HalvingRunner(config, tasks, results, 1, schedule);
  }

  @Test
  void theScheduleIsThatOfThePaper() {
    assertThat(SCHEDULE.getShares()).hasSize(3);
    assertThat(SCHEDULE.getShares().get(1)).isEqualTo(1 / 3.0, Offset.offset(1e-12));
    assertThat(
            List.of(SCHEDULE.survivors(9, 0), SCHEDULE.survivors(9, 1), SCHEDULE.survivors(9, 2)))
        .containsExactly(9, 3, 1);
    // 9 trainings of 1/9, 3 of 2/9 more, 1 of 6/9 more: 21/81 of all 9
    assertThat(SCHEDULE.cost(9)).isEqualTo(21 / 81.0, Offset.offset(1e-12));
  }

  @Test
  void aLastShareNearTheWholeIsTheWhole() {
    assertThat(HalvingSchedule.of(3, 0.1).getShares()).hasSize(3).endsWith(1.0);
    assertThat(HalvingSchedule.of(2, 0.6).getShares()).containsExactly(0.6, 1.0);
  }

  @ParameterizedTest
  @ValueSource(doubles = {1, 1.0000001, 1.49, 0, -2, Double.NaN, Double.POSITIVE_INFINITY})
  void anImpossibleFactorIsRefused(double factor) {
    assertThatThrownBy(() -> HalvingSchedule.of(factor, 0.1))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("search.halving.factor");
  }

  /** The most rounds that any valid schedule has. */
  @Test
  void roundsAreFew() {
    assertThat(HalvingSchedule.of(1.5, 0.001).rounds()).isEqualTo(18);
  }

  @Test
  void resultsOfAnotherSearchAreNotGoneOnWith() throws IOException {
    Path file = directory.resolve("results.jsonl");
    runner(tasks(new ArrayList<>(), -1), ResultFile.open(file)).execute();
    String own = Files.readString(file);

    Files.writeString(file, own.replaceFirst("\"values\":\\[[^]]*]", "\"values\":[0.125]"));
    HalvingRunner other = runner(tasks(new ArrayList<>(), -1), ResultFile.open(file));
    assertThatThrownBy(other::execute)
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("of " + file)
        .hasMessageContaining("is not proposed again");

    Files.writeString(file, own.replaceFirst("\"candidate\":\\d+", "\"candidate\":99"));
    HalvingRunner larger = runner(tasks(new ArrayList<>(), -1), ResultFile.open(file));
    assertThatThrownBy(larger::execute).hasMessageContaining("candidate 99 of " + file);
  }

  @Test
  void theBestGoOnAndTheOthersArePruned() {
    ResultFile results = ResultFile.inMemory();
    List<String> asked = new ArrayList<>();
    HalvingRunner runner = runner(tasks(asked, -1), results);

    runner.execute();

    assertThat(asked).hasSize(9 + 3 + 1).contains("0@1", "1@1", "2@1", "1@2");
    assertThat(runner.bestScoreCandidateIndex()).isEqualTo(1);
    assertThat(runner.bestScore()).isEqualTo(.7);
    assertThat(results.find(8).orElseThrow().getStatus()).isEqualTo(CandidateOutcome.PRUNED);
    assertThat(results.find(2).orElseThrow().getTrials()).containsExactly(.7, .8);
    assertThat(results.find(1).orElseThrow().getStatus()).isEqualTo(CandidateOutcome.COMPLETED);
  }

  @Test
  void aSearchCutShortAtAnyTrialEndsAsTheWholeOne() throws IOException {
    ResultFile whole = ResultFile.inMemory();
    runner(tasks(new ArrayList<>(), -1), whole).execute();

    for (int killed = 0; killed < 13; killed++) {
      Path file = directory.resolve(killed + ".jsonl");
      runner(tasks(new ArrayList<>(), killed), ResultFile.open(file)).execute();
      List<String> rest = new ArrayList<>();

      runner(tasks(rest, -1), ResultFile.open(file)).execute();

      assertThat(rest).hasSize(13 - killed);
      assertThat(withoutTimes(ResultFile.open(file))).isEqualTo(withoutTimes(whole));
    }
  }

  private static List<CandidateRecord> withoutTimes(ResultFile results) {
    return results.all().stream()
        .map(candidate -> candidate.toBuilder().finished("").seconds(0).build())
        .toList();
  }

  @Test
  void aSurvivorThatFailsLeavesTheOthersToGoOn() {
    ResultFile results = ResultFile.inMemory();
    ScoredTasks tasks =
        new ScoredTasks(
            (config, candidate) -> {
              int round = (Integer) candidate.getDataParameters().get(TrainingTaskCreator.CYCLE);
              if (candidate.getIndex() == 1 && round == 1) {
                throw new IOException("lost");
              }
              return SCORES[candidate.getIndex()][round];
            });
    HalvingRunner runner = runner(tasks, results);

    runner.execute();

    assertThat(runner.bestScoreCandidateIndex()).isEqualTo(2);
    assertThat(results.find(1).orElseThrow().getCause()).contains("lost");
    assertThat(runner.numCandidatesFailed()).isEqualTo(1);
  }

  /** Of the three of the last round, one fails, one is trained to the end and one is not. */
  @Test
  void candidatesTrainedToTheEndCountWhenTheTimeIsOver() {
    ResultFile results = ResultFile.inMemory();
    ScoredTasks tasks =
        new ScoredTasks(
            (config, candidate) -> {
              int round = (Integer) candidate.getDataParameters().get(TrainingTaskCreator.CYCLE);
              if (candidate.getIndex() == 0 && round == 1) {
                throw new IOException("lost");
              }
              return SCORES[candidate.getIndex()][round];
            });
    TerminationCondition time = new UntilTrained(results);
    MaxCandidatesCondition number = new MaxCandidatesCondition(SCORES.length);
    HalvingSchedule twice = HalvingSchedule.of(3, 1 / 3.0);
    HalvingRunner runner = runner(tasks, results, twice, number, time);

    runner.execute();

    assertThat(runner.bestScoreCandidateIndex()).isEqualTo(1);
    assertThat(runner.numCandidatesFailed()).isEqualTo(1);
    assertThat(results.find(1).orElseThrow().getStatus()).isEqualTo(CandidateOutcome.COMPLETED);
    assertThat(results.find(2).orElseThrow().getStatus()).isEqualTo(CandidateOutcome.TRYING);

    HalvingRunner resumed = runner(tasks, results, twice, number);
    resumed.execute();

    assertThat(resumed.bestScoreCandidateIndex()).isEqualTo(1);
    assertThat(results.find(2).orElseThrow().getStatus()).isEqualTo(CandidateOutcome.COMPLETED);
  }

  /** Ends a search when a candidate was trained to its second and last cycle. */
  private record UntilTrained(ResultFile results) implements TerminationCondition {

    @Override
    public void initialize(IOptimizationRunner runner) {}

    @Override
    public boolean terminate(IOptimizationRunner runner) {
      return results.all().stream().anyMatch(known -> known.getTrials().size() == 2);
    }
  }
}
