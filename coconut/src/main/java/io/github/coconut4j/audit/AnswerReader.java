package io.github.coconut4j.audit;

import io.github.coconut4j.CoconutModel;
import io.github.coconut4j.analyze.thought.ThoughtBatch;
import io.github.coconut4j.analyze.tree.AnswerScorer;
import io.github.coconut4j.data.ReasoningProblem;
import io.github.coconut4j.data.prosqa.ProsQaFact;
import io.github.coconut4j.data.prosqa.ProsQaQuestion;
import io.github.coconut4j.method.AnswerFormat;
import io.github.coconut4j.model.latent.DecoderMark;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** Generates a model's answers and measures its confidence in them. */
final class AnswerReader {

  private final CoconutModel model;
  private final AnswerScorer scorer;

  /** Both answers that each problem's question allows. */
  private final List<List<String>> options;

  AnswerReader(CoconutModel model, List<ReasoningProblem> problems) {
    this.model = model;
    AnswerFormat answers = model.getConfig().thoughtSettings().getAnswers();
    scorer = new AnswerScorer(model.getTokenizer(), answers);
    options = problems.stream().map(problem -> options(problem, answers)).toList();
  }

  private static List<String> options(ReasoningProblem problem, AnswerFormat answers) {
    ProsQaQuestion question = ProsQaQuestion.parse(problem.getQuestion());
    return Stream.of(question.getFirstOption(), question.getSecondOption())
        .map(option -> new ProsQaFact(question.getRoot(), true, option).sentence())
        .map(answers::written)
        .toList();
  }

  /**
   * Generates at the batch's current place.
   *
   * @param confidence receives the confidence of each problem of the batch
   * @return the text generated after each [R]
   */
  List<String> read(ThoughtBatch batch, double[] confidence) {
    DecoderMark end = batch.getDecoder().mark();
    List<int[]> written = batch.writeTokens();
    batch.getDecoder().rewind(end);
    int[] problems = batch.getProblems();
    double[] shares =
        scorer.confidence(batch, written, Arrays.stream(problems).mapToObj(options::get).toList());
    for (int row = 0; row < shares.length; row++) {
      confidence[problems[row]] = shares[row];
    }
    return written.stream().map(model.getTokenizer()::decode).toList();
  }
}
