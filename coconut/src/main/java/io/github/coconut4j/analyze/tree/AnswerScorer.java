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
 * The confidence of a model in its answer: the share of the most likely of several answers in the
 * total probability of all, after the text that the model itself generated before its answer.
 */
@RequiredArgsConstructor
public final class AnswerScorer {

  private final TextTokenizer tokenizer;

  /** How the model marks its answers. */
  private final AnswerFormat format;

  /**
   * Scores answers at the batch's current place, the end of its thoughts, and leaves it there.
   *
   * @param written tokens that the model generates from there, ids of each row [R][]
   * @param answers texts of each row's answers with their prefix, at least one [R][]
   * @return the share of each row's most likely answer, above 0 and at most 1; NaN if no answer was
   *     written, or an answer would not fit into the batch's room
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

  /** Each answer after its chain; empty if it cannot be scored. */
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

  /** Number of tokens before the first answer mark; -1 if there is none. */
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
