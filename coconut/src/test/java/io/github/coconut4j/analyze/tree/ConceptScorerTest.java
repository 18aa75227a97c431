package io.github.coconut4j.analyze.tree;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.coconut4j.CoconutModel;
import io.github.coconut4j.analyze.TinyModels;
import io.github.coconut4j.analyze.path.FactGraph;
import io.github.coconut4j.analyze.thought.LatentIntervention;
import io.github.coconut4j.analyze.thought.Lengths;
import io.github.coconut4j.analyze.thought.ThoughtRunner;
import io.github.coconut4j.data.ReasoningProblem;
import io.github.coconut4j.data.batch.SequenceBatcher;
import io.github.coconut4j.data.batch.TokenSequence;
import io.github.coconut4j.method.Method;
import io.github.coconut4j.model.latent.LatentBatch;
import io.github.coconut4j.model.latent.LatentLoops;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** Values against ones computed prompt by prompt and token by token, without any cache. */
class ConceptScorerTest {

  private static final int THOUGHTS = 2;

  private static Map<Integer, Map<String, Double>> scored(
      CoconutModel model, List<ReasoningProblem> problems) {
    List<List<String>> concepts =
        problems.stream().map(problem -> FactGraph.of(problem).concepts()).toList();
    ConceptScorer scorer = new ConceptScorer(model.getTokenizer(), concepts.get(0).get(0));
    Map<Integer, Map<String, Double>> values = new TreeMap<>();
    new ThoughtRunner(model, new Lengths(THOUGHTS, 1, ""), problems.size())
        .forEachBatch(
            problems,
            batch -> {
              batch.think(THOUGHTS, LatentIntervention.NONE);
              int[] rows = batch.getProblems();
              List<List<String>> own = Arrays.stream(rows).mapToObj(concepts::get).toList();
              List<Map<String, Double>> found = scorer.score(batch, own);
              for (int i = 0; i < rows.length; i++) {
                values.put(rows[i], found.get(i));
              }
              assertThat(scorer.score(batch, own)).isEqualTo(found);
            });
    return values;
  }

  /** Probabilities of the next token after a question, its thoughts and some tokens. */
  private static double[] next(CoconutModel model, String question, int... tokens) {
    TokenSequence prompt =
        model.sequences().prompt(model.getTokenizer().encode(question + "\n"), THOUGHTS);
    int start = prompt.length();
    int[] ids = Arrays.copyOf(prompt.getTokens(), start + tokens.length);
    System.arraycopy(tokens, 0, ids, start, tokens.length);
    boolean[] latents = Arrays.copyOf(prompt.getLatents(), ids.length);
    LatentBatch batch =
        LatentBatch.of(new SequenceBatcher(0).batch(List.of(TokenSequence.prompt(ids, latents))));
    INDArray logits = model.getTransformer().logits(batch);
    double[] scores =
        logits
            .get(NDArrayIndex.point(0), NDArrayIndex.point(ids.length - 1), NDArrayIndex.all())
            .toDoubleVector();
    double sum = Arrays.stream(scores).map(Math::exp).sum();
    return Arrays.stream(scores).map(score -> Math.exp(score) / sum).toArray();
  }

  @Test
  void multiTokenConceptsAreProductsOfTheirTokens() {
    List<ReasoningProblem> problems = TinyModels.problems(2, 6);
    try (CoconutModel model = TinyModels.bytePairs(LatentLoops.AUTO)) {
      assertThat(scored(model, problems))
          .hasSize(2)
          .allSatisfy(
              (problem, values) ->
                  assertThat(values)
                      .isNotEmpty()
                      .allSatisfy(
                          (concept, value) ->
                              assertThat(value)
                                  .isFinite()
                                  .isCloseTo(
                                      naive(model, problems.get(problem).getQuestion(), concept),
                                      within(1e-4 * value + 1e-12))));
    }
  }

  private static double naive(CoconutModel model, String question, String concept) {
    int[] tokens = model.getTokenizer().encode("Every " + concept);
    assertThat(tokens.length).isGreaterThan(2);
    double product = 1;
    for (int length = 1; length < tokens.length; length++) {
      product *= next(model, question, Arrays.copyOf(tokens, length))[tokens[length]];
    }
    return product;
  }

  @Test
  void conceptsWithinATokenShareWhatBeginsWithEvery() {
    List<ReasoningProblem> problems = TinyModels.problems(2, 6);
    try (CoconutModel model = TinyModels.phrases(Method.COCONUT, LatentLoops.AUTO)) {
      assertThat(scored(model, problems))
          .hasSize(2)
          .allSatisfy(
              (problem, values) -> {
                assertThat(values).isNotEmpty();
                double[] probabilities = next(model, problems.get(problem).getQuestion());
                double every = 0;
                for (int id = 0; id < probabilities.length; id++) {
                  every +=
                      model.getTokenizer().token(id).startsWith("Every") ? probabilities[id] : 0;
                }
                for (Map.Entry<String, Double> value : values.entrySet()) {
                  int id = model.getTokenizer().id("Every " + value.getKey());
                  assertThat(value.getValue())
                      .isFinite()
                      .isCloseTo(probabilities[id] / every, within(1e-5));
                }
              });
    }
  }
}
