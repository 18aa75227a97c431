package io.github.coconut4j.train;

import io.github.coconut4j.config.ConfigException;
import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.data.tokenizer.HuggingFaceTextTokenizer;
import io.github.coconut4j.data.tokenizer.TextTokenizer;
import io.github.coconut4j.model.Weights;
import io.github.coconut4j.problems.ProblemSplits;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import lombok.RequiredArgsConstructor;
import lombok.extern.slf4j.Slf4j;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * Adds the words of a run's problems to the vocabulary of a model with a tokenizer of whole words.
 * The new rows of its tables are drawn like the known ones: in each dimension from a normal
 * distribution with their mean and standard deviation. Until they are trained, the model may answer
 * with any of the new words.
 */
@Slf4j
@RequiredArgsConstructor
final class NewWords {

  /** All words of the problems, known or not, in the order of a new model's tokenizer. */
  private final List<String> words;

  private final long seed;

  static NewWords of(ProblemSplits problems, TrainingConfig config) {
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
  ExtendedModel addTo(ExtendedModel start, Path directory) {
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
    Random random = new Random(seed);
    INDArray tokens = extended(weights.tokenTable(), more, fresh, random);
    INDArray outputs =
        weights.hasTiedTables() ? tokens : extended(weights.outputTable(), more, fresh, random);
    Weights extended = weights.withTables(tokens, outputs);
    known.close();
    ExtendedModel.closeReplaced(weights, extended);
    return start.withWords(more, extended);
  }

  /** The table with new rows at the fresh words' ids, some of which may be spare rows so far. */
  private static INDArray extended(
      INDArray known, TextTokenizer tokenizer, List<String> fresh, Random random) {
    long rows = Math.max(known.size(0), tokenizer.vocabularySize());
    INDArray table = Nd4j.create(known.dataType(), rows, known.size(1));
    table.get(NDArrayIndex.interval(0, known.size(0)), NDArrayIndex.all()).assign(known);
    try (INDArray exact = known.castTo(DataType.DOUBLE)) {
      double[] mean = exact.mean(0).toDoubleVector();
      double[] deviation = exact.std(false, 0).toDoubleVector();
      for (String word : fresh) {
        double[] row =
            IntStream.range(0, mean.length)
                .mapToDouble(i -> mean[i] + deviation[i] * random.nextGaussian())
                .toArray();
        table.getRow(tokenizer.id(word)).assign(Nd4j.createFromArray(row));
      }
    }
    return table;
  }
}
