package io.github.coconut4j.evaluate;

import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.IntStream;
import lombok.Builder;
import lombok.Value;
import lombok.extern.jackson.Jacksonized;

/**
 * Counts of the option named by each answer against the correct option, as in ND4J's {@link
 * org.nd4j.evaluation.classification.Evaluation} : first, second or neither for ProsQA; True, False
 * or neither for ProntoQA.
 */
@Value
@Builder
@Jacksonized
public class Confusion {

  /** Names of the options, and last {@code neither}, which is never correct. */
  List<String> labels;

  /** Number of answers [correct option, named option], both in the order of the labels. */
  List<List<Integer>> counts;

  /**
   * Mean F1 of the options, 0 to 1, over those that are correct in at least one problem. The F1 of
   * an option that no answer named is 0; ND4J's own mean leaves it out.
   */
  double f1;

  /** Counts the options that answers named; empty unless all problems have options of one kind. */
  static Optional<Confusion> of(List<ScoredGeneration> answers) {
    List<Options> options =
        answers.stream().map(scored -> Options.of(scored.getProblem())).toList();
    Options first = options.get(0);
    if (first == null || !options.stream().allMatch(first::hasLabelsOf)) {
      return Optional.empty();
    }
    List<String> labels = first.getLabels();
    org.nd4j.evaluation.classification.Evaluation counted = evaluation(labels);
    for (int i = 0; i < answers.size(); i++) {
      counted.eval(
          options.get(i).named(answers.get(i).getGeneration().getAnswer()),
          options.get(i).getRight());
    }
    return Optional.of(of(labels, counted));
  }

  private static Confusion of(
      List<String> labels, org.nd4j.evaluation.classification.Evaluation counted) {
    List<List<Integer>> counts =
        indices(labels)
            .mapToObj(
                right ->
                    indices(labels)
                        .mapToObj(named -> counted.getConfusion().getCount(right, named))
                        .toList())
            .toList();
    double f1 =
        indices(labels)
            .filter(label -> counts.get(label).stream().anyMatch(count -> count > 0))
            .mapToDouble(counted::f1)
            .average()
            .orElseThrow();
    return new Confusion(labels, counts, f1);
  }

  /** The same counts as ND4J's evaluation, for its other measures and {@code stats()}. */
  public org.nd4j.evaluation.classification.Evaluation toNd4j() {
    org.nd4j.evaluation.classification.Evaluation evaluation = evaluation(labels);
    indices(labels)
        .forEach(
            right ->
                indices(labels)
                    .forEach(
                        named ->
                            IntStream.range(0, counts.get(right).get(named))
                                .forEach(i -> evaluation.eval(named, right))));
    return evaluation;
  }

  /** Whether there is a count of at least 0 for every pair of labels; files may lack some. */
  public boolean hasAllCounts() {
    return labels != null
        && counts != null
        && labels.stream().allMatch(Objects::nonNull)
        && counts.size() == labels.size()
        && counts.stream().allMatch(row -> row != null && row.size() == labels.size())
        && counts.stream().flatMap(Collection::stream).allMatch(one -> one != null && one >= 0)
        && f1 >= 0
        && f1 <= 1;
  }

  private static org.nd4j.evaluation.classification.Evaluation evaluation(List<String> labels) {
    return new org.nd4j.evaluation.classification.Evaluation(labels);
  }

  private static IntStream indices(List<String> labels) {
    return IntStream.range(0, labels.size());
  }
}
