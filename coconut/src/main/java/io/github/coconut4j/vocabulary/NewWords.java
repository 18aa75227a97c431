package io.github.coconut4j.vocabulary;

import io.github.coconut4j.config.ConfigException;
import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.data.tokenizer.HuggingFaceTextTokenizer;
import io.github.coconut4j.data.tokenizer.TextTokenizer;
import io.github.coconut4j.model.Weights;
import io.github.coconut4j.problems.ProblemSplits;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import lombok.AccessLevel;
import lombok.RequiredArgsConstructor;
import lombok.extern.slf4j.Slf4j;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * Adds the words of a run's problems to the vocabulary of a model with a tokenizer of whole words.
 *
 * <p>The tokens of one name, such as {@code Every gorpus} and <code> is a gorpus.</code>, are its
 * forms. The row of a new name's form is the mean of that form's known rows, plus a random
 * combination of their deviations from it. Its coefficients, one for each known name, are the same
 * for all forms of the new name. Attention compares forms of a name by products of their rows,
 * which are linear in both, so it relates those of the new name as it does those of known ones.
 */
@Slf4j
@RequiredArgsConstructor(access = AccessLevel.PRIVATE)
public final class NewWords {

  /** The last letters of a word, which are the name; the rest is the form. */
  private static final Pattern NAME = Pattern.compile("[A-Za-z]+(?=[^A-Za-z]*$)");

  /** All words of the problems, known or not, in the order of a new model's tokenizer. */
  private final List<String> words;

  private final long seed;

  /** The words of a run's problems. */
  public static NewWords of(ProblemSplits problems, TrainingConfig config) {
    try (TextTokenizer own = ScratchTokenizer.of(problems, config.thoughtSettings().getAnswers())) {
      List<String> words = IntStream.range(0, own.vocabularySize()).mapToObj(own::token).toList();
      return new NewWords(words, config.getSeed());
    }
  }

  /**
   * Returns the model with the words that it lacks. Known words keep their ids and rows.
   *
   * @param directory the model's, for the message
   * @throws ConfigException if its tokenizer does not consist of whole words
   */
  public ExtendedModel addTo(ExtendedModel start, Path directory) {
    HuggingFaceTextTokenizer known = start.getTokenizer();
    if (!known.hasWholeWords()) {
      throw ConfigException.of(
          "extend_vocabulary",
          "a tokenizer of whole words (WordLevel)",
          "true with the tokenizer of " + directory + ", which splits new words into known pieces",
          "Remove it.");
    }
    List<String> fresh = words.stream().filter(word -> known.findId(word).isEmpty()).toList();
    log.info(
        "Vocabulary: {} words known, {} added from the problems.",
        known.vocabularySize(),
        fresh.size());
    if (fresh.isEmpty()) {
      return start;
    }
    HuggingFaceTextTokenizer more = known.withWords(fresh);
    Weights weights = start.getWeights();
    Map<String, Integer> before = known.vocabulary();
    Map<String, Integer> after = more.vocabulary();
    INDArray tokens = extended(weights.tokenTable(), before, after, fresh);
    INDArray outputs =
        weights.hasTiedTables() ? tokens : extended(weights.outputTable(), before, after, fresh);
    Weights extended = weights.withTables(tokens, outputs);
    known.close();
    ExtendedModel.closeReplaced(weights, extended);
    return start.withWords(more, extended);
  }

  /** The table with new rows at the fresh words' ids, some of which may be spare rows so far. */
  private INDArray extended(
      INDArray table, Map<String, Integer> known, Map<String, Integer> all, List<String> fresh) {
    long rows = Math.max(table.size(0), 1 + Collections.max(all.values()));
    INDArray extended = Nd4j.create(table.dataType(), rows, table.size(1));
    extended.get(NDArrayIndex.interval(0, table.size(0)), NDArrayIndex.all()).assign(table);
    Map<String, Map<String, Integer>> knownNames = byName(known.keySet(), known);
    Random random = new Random(seed); // for each table the same
    for (Map<String, Integer> forms : byName(fresh, all).values()) {
      List<Map<String, Integer>> alike =
          knownNames.values().stream()
              .filter(name -> name.keySet().containsAll(forms.keySet()))
              .toList();
      boolean hasAlike = alike.size() > 1;
      INDArray coefficients =
          coefficients(hasAlike ? alike.size() : known.size(), random.nextLong());
      forms.forEach(
          (form, id) -> {
            Stream<Integer> ids =
                hasAlike ? alike.stream().map(name -> name.get(form)) : known.values().stream();
            int[] combined = ids.mapToInt(row -> row).toArray();
            extended.getRow(id).assign(combination(table, combined, coefficients));
          });
    }
    return extended;
  }

  /** The forms of each name with their ids, in the order of the words. */
  private static Map<String, Map<String, Integer>> byName(
      Collection<String> words, Map<String, Integer> ids) {
    Map<String, Map<String, Integer>> names = new LinkedHashMap<>();
    for (String word : words) {
      Matcher name = NAME.matcher(word);
      String key = name.find() ? name.group() : word;
      String form = name.reset().replaceFirst("_");
      names.computeIfAbsent(key, unused -> new LinkedHashMap<>()).put(form, ids.get(word));
    }
    return names;
  }

  /** Random numbers [1, count] whose squares have a mean of 1 / count. */
  private static INDArray coefficients(int count, long seed) {
    Random random = new Random(seed);
    double[] drawn =
        IntStream.range(0, count)
            .mapToDouble(i -> random.nextGaussian() / Math.sqrt(count))
            .toArray();
    return Nd4j.createFromArray(new double[][] {drawn});
  }

  /** The mean of rows and a combination of their deviations from it. */
  private static INDArray combination(INDArray table, int[] rows, INDArray coefficients) {
    INDArray known = Nd4j.pullRows(table, 1, rows).castTo(DataType.DOUBLE);
    INDArray mean = known.mean(0);
    return coefficients.mmul(known.subRowVector(mean)).addRowVector(mean);
  }
}
