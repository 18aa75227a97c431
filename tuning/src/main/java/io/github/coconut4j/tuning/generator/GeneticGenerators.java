package io.github.coconut4j.tuning.generator;

import io.github.coconut4j.model.internal.Arguments;
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
 * Arbiter's genetic search with all operators on one seeded random generator; by default the
 * operators use unseeded ones, whatever {@code rngSeed} is.
 */
public final class GeneticGenerators {

  /** Largest population; two thirds of it are random before the first crossover. */
  private static final int POPULATION = 9;

  private GeneticGenerators() {}

  /**
   * Makes a genetic search. On average one gene per candidate mutates, as is usual for few genes.
   *
   * @param space search space
   * @param score tells whether a low or a high score is better
   */
  public static GeneticSearchCandidateGenerator of(
      ParameterSpace<?> space, ScoreFunction score, long seed) {
    Arguments.requireNonNull(space, "space", "Build a space.");
    Arguments.requireNonNull(score, "score", "Take an AccuracyScore.");
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
