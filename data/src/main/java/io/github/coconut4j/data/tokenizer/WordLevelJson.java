package io.github.coconut4j.data.tokenizer;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Collection;
import java.util.List;

/** Builds the {@code tokenizer.json} of a vocabulary of whole words (Hugging Face's WordLevel). */
final class WordLevelJson {

  private final Collection<String> vocabulary;
  private final List<String> specialTokens;
  private final String unknownToken;

  /**
   * Creates the builder.
   *
   * @param vocabulary every token in the order of its id
   * @param specialTokens the special tokens among them
   * @param unknownToken the one among these for text outside the vocabulary
   */
  WordLevelJson(Collection<String> vocabulary, List<String> specialTokens, String unknownToken) {
    this.vocabulary = vocabulary;
    this.specialTokens = specialTokens;
    this.unknownToken = unknownToken;
  }

  /** The file without a pre-tokenizer and a decoder. */
  ObjectNode toJson() {
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    root.put("version", "1.0");
    root.putNull("truncation");
    root.putNull("padding");
    ArrayNode added = root.putArray("added_tokens");
    root.putNull("normalizer");
    root.putNull("pre_tokenizer");
    root.putNull("post_processor");
    root.putNull("decoder");
    ObjectNode model = root.putObject("model").put("type", "WordLevel");
    ObjectNode ids = model.putObject("vocab");
    for (String token : vocabulary) {
      if (specialTokens.contains(token)) {
        added.add(AddedToken.special(token).toJson(ids.size()));
      }
      ids.put(token, ids.size());
    }
    model.put("unk_token", unknownToken);
    return root;
  }

  /**
   * Cuts the text at every match of a pattern; {@code behavior} determines how the match is kept.
   */
  static ObjectNode split(String regex, String behavior) {
    ObjectNode split = JsonNodeFactory.instance.objectNode().put("type", "Split");
    split.putObject("pattern").put("Regex", regex);
    return split.put("behavior", behavior).put("invert", false);
  }

  /** A sequence of pre-tokenizers or decoders. */
  static ObjectNode sequence(String key, ObjectNode... members) {
    ObjectNode sequence = JsonNodeFactory.instance.objectNode().put("type", "Sequence");
    sequence.putArray(key).addAll(List.of(members));
    return sequence;
  }
}
