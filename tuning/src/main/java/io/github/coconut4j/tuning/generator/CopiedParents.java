package io.github.coconut4j.tuning.generator;

import java.util.Arrays;
import lombok.RequiredArgsConstructor;
import org.apache.commons.math3.random.RandomGenerator;
import org.deeplearning4j.arbiter.optimize.generator.genetic.crossover.parentselection.TwoParentSelection;

/**
 * Two different members of the population, as copies: without crossover, Arbiter passes the first
 * parent's genes to the mutation, which changes them in place.
 */
@RequiredArgsConstructor
final class CopiedParents extends TwoParentSelection {

  private final RandomGenerator random;

  @Override
  public double[][] selectParents() {
    int first = random.nextInt(population.size());
    int second = (first + 1 + random.nextInt(population.size() - 1)) % population.size();
    return new double[][] {genes(first), genes(second)};
  }

  private double[] genes(int member) {
    double[] genes = population.get(member).getGenes();
    return Arrays.copyOf(genes, genes.length);
  }
}
