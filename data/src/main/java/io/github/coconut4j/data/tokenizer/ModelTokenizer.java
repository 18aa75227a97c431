package io.github.coconut4j.data.tokenizer;

import io.github.coconut4j.files.Presence;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/** Opens the tokenizer of a model directory. */
public final class ModelTokenizer {

  private static final String OLD_VOCABULARY = "vocab.json";
  private static final String OLD_MERGES = "merges.txt";

  private ModelTokenizer() {}

  /**
   * Opens {@code tokenizer.json}. If a GPT-2 has none, opens the byte-level tokenizer of {@code
   * vocab.json} and {@code merges.txt}, or else GPT-2's own. It includes the tokens that {@code
   * tokenizer_config.json}, {@code special_tokens_map.json} and {@code added_tokens.json} add.
   *
   * @param isGpt2 whether the model is a GPT-2: others split texts by their own patterns, which
   *     only {@code tokenizer.json} has
   * @param embeddingRows number of rows of the model's token table
   * @throws TokenizerFormatException if a file cannot be used, or there is none and the model's
   *     tokenizer is not GPT-2's
   * @throws IOException if a file cannot be read
   */
  public static HuggingFaceTextTokenizer open(
      Path modelDirectory, boolean isGpt2, int embeddingRows) throws IOException {
    if (!isGpt2 || Presence.exists(modelDirectory.resolve(HuggingFaceTextTokenizer.FILE_NAME))) {
      return HuggingFaceTextTokenizer.open(modelDirectory);
    }
    TokenizerSettings settings = TokenizerSettings.read(modelDirectory);
    Path vocabulary = modelDirectory.resolve(OLD_VOCABULARY);
    Path merges = modelDirectory.resolve(OLD_MERGES);
    if (Presence.exists(vocabulary) && Presence.exists(merges)) {
      return HuggingFaceTextTokenizer.of(
          ByteLevelJson.read(vocabulary, merges, settings.addsPrefixSpace()), settings);
    }
    if (embeddingRows < Gpt2Tokenizer.VOCABULARY_SIZE) {
      throw new TokenizerFormatException(
          modelDirectory.resolve(HuggingFaceTextTokenizer.FILE_NAME)
              + " must exist for a model with other tokens than GPT-2's, found none and "
              + embeddingRows
              + " tokens; save the model's tokenizer beside its weights");
    }
    TokenizerJson gpt2 = Gpt2Tokenizer.vocabulary();
    if (Presence.exists(vocabulary)) {
      requireSameTokens(vocabulary, gpt2.ids());
    }
    return HuggingFaceTextTokenizer.of(gpt2, settings);
  }

  /** A vocabulary without merges may differ from GPT-2's. */
  private static void requireSameTokens(Path vocabulary, Map<String, Integer> gpt2)
      throws IOException {
    TokenizerFile.object(TokenizerFile.bytes(vocabulary), vocabulary.toString())
        .properties()
        .forEach(
            token -> {
              if (!token.getValue().isInt()
                  || !gpt2.getOrDefault(token.getKey(), -1).equals(token.getValue().intValue())) {
                throw new TokenizerFormatException(
                    vocabulary
                        + " must be GPT-2's vocabulary to do without tokenizer.json and merges.txt,"
                        + " found another token '"
                        + token.getKey()
                        + "'; save the tokenizer with"
                        + " AutoTokenizer.from_pretrained(…).save_pretrained(…)");
              }
            });
  }
}
