package io.github.coconut4j.tuning.generator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.coconut4j.config.ConfigFile;
import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.tuning.score.AccuracyScore;
import io.github.coconut4j.tuning.space.TrainingConfigSpace;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import org.apache.commons.math3.random.JDKRandomGenerator;
import org.deeplearning4j.arbiter.optimize.api.Candidate;
import org.deeplearning4j.arbiter.optimize.api.CandidateGenerator;
import org.deeplearning4j.arbiter.optimize.api.OptimizationResult;
import org.deeplearning4j.arbiter.optimize.generator.genetic.Chromosome;
import org.deeplearning4j.arbiter.optimize.parameter.FixedValue;
import org.deeplearning4j.arbiter.optimize.parameter.continuous.ContinuousParameterSpace;
import org.deeplearning4j.arbiter.optimize.parameter.discrete.DiscreteParameterSpace;
import org.deeplearning4j.arbiter.optimize.parameter.integer.IntegerParameterSpace;
import org.junit.jupiter.api.Test;

class GeneratorsTest {

  /** A key of one value before others, which Arbiter's own grid reads from the wrong places. */
  private static TrainingConfigSpace space() {
    return TrainingConfigSpace.builder()
        .base(ConfigFile.parse("base", "{method: coconut, train_path: train.json}"))
        .parameter("batch_size_training", new DiscreteParameterSpace<>(48))
        .parameter("epochs_per_stage", new IntegerParameterSpace(3, 3))
        .parameter("c_thought", new IntegerParameterSpace(1, 2))
        .parameter("seed", new FixedValue<>(5))
        .parameter("weight_decay", new ContinuousParameterSpace(0.0, 0.2))
        .parameter("n_head", new DiscreteParameterSpace<>(1, 2, 4))
        .build();
  }

  private static List<TrainingConfig> all(CandidateGenerator generator) {
    List<TrainingConfig> configs = new ArrayList<>();
    while (generator.hasMoreCandidates()) {
      configs.add((TrainingConfig) generator.getCandidate().getValue());
    }
    return configs;
  }

  @Test
  void aGridHasEveryCombinationOnce() {
    List<TrainingConfig> configs = all(new GridGenerator<>(space(), 3, 1));

    assertThat(configs).hasSize(2 * 3 * 3);
    assertThat(new HashSet<>(configs)).hasSize(2 * 3 * 3);
    assertThat(configs)
        .allMatch(config -> config.getBatchSizeTraining() == 48)
        .allMatch(config -> config.getEpochsPerStage() == 3 && config.getSeed() == 5);
    assertThat(configs).extracting(TrainingConfig::getCThought).containsOnly(1, 2);
    assertThat(configs).extracting(TrainingConfig::getWeightDecay).containsOnly(0.0, 0.1, 0.2);
    assertThat(configs).extracting(TrainingConfig::getNHead).containsOnly(1, 2, 4);
  }

  @Test
  void aGridsOrderIsItsSeeds() {
    List<TrainingConfig> one = all(new GridGenerator<>(space(), 3, 1));

    assertThat(all(new GridGenerator<>(space(), 3, 1))).isEqualTo(one);
    assertThat(all(new GridGenerator<>(space(), 3, 2))).isNotEqualTo(one);
    GridGenerator<TrainingConfig> reseeded = new GridGenerator<>(space(), 3, 2);
    reseeded.setRngSeed(1);
    assertThat(all(reseeded)).isEqualTo(one);
  }

  @Test
  void aGridOfOnePointOrTooManyIsRefused() {
    assertThatThrownBy(() -> new GridGenerator<>(space(), 1, 1))
        .hasMessageContaining("at least 2 points");
    TrainingConfigSpace large =
        TrainingConfigSpace.builder()
            .base(ConfigFile.parse("base", "{method: cot, train_path: train.json}"))
            .parameter("lr", new ContinuousParameterSpace(0.0, 1.0))
            .parameter("weight_decay", new ContinuousParameterSpace(0.0, 1.0))
            .build();
    assertThatThrownBy(() -> new GridGenerator<>(large, 100_000, 1))
        .hasMessageContaining("at most 1000000 combinations but has 10000000000.");
  }

  private static List<double[]> genetic(long seed, int count) {
    CandidateGenerator generator = GeneticGenerators.of(space(), new AccuracyScore(), seed);
    List<double[]> genes = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Candidate<?> candidate = generator.getCandidate();
      genes.add(candidate.getFlatParameters());
      double score = Arrays.stream(candidate.getFlatParameters()).sum();
      generator.reportResults(
          new OptimizationResult(candidate, score, candidate.getIndex(), null, null, null));
    }
    return genes;
  }

  @Test
  void geneticProposalsAreTheirSeeds() {
    List<double[]> one = genetic(1, 30);

    assertThat(genetic(1, 30)).usingRecursiveComparison().isEqualTo(one);
    assertThat(genetic(2, 30)).usingRecursiveComparison().isNotEqualTo(one);
  }

  @Test
  void geneticProposalsGetBetter() {
    List<double[]> genes = genetic(1, 60);

    assertThat(mean(genes.subList(40, 60))).isGreaterThan(mean(genes.subList(0, 6)));
  }

  private static double mean(List<double[]> genes) {
    return genes.stream().mapToDouble(values -> Arrays.stream(values).sum()).average().orElse(0);
  }

  @Test
  void parentsAreCopies() {
    double[] genes = {0.25, 0.75};
    CopiedParents selection = new CopiedParents(new JDKRandomGenerator());
    selection.initializeInstance(
        List.of(new Chromosome(genes, 1), new Chromosome(new double[] {0.5, 0.5}, 2)));

    double[][] parents = selection.selectParents();
    Arrays.fill(parents[0], 0);
    Arrays.fill(parents[1], 0);

    assertThat(genes).containsExactly(0.25, 0.75);
  }
}
