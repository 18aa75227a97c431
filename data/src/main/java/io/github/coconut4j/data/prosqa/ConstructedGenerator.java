package io.github.coconut4j.data.prosqa;

import io.github.coconut4j.data.ReasoningProblem;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/**
 * Generates ProsQA problems of any depth. Graphs are constructed for the depth instead of sampled
 * until one fits.
 *
 * <p>A graph has two sides, equal in depth and in their degrees layer by layer, and an option on
 * each. The side in question, the order of options and facts, and the names are sampled after
 * construction, so that neither depth, degrees, positions nor names tell which option is correct:
 * only a path from the question's person does.
 */
public final class ConstructedGenerator extends ProblemGenerator {

  /** Enough to find one graph among hundreds, within seconds. */
  private static final int EXCLUDED_IN_A_ROW = 5_000;

  private final ConstructedOptions options;
  private final RandomGenerator random;

  /** Creates a generator that starts from the options' seed. */
  public ConstructedGenerator(ConstructedOptions options) {
    super(EXCLUDED_IN_A_ROW);
    this.options = options;
    this.random = new SplittableRandom(options.getSeed());
  }

  @Override
  public ReasoningProblem next() {
    int steps =
        options.getMinSteps() + random.nextInt(options.getMaxSteps() - options.getMinSteps() + 1);
    int people = options.getNames().getPeople().size();
    return options
        .getKind()
        .draw(options.getNodes(), steps, people, random)
        .question(random.nextBoolean())
        .reordered(random)
        .problem(options.getNames(), random)
        .orElseThrow(() -> new IllegalStateException("There must be enough names for " + options));
  }
}
