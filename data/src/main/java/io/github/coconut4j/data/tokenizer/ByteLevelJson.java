package io.github.coconut4j.data.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** Builds the {@code tokenizer.json} of a byte-level byte-pair encoding, as in GPT-2. */
final class ByteLevelJson {

  private ByteLevelJson() {}

  /**
   * The file without added tokens.
   *
   * @param vocabulary ids by token
   * @param merges pairs in the order of merging, separated by a space
   * @param addPrefixSpace whether a text is read as if it began with a space
   */
  static ObjectNode of(ObjectNode vocabulary, ArrayNode merges, boolean addPrefixSpace) {
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    root.put("version", "1.0");
    root.putNull("truncation");
    root.putNull("padding");
    root.putArray("added_tokens");
    root.putNull("normalizer");
    root.set("pre_tokenizer", byteLevel(addPrefixSpace));
    root.set("post_processor", byteLevel(true));
    root.set("decoder", byteLevel(true));
    ObjectNode model = root.putObject("model").put("type", "BPE");
    model.putNull("dropout");
    model.putNull("unk_token");
    model.put("continuing_subword_prefix", "").put("end_of_word_suffix", "").put("fuse_unk", false);
    model.set("vocab", vocabulary);
    model.set("merges", merges);
    return root;
  }

  /**
   * Reads {@code vocab.json} and {@code merges.txt}, the files of such a tokenizer before {@code
   * tokenizer.json} existed.
   *
   * @throws TokenizerFormatException if one of them is damaged
   */
  static TokenizerJson read(Path vocabulary, Path merges, boolean addPrefixSpace)
      throws IOException {
    String source = vocabulary + " and " + merges.getFileName();
    ObjectNode ids = TokenizerFile.object(TokenizerFile.bytes(vocabulary), vocabulary.toString());
    ObjectNode root = of(ids, mergesOf(merges), addPrefixSpace);
    JsonNode end = ids.path(SpecialTokens.END_OF_TEXT);
    if (end.isInt()) {
      root.withArray("added_tokens")
          .add(AddedToken.special(SpecialTokens.END_OF_TEXT).toJson(end.intValue()));
    }
    return TokenizerJson.of(root, source);
  }

  private static ArrayNode mergesOf(Path file) throws IOException {
    ArrayNode merges = JsonNodeFactory.instance.arrayNode();
    String text = new String(TokenizerFile.bytes(file), StandardCharsets.UTF_8);
    int number = 0;
    for (String line : text.lines().toList()) {
      number++;
      if (line.isBlank() || line.startsWith("#version")) {
        continue;
      }
      if (line.strip().split(" ").length != 2) {
        throw new TokenizerFormatException(
            file
                + ", line "
                + number
                + ", must be two tokens parted by a space, found '"
                + line.substring(0, Math.min(line.length(), 100))
                + "'; fetch the file again");
      }
      merges.add(line.strip());
    }
    return merges;
  }

  private static ObjectNode byteLevel(boolean addPrefixSpace) {
    return JsonNodeFactory.instance
        .objectNode()
        .put("type", "ByteLevel")
        .put("add_prefix_space", addPrefixSpace)
        .put("trim_offsets", true)
        .put("use_regex", true);
  }
}
