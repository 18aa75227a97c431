package io.github.coconut4j.convert;

import io.github.coconut4j.CoconutConfig;
import io.github.coconut4j.CoconutModel;
import io.github.coconut4j.data.tokenizer.TextTokenizer;
import io.github.coconut4j.generate.Halt;
import io.github.coconut4j.method.SpecialTokenIds;
import io.github.coconut4j.model.ModelFormatException;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.Weights;
import io.github.coconut4j.model.internal.Arguments;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import lombok.AccessLevel;
import lombok.NoArgsConstructor;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The mean of the weights of several models, a <em>model soup</em> (Wortsman et al. 2022, arXiv
 * 2203.05482, uniform). Models that continue from the same one, with other problems, settings or
 * seeds, often have a mean that is better than each of them and costs no more to run. The mean of
 * models that were trained from scratch with different seeds is useless, since their hidden states
 * have nothing in common.
 */
@NoArgsConstructor(access = AccessLevel.PRIVATE)
public final class WeightAverage {

  private static final String REMEDY = "Average models that continue from the same one.";

  /**
   * Averages models. Settings and tokenizer are those of the first one. A stop signal is fitted to
   * one model's hidden states, so the average has none, and uses all thoughts where the first one
   * ended them by its signal.
   *
   * @param directories at least two model directories; one that is named twice counts twice
   * @return the average, which the caller saves and closes
   * @throws ModelFormatException if one is not a model directory, has an adapter, or differs from
   *     the first in its architecture, tokens or method
   * @throws IllegalArgumentException if there are fewer than two
   * @throws IOException if a file cannot be read
   */
  public static CoconutModel of(List<Path> directories) throws IOException {
    requireSeveral(directories);
    CoconutModel average = CoconutModel.open(directories.get(0));
    try {
      requireWhole(average, directories.get(0));
      Weights sum = average.getTransformer().getWeights();
      for (Path directory : directories.subList(1, directories.size())) {
        add(average, directory, sum);
      }
      sum.asMap().values().forEach(array -> array.divi(directories.size()));
      return withoutHaltHead(average);
    } catch (IOException | RuntimeException | Error e) {
      close(average);
      throw e;
    }
  }

  private static void requireSeveral(List<Path> directories) {
    Arguments.requireNonNull(directories, "directories", "Name the models' directories.");
    Arguments.requireElements(directories, "directories");
    if (directories.size() < 2) {
      throw new IllegalArgumentException(
          "An average needs at least two models but has " + directories.size() + ". Name more.");
    }
  }

  private static void add(CoconutModel first, Path directory, Weights sum) throws IOException {
    CoconutModel other = CoconutModel.open(directory);
    try {
      requireWhole(other, directory);
      requireAlike(first, other, directory);
      Weights weights = other.getTransformer().getWeights();
      sum.asMap().forEach((name, array) -> array.addi(weights.get(name)));
    } finally {
      close(other);
    }
  }

  /** A closed model leaves its weights to its owner. */
  private static void close(CoconutModel model) {
    model.close();
    model.getTransformer().getWeights().asMap().values().forEach(INDArray::close);
  }

  /** The mean of two adapters is not the adapter of the mean: B and A are multiplied. */
  private static void requireWhole(CoconutModel model, Path directory) {
    if (model.getAdapted() != null) {
      throw new ModelFormatException(
          "The model " + directory,
          "must have all its weights to be averaged",
          "an adapter",
          "Merge it into its base first: convert --merge.");
    }
  }

  private static void requireAlike(CoconutModel first, CoconutModel other, Path directory) {
    String subject = "The model " + directory;
    if (!computation(first.getTransformer().getConfig())
        .equals(computation(other.getTransformer().getConfig()))) {
      throw new ModelFormatException(
          subject,
          "must have the first model's architecture",
          "other sizes or functions in its config.json",
          REMEDY);
    }
    if (!haveSameTokens(first.getTokenizer(), other.getTokenizer())) {
      throw new ModelFormatException(
          subject, "must have the first model's tokens", "others", REMEDY);
    }
    requireSameThoughts(subject, first.getConfig(), other.getConfig());
  }

  /**
   * What weights are used for, without keys of training and tokens, and with all sizes spelt out.
   */
  private static TransformerConfig computation(TransformerConfig config) {
    return config.toBuilder()
        .attnPdrop(0)
        .embdPdrop(0)
        .residPdrop(0)
        .initializerRange(0)
        .latentBackprop(null)
        .nInner(config.innerSize())
        .headDim(config.headSize())
        .nKvHead(config.keyValueHeads())
        .reorderAndUpcastAttn(false)
        .bosTokenId(null)
        .eosTokenIds(List.of())
        .padTokenId(null)
        .build();
  }

  private static boolean haveSameTokens(TextTokenizer first, TextTokenizer other) {
    int size = first.vocabularySize();
    return size == other.vocabularySize()
        && IntStream.range(0, size).allMatch(id -> first.display(id).equals(other.display(id)));
  }

  private static void requireSameThoughts(
      String subject, CoconutConfig first, CoconutConfig other) {
    if (first.getMethod() != other.getMethod()) {
      throw new ModelFormatException(
          subject,
          "must be of the first model's method, " + first.getMethod().key(),
          other.getMethod().key(),
          REMEDY);
    }
    SpecialTokenIds tokens = first.getSpecialTokens();
    if (!tokens.equals(other.getSpecialTokens())
        || !Objects.equals(first.getAnswerPrefix(), other.getAnswerPrefix())) {
      throw new ModelFormatException(
          subject,
          "must have the first model's special tokens and answer prefix",
          "others",
          REMEDY);
    }
  }

  private static CoconutModel withoutHaltHead(CoconutModel model) {
    CoconutConfig config = model.getConfig();
    return new CoconutModel(
        model.getTransformer(),
        model.getTokenizer(),
        config.getHalt() == Halt.LEARNED ? config.withHalt(null, null) : config,
        model.getGenerationConfig());
  }
}
