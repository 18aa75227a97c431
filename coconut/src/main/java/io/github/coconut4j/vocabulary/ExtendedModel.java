package io.github.coconut4j.vocabulary;

import io.github.coconut4j.data.tokenizer.HuggingFaceTextTokenizer;
import io.github.coconut4j.data.tokenizer.ModelTokenizer;
import io.github.coconut4j.data.tokenizer.TextTokenizer;
import io.github.coconut4j.method.Method;
import io.github.coconut4j.method.SpecialTokenIds;
import io.github.coconut4j.model.GenerationConfig;
import io.github.coconut4j.model.ModelFormatException;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.Weights;
import io.github.coconut4j.model.internal.OpenedResources;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Predicate;
import lombok.AccessLevel;
import lombok.AllArgsConstructor;
import lombok.Value;

/**
 * The model of a directory, extended by the tokens that a method adds; reading it again gives the
 * same result.
 */
@Value
@AllArgsConstructor(access = AccessLevel.PRIVATE)
public class ExtendedModel {

  /** The architecture with rows for the added tokens. */
  TransformerConfig architecture;

  Weights weights;
  HuggingFaceTextTokenizer tokenizer;

  /** Ids of the tokens that were added. */
  List<Integer> added;

  GenerationConfig generationConfig;

  /**
   * Reads a model.
   *
   * @param architecture architecture of the directory's {@code config.json}
   * @param method method whose tokens are added
   * @throws ModelFormatException if it is not a model directory, or lacks tokens
   * @throws IOException if a file cannot be read
   */
  public static ExtendedModel read(Path directory, TransformerConfig architecture, Method method)
      throws IOException {
    return read(directory, architecture, method, name -> false);
  }

  /**
   * As {@link #read(Path, TransformerConfig, Method)}, with weights in BFLOAT16.
   *
   * @param bfloat16 as for {@link Weights#read(Path, TransformerConfig, Predicate)}
   */
  public static ExtendedModel read(
      Path directory, TransformerConfig architecture, Method method, Predicate<String> bfloat16)
      throws IOException {
    GenerationConfig generation = GenerationConfig.read(directory, architecture);
    List<String> names = SpecialTokenIds.names(method);
    OpenedResources opened = new OpenedResources();
    try (HuggingFaceTextTokenizer known =
        ModelTokenizer.open(
            directory, !architecture.isLlamaFamily(), architecture.getVocabSize())) {
      requireKnown(generation.eosTokenIds(), known, directory);
      HuggingFaceTextTokenizer tokenizer = opened.add(known.withSpecialTokens(names));
      List<Integer> fresh =
          names.stream().filter(name -> known.findId(name).isEmpty()).map(tokenizer::id).toList();
      Weights stored = Weights.read(directory, architecture, bfloat16);
      opened.addAll(stored.asMap().values());
      Weights weights = new VocabularyExtension(tokenizer, fresh).extend(stored);
      closeReplaced(stored, weights);
      int rows = Math.toIntExact(weights.tokenTable().size(0));
      TransformerConfig extended = architecture.toBuilder().vocabSize(rows).build();
      return new ExtendedModel(extended, weights, tokenizer, fresh, generation);
    } catch (IOException | RuntimeException | Error e) {
      opened.closeAfter(e);
      throw e;
    }
  }

  /** This model with more words, and with tables that have a row for each. */
  ExtendedModel withWords(HuggingFaceTextTokenizer more, Weights extended) {
    int rows = Math.toIntExact(extended.tokenTable().size(0));
    TransformerConfig larger = architecture.toBuilder().vocabSize(rows).build();
    return new ExtendedModel(larger, extended, more, added, generationConfig);
  }

  /** Tables of many tokens are large, and nothing uses the shorter ones any more. */
  static void closeReplaced(Weights stored, Weights extended) {
    stored
        .asMap()
        .forEach(
            (name, array) -> {
              if (extended.get(name) != array) {
                array.close();
              }
            });
  }

  /** Otherwise a new token would get the id of a token that is missing in the tokenizer's files. */
  private static void requireKnown(List<Integer> ends, TextTokenizer known, Path directory) {
    for (int end : ends) {
      if (end >= known.vocabularySize()) {
        throw new ModelFormatException(
            "The model directory " + directory,
            "must have a tokenizer with its `eos_token_id` " + end,
            known.vocabularySize() + " tokens",
            "Put the tokenizer's other files beside it: added_tokens.json, tokenizer_config.json.");
      }
    }
  }
}
