package io.github.coconut4j.analyze.tree;

import io.github.coconut4j.analyze.thought.ThoughtBatch;
import io.github.coconut4j.data.tokenizer.TextTokenizer;
import io.github.coconut4j.method.AnswerFormat;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import lombok.RequiredArgsConstructor;

/**
 * How sure a model is of its answer: the share of the likelier of several answers in the
 * probability of all of them, after what the model itself wrote before its answer.
 */
@RequiredArgsConstructor
public final class AnswerScorer {

  private final TextTokenizer tokenizer;

  /** How the model marks its answers. */
  private final AnswerFormat format;

  /**
   * Scores answers where the batch stands, at the end of its thoughts, which is where it is left.
   *
   * @param written what the model writes from there, token ids of each row [R][]
   * @param answers texts of each row's answers with their prefix, at least one [R][]
   * @return the share of each row's likeliest, above 0 and at most 1; NaN where no answer was
   *     written, or an answer would not fit the batch's room
   */
  public double[] confidence(ThoughtBatch batch, List<int[]> written, List<List<String>> answers) {
    List<List<ScoredConcept>> rows = new ArrayList<>();
    for (int row = 0; row < written.size(); row++) {
      rows.add(scored(written.get(row), answers.get(row), batch.room()));
    }
    float[][] logits = batch.getDecoder().logitRows();
    for (int row = 0; row < logits.length; row++) {
      for (ScoredConcept answer : rows.get(row)) {
        answer.add(LogProbabilities.of(logits[row], answer.token(0)));
      }
    }
    ConceptScorer.scoreFurtherTokens(batch.getDecoder(), rows);
    return rows.stream().mapToDouble(AnswerScorer::share).toArray();
  }

  /** Each answer after the chain before it; none where it cannot be scored. */
  private List<ScoredConcept> scored(int[] written, List<String> answers, int room) {
    int chain = chainLength(written);
    if (chain < 0) {
      return List.of();
    }
    List<ScoredConcept> scored =
        answers.stream()
            .map(
                answer ->
                    new ScoredConcept(
                        answer,
                        IntStream.concat(
                                Arrays.stream(written, 0, chain),
                                IntStream.of(tokenizer.encode(answer)))
                            .toArray()))
            .toList();
    boolean fits = scored.stream().allMatch(answer -> answer.length() <= room);
    return fits ? scored : List.of();
  }

  /** Tokens before the first mark of an answer, -1 where there is none. */
  private int chainLength(int[] written) {
    String text = tokenizer.decode(written);
    if (format.answer(text) == null) {
      return -1;
    }
    String chain = format.chain(text);
    return IntStream.rangeClosed(0, written.length)
        .filter(n -> tokenizer.decode(Arrays.copyOf(written, n)).strip().equals(chain))
        .max()
        .orElse(-1);
  }

  private static double share(List<ScoredConcept> answers) {
    double most = answers.stream().mapToDouble(ScoredConcept::logProbability).max().orElse(0);
    double sum = answers.stream().mapToDouble(each -> Math.exp(each.logProbability() - most)).sum();
    return answers.isEmpty() ? Double.NaN : 1 / sum;
  }
}
