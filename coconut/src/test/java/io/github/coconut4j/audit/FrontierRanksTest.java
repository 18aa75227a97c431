package io.github.coconut4j.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.coconut4j.CoconutModel;
import io.github.coconut4j.analyze.AnalysisObserver;
import io.github.coconut4j.analyze.AnalysisOptions;
import io.github.coconut4j.analyze.Analyzer;
import io.github.coconut4j.analyze.TinyModels;
import io.github.coconut4j.analyze.path.PathVerifier;
import io.github.coconut4j.analyze.thought.Lengths;
import io.github.coconut4j.analyze.thought.ThoughtRunner;
import io.github.coconut4j.analyze.tree.SearchTree;
import io.github.coconut4j.data.ReasoningProblem;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FrontierRanksTest {

  private static final int STEPS = 2;

  /** The frontier of k steps is ranked by the values of level k of the analysis's tree. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void areOfTheAnalysissSearchTrees(int thoughtsPerStep) {
    List<ReasoningProblem> problems = TinyModels.problems(12, 3);
    double[] ranks = new double[problems.size()];
    int thoughts = STEPS * thoughtsPerStep;
    try (CoconutModel model = TinyModels.withThoughtsPerStep(thoughtsPerStep)) {
      // With larger weights the order of values depends on the number of thoughts.
      model.getTransformer().getWeights().asMap().values().forEach(weight -> weight.muli(2));
      FrontierRanks ranking =
          new FrontierRanks(
              model,
              problems,
              PathVerifier.all("x", problems, model.getConfig().thoughtSettings().getAnswers()));

      new ThoughtRunner(model, new Lengths(thoughts, 10, ""), 5)
          .forEachBatch(problems, batch -> ranking.rank(batch, thoughts, ranks));

      List<SearchTree> trees =
          new Analyzer(model, AnalysisOptions.builder().maxNewTokens(1).causalProblems(2).build())
              .analyze("x", problems, AnalysisObserver.NONE)
              .getTrees();
      double[] expected =
          problems.stream()
              .mapToDouble(each -> rank(each, trees.get(problems.indexOf(each))))
              .toArray();
      assertThat(ranks).hasSameSizeAs(expected).containsExactly(expected, within(1e-9));
      assertThat(Arrays.stream(ranks).filter(rank -> !Double.isNaN(rank))).isNotEmpty();
    }
  }

  /** The mean over the levels before the last step, as many as the model has thoughts for. */
  private static double rank(ReasoningProblem problem, SearchTree tree) {
    return tree.getLevels().stream()
        .limit(Math.min(STEPS, problem.getSteps().size() - 1))
        .map(FrontierRanks::rank)
        .flatMapToDouble(OptionalDouble::stream)
        .average()
        .orElse(Double.NaN);
  }
}
