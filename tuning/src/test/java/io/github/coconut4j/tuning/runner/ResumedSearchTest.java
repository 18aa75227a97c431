package io.github.coconut4j.tuning.runner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.coconut4j.config.ConfigException;
import io.github.coconut4j.tuning.generator.GeneticGenerators;
import io.github.coconut4j.tuning.generator.GridGenerator;
import io.github.coconut4j.tuning.record.CandidateRecord;
import io.github.coconut4j.tuning.record.ResultFile;
import io.github.coconut4j.tuning.score.AccuracyScore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.function.LongFunction;
import org.deeplearning4j.arbiter.optimize.api.CandidateGenerator;
import org.deeplearning4j.arbiter.optimize.api.termination.MaxCandidatesCondition;
import org.deeplearning4j.arbiter.optimize.config.OptimizationConfiguration;
import org.deeplearning4j.arbiter.optimize.generator.RandomSearchGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A search cut short at any candidate ends with the candidates and scores of a whole one. */
@Timeout(30)
class ResumedSearchTest {

  private static final int CANDIDATES = 16;

  private static final Map<String, LongFunction<CandidateGenerator>> GENERATORS =
      Map.of(
          "random", seed -> new RandomSearchGenerator(ScoredTasks.space()),
          "reordered", seed -> new RandomSearchGenerator(ScoredTasks.reorderedSpace()),
          "grid", seed -> new GridGenerator<>(ScoredTasks.space(), 6, seed),
          "genetic", seed -> GeneticGenerators.of(ScoredTasks.space(), new AccuracyScore(), seed));

  @TempDir private Path directory;

  private static SearchRunner runner(String generator, ScoredTasks tasks, ResultFile results) {
    return runner(generator, tasks, results, 1);
  }

  private static SearchRunner runner(
      String generator, ScoredTasks tasks, ResultFile results, int parallel) {
    return runner(generator, tasks, results, parallel, CANDIDATES);
  }

  private static SearchRunner runner(
      String generator, ScoredTasks tasks, ResultFile results, int parallel, int candidates) {
    OptimizationConfiguration config =
        new OptimizationConfiguration.Builder()
            .candidateGenerator(GENERATORS.get(generator).apply(3))
            .scoreFunction(new AccuracyScore())
            .terminationConditions(new MaxCandidatesCondition(candidates))
            .rngSeed(3)
            .build();
    return new SearchRunner(config, tasks, results, parallel);
  }

  /** Fails now and then, and is interrupted once at a candidate. */
  private static ScoredTasks tasks(int interruptedAt) {
    return new ScoredTasks(
        (config, candidate) -> {
          if (candidate.getIndex() == interruptedAt) {
            throw new InterruptedException("killed");
          }
          if (candidate.getIndex() % 5 == 3) {
            throw new IOException("lost");
          }
          return config.getLr() * config.getMaxLatentStage();
        });
  }

  private static List<CandidateRecord> withoutTimes(ResultFile results) {
    return results.all().stream()
        .map(candidate -> candidate.toBuilder().finished("").seconds(0).build())
        .toList();
  }

  @ParameterizedTest
  @ValueSource(strings = {"random", "grid", "genetic"})
  void endsAsTheWholeSearch(String generator) throws IOException {
    ResultFile whole = ResultFile.inMemory();
    runner(generator, tasks(-1), whole).execute();
    assertThat(whole.all()).hasSize(CANDIDATES);

    for (int killed : List.of(0, 1, 4, 7, 10, 15)) {
      Path file = directory.resolve(killed + ".jsonl");
      runner(generator, tasks(killed), ResultFile.open(file)).execute();
      assertThat(ResultFile.open(file).all()).hasSize(killed);
      ScoredTasks rest = tasks(-1);

      runner(generator, rest, ResultFile.open(file)).execute();

      assertThat(rest.trained()).hasSize(CANDIDATES - killed);
      assertThat(withoutTimes(ResultFile.open(file))).isEqualTo(withoutTimes(whole));
    }
  }

  @Test
  void aSearchOfSeveralAtOnceGoesOnFromItsResultsInTheirOrder() throws IOException {
    Path file = directory.resolve("results.jsonl");
    runner("genetic", tasks(11), ResultFile.open(file), 3).execute();
    List<CandidateRecord> before = ResultFile.open(file).all();
    assertThat(before).hasSizeBetween(9, CANDIDATES - 1);

    runner("genetic", tasks(-1), ResultFile.open(file), 3).execute();

    assertThat(ResultFile.open(file).all())
        .hasSize(CANDIDATES)
        .startsWith(before.toArray(CandidateRecord[]::new));
  }

  @Test
  void resultsOfOtherCandidatesAreRefused() throws IOException {
    Path file = directory.resolve("results.jsonl");
    runner("random", tasks(2), ResultFile.open(file)).execute();

    SearchRunner other = runner("grid", tasks(-1), ResultFile.open(file));

    assertThatThrownBy(other::execute)
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("is not proposed again");
  }

  /** Random proposals are the same numbers for any space of as many keys. */
  @Test
  void resultsOfOtherConfigurationsAreRefused() throws IOException {
    Path file = directory.resolve("results.jsonl");
    runner("random", tasks(2), ResultFile.open(file)).execute();

    SearchRunner other = runner("reordered", tasks(-1), ResultFile.open(file));

    assertThatThrownBy(other::execute)
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("candidate 0 of " + file)
        .hasMessageContaining("is not proposed again");
  }

  @ParameterizedTest
  @ValueSource(strings = {"random", "grid", "genetic"})
  void aSearchEndsWithAsManyCandidatesWhenTheirNumberIsLowered(String generator)
      throws IOException {
    Path file = directory.resolve("results.jsonl");
    CountDownLatch others = new CountDownLatch(3);
    ScoredTasks slowFirst =
        new ScoredTasks(
            (config, candidate) -> {
              if (candidate.getIndex() == 0) {
                others.await();
                throw new InterruptedException("killed");
              }
              others.countDown();
              return config.getLr();
            });
    runner(generator, slowFirst, ResultFile.open(file), 2).execute();
    List<CandidateRecord> before = ResultFile.open(file).all();
    assertThat(before).extracting(CandidateRecord::getCandidate).doesNotContain(0).contains(2);
    ScoredTasks rest = tasks(-1);
    SearchRunner lowered = runner(generator, rest, ResultFile.open(file), 2, 2);

    lowered.execute();

    assertThat(rest.trained()).isEmpty();
    assertThat(lowered.numCandidatesCompleted()).isEqualTo(before.size());
    assertThat(ResultFile.open(file).all()).isEqualTo(before);
  }
}
