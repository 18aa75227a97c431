package io.github.coconut4j.tuning.generator;

import org.apache.commons.math3.random.JDKRandomGenerator;
import org.apache.commons.math3.random.RandomGenerator;
import org.deeplearning4j.arbiter.optimize.api.ParameterSpace;
import org.deeplearning4j.arbiter.optimize.api.score.ScoreFunction;
import org.deeplearning4j.arbiter.optimize.generator.GeneticSearchCandidateGenerator;
import org.deeplearning4j.arbiter.optimize.generator.genetic.crossover.SinglePointCrossover;
import org.deeplearning4j.arbiter.optimize.generator.genetic.mutation.RandomMutationOperator;
import org.deeplearning4j.arbiter.optimize.generator.genetic.population.PopulationModel;
import org.deeplearning4j.arbiter.optimize.generator.genetic.selection.GeneticSelectionOperator;

/**
 * Arbiter's genetic search with every operator on one seeded generator; left to themselves the
 * operators draw from unseeded ones, whatever {@code rngSeed} says.
 */
public final class GeneticGenerators {

  /** Candidates bred from at most; two thirds of them are random before the first is bred. */
  private static final int POPULATION = 9;

  private GeneticGenerators() {}

  /**
   * A genetic search. The chance of a mutation is one gene a candidate, as usual for so few.
   *
   * @param space searched
   * @param score tells whether low or high is good
   */
  public static GeneticSearchCandidateGenerator of(
      ParameterSpace<?> space, ScoreFunction score, long seed) {
    RandomGenerator random = new JDKRandomGenerator();
    random.setSeed(seed);
    SinglePointCrossover crossover =
        new SinglePointCrossover.Builder()
            .randomGenerator(random)
            .parentSelection(new CopiedParents(random))
            .build();
    RandomMutationOperator mutation =
        new RandomMutationOperator.Builder()
            .randomGenerator(random)
            .mutationRate(1.0 / Math.max(1, space.numParameters()))
            .build();
    return new GeneticSearchCandidateGenerator.Builder(space, score)
        .populationModel(new PopulationModel.Builder().populationSize(POPULATION).build())
        .selectionOperator(
            new GeneticSelectionOperator.Builder()
                .randomGenerator(random)
                .crossoverOperator(crossover)
                .mutationOperator(mutation)
                .build())
        .build();
  }
}
