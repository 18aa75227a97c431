package io.github.coconut4j.analyze.tree;

import io.github.coconut4j.analyze.thought.ThoughtBatch;
import io.github.coconut4j.data.tokenizer.TextTokenizer;
import io.github.coconut4j.model.latent.Decoder;
import io.github.coconut4j.model.latent.DecoderMark;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The values of concepts: after the thoughts and {@code <|end-latent|>}, with {@code Every} forced,
 * the value of a concept is the product of its tokens' probabilities (arXiv 2412.06769, section
 * 5.2).
 *
 * <p>Every row of a batch scores one concept of its problem at a time and is rewound for the next
 * one: question and thoughts are read only once.
 */
public final class ConceptScorer {

  private final StepPrefix prefix;

  /**
   * Makes a scorer for a tokenizer.
   *
   * @param concept any concept of its vocabulary
   */
  public ConceptScorer(TextTokenizer tokenizer, String concept) {
    prefix = StepPrefix.of(tokenizer, concept);
  }

  /**
   * Scores concepts at the batch's current place, and leaves it there.
   *
   * @param concepts names of each row's concepts [R][]
   * @return each row's values, from 0 to 1, in the order of its concepts
   */
  public List<Map<String, Double>> score(ThoughtBatch batch, List<List<String>> concepts) {
    Decoder decoder = batch.getDecoder();
    DecoderMark thought = decoder.mark();
    for (int token : prefix.forced()) {
      int[] tokens = new int[batch.sequences()];
      Arrays.fill(tokens, token);
      decoder.advance(tokens);
    }
    List<List<ScoredConcept>> rows = concepts.stream().map(this::scoredConcepts).toList();
    scoreFirstTokens(decoder.logitRows(), rows);
    scoreFurtherTokens(decoder, rows);
    decoder.rewind(thought);
    return rows.stream().map(ConceptScorer::values).toList();
  }

  private List<ScoredConcept> scoredConcepts(List<String> names) {
    return names.stream().map(name -> new ScoredConcept(name, prefix.concept(name))).toList();
  }

  private void scoreFirstTokens(float[][] logits, List<List<ScoredConcept>> rows) {
    int[] followers = prefix.followers();
    for (int row = 0; row < logits.length; row++) {
      for (ScoredConcept concept : rows.get(row)) {
        concept.add(LogProbabilities.of(logits[row], concept.token(0), followers));
      }
    }
  }

  /**
   * Scores the remaining tokens: concepts of one token are done; the others follow one at a time in
   * each row.
   */
  static void scoreFurtherTokens(Decoder decoder, List<List<ScoredConcept>> rows) {
    List<List<ScoredConcept>> longer =
        rows.stream()
            .map(row -> row.stream().filter(concept -> concept.length() > 1).toList())
            .toList();
    int turns = longer.stream().mapToInt(List::size).max().orElse(0);
    for (int turn = 0; turn < turns; turn++) {
      List<ScoredConcept> together = new ArrayList<>();
      for (List<ScoredConcept> row : longer) {
        together.add(turn < row.size() ? row.get(turn) : null);
      }
      scoreTogether(decoder, together);
    }
  }

  /**
   * Scores one concept in each row.
   *
   * @param concepts one per row, null if a row has none left
   */
  private static void scoreTogether(Decoder decoder, List<ScoredConcept> concepts) {
    DecoderMark mark = decoder.mark();
    int longest =
        concepts.stream()
            .mapToInt(concept -> concept == null ? 0 : concept.length())
            .max()
            .getAsInt();
    for (int next = 1; next < longest; next++) {
      int last = next - 1;
      decoder.advance(
          concepts.stream()
              .mapToInt(concept -> concept == null ? 0 : concept.token(last))
              .toArray());
      float[][] logits = decoder.logitRows();
      for (int row = 0; row < logits.length; row++) {
        ScoredConcept concept = concepts.get(row);
        if (concept != null && next < concept.length()) {
          concept.add(LogProbabilities.of(logits[row], concept.token(next)));
        }
      }
    }
    decoder.rewind(mark);
  }

  private static Map<String, Double> values(List<ScoredConcept> row) {
    Map<String, Double> values = new LinkedHashMap<>();
    row.forEach(concept -> values.put(concept.name(), concept.value()));
    return values;
  }
}
