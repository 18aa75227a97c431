package io.github.coconut4j.data.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.OptionalInt;

/** Opens the tokenizer that belongs to a model directory. */
public final class ModelTokenizer {

  private static final String OLD_VOCABULARY = "vocab.json";

  private ModelTokenizer() {}

  /**
   * Opens {@code tokenizer.json}, or GPT-2's own tokenizer where the directory has none.
   *
   * @param embeddingRows rows of the model's token table
   * @throws TokenizerFormatException if the file cannot be used, or there is none and the model's
   *     vocabulary is not GPT-2's
   * @throws IOException if a file cannot be read
   */
  public static HuggingFaceTextTokenizer open(Path modelDirectory, int embeddingRows)
      throws IOException {
    if (Files.exists(modelDirectory.resolve(HuggingFaceTextTokenizer.FILE_NAME))) {
      return HuggingFaceTextTokenizer.open(modelDirectory);
    }
    if (embeddingRows < Gpt2Tokenizer.VOCABULARY_SIZE) {
      throw new TokenizerFormatException(
          modelDirectory.resolve(HuggingFaceTextTokenizer.FILE_NAME)
              + " must exist for a model with other tokens than GPT-2's, found none and "
              + embeddingRows
              + " tokens; save the model's tokenizer beside its weights");
    }
    HuggingFaceTextTokenizer tokenizer = Gpt2Tokenizer.create();
    requireSameTokens(modelDirectory.resolve(OLD_VOCABULARY), tokenizer);
    return tokenizer;
  }

  /**
   * Directories of old have the vocabulary in a file of its own, which may be another than ours.
   */
  private static void requireSameTokens(Path vocabulary, HuggingFaceTextTokenizer tokenizer)
      throws IOException {
    if (!Files.exists(vocabulary)) {
      return;
    }
    for (Map.Entry<String, JsonNode> token :
        new ObjectMapper().readTree(vocabulary.toFile()).properties()) {
      OptionalInt id = tokenizer.findId(token.getKey());
      if (id.isEmpty() || id.getAsInt() != token.getValue().asInt(-1)) {
        tokenizer.close();
        throw new TokenizerFormatException(
            vocabulary
                + " must be GPT-2's vocabulary to do without tokenizer.json, found another token '"
                + token.getKey()
                + "'; save the tokenizer with AutoTokenizer.from_pretrained(…).save_pretrained(…)");
      }
    }
  }
}
