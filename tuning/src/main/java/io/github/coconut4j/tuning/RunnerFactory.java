package io.github.coconut4j.tuning;

import io.github.coconut4j.tuning.SearchConfig.Generator;
import io.github.coconut4j.tuning.candidate.CandidateTrainer;
import io.github.coconut4j.tuning.candidate.TrainingTaskCreator;
import io.github.coconut4j.tuning.generator.GeneticGenerators;
import io.github.coconut4j.tuning.generator.GridGenerator;
import io.github.coconut4j.tuning.record.ResultFile;
import io.github.coconut4j.tuning.record.SearchDirectory;
import io.github.coconut4j.tuning.runner.AbstractRunner;
import io.github.coconut4j.tuning.runner.HalvingRunner;
import io.github.coconut4j.tuning.runner.PatienceCondition;
import io.github.coconut4j.tuning.runner.SearchRunner;
import io.github.coconut4j.tuning.score.AccuracyPerTokenScore;
import io.github.coconut4j.tuning.score.AccuracyScore;
import io.github.coconut4j.tuning.score.LossScore;
import io.github.coconut4j.tuning.space.TrainingConfigSpace;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import lombok.RequiredArgsConstructor;
import org.deeplearning4j.arbiter.optimize.api.CandidateGenerator;
import org.deeplearning4j.arbiter.optimize.api.score.ScoreFunction;
import org.deeplearning4j.arbiter.optimize.api.termination.MaxCandidatesCondition;
import org.deeplearning4j.arbiter.optimize.api.termination.MaxTimeCondition;
import org.deeplearning4j.arbiter.optimize.api.termination.TerminationCondition;
import org.deeplearning4j.arbiter.optimize.config.OptimizationConfiguration;
import org.deeplearning4j.arbiter.optimize.generator.RandomSearchGenerator;

/** Makes Arbiter's objects from a search's file. */
@RequiredArgsConstructor
final class RunnerFactory {

  private final SearchFile file;
  private final SearchDirectory directory;
  private final CandidateTrainer trainer;
  private final ResultFile results;

  AbstractRunner create() {
    SearchConfig search = file.getSearch();
    // The first values of Java's Random are similar for neighbouring seeds.
    long seed = new SplittableRandom(search.getSeed()).nextLong();
    ScoreFunction score = score(search);
    CandidateGenerator generator = generator(search, score, seed);
    OptimizationConfiguration config =
        new OptimizationConfiguration.Builder()
            .candidateGenerator(generator)
            .scoreFunction(score)
            .terminationConditions(conditions(search, generator))
            .rngSeed(seed)
            .build();
    TrainingTaskCreator tasks =
        TrainingTaskCreator.builder()
            .directory(directory)
            .trainer(trainer)
            .limit(duration(search.getCandidateMinutes()))
            .build();
    return search.getHalving() == null
        ? new SearchRunner(config, tasks, results, search.getParallel())
        : new HalvingRunner(
            config, tasks, results, search.getParallel(), search.getHalving().schedule());
  }

  private static ScoreFunction score(SearchConfig search) {
    return switch (search.getScore()) {
      case ACCURACY -> new AccuracyScore();
      case ACCURACY_PER_TOKEN -> new AccuracyPerTokenScore(search.getTokenPrice());
      case LOSS -> new LossScore();
    };
  }

  private CandidateGenerator generator(SearchConfig search, ScoreFunction score, long seed) {
    TrainingConfigSpace space = file.getSpace();
    return switch (search.getGenerator()) {
      case RANDOM -> new RandomSearchGenerator(space);
      case GRID -> new GridGenerator<>(space, search.getGridPoints(), seed);
      case GENETIC -> GeneticGenerators.of(space, score, seed);
    };
  }

  private static List<TerminationCondition> conditions(
      SearchConfig search, CandidateGenerator generator) {
    List<TerminationCondition> conditions = new ArrayList<>();
    if (search.getCandidates() != null) {
      conditions.add(new MaxCandidatesCondition(search.getCandidates()));
    } else if (search.getGenerator() == Generator.GRID) {
      conditions.add(new MaxCandidatesCondition(((GridGenerator<?>) generator).size()));
    }
    if (search.getMinutes() != null) {
      Duration limit = duration(search.getMinutes());
      conditions.add(new MaxTimeCondition(limit.toMillis(), TimeUnit.MILLISECONDS));
    }
    if (search.getPatience() != null) {
      conditions.add(new PatienceCondition(search.getPatience()));
    }
    return conditions;
  }

  private static Duration duration(Double minutes) {
    return minutes == null ? null : Duration.ofMillis(Math.round(minutes * 60_000));
  }
}
