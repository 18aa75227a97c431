package io.github.coconut4j.data.tokenizer;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.knuddels.jtokkit.Encodings;
import com.knuddels.jtokkit.api.Encoding;
import com.knuddels.jtokkit.api.EncodingType;
import com.knuddels.jtokkit.api.IntArrayList;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * GPT-2's own tokenizer, for a model directory without a {@code tokenizer.json}.
 *
 * <p>The vocabulary is jtokkit's ({@code r50k_base}), which has GPT-2's ids. The merges of the
 * byte-pair encoding are derived from it, so that the tokenizer is an ordinary {@code
 * tokenizer.json} that is saved with a model and read by other libraries.
 */
public final class Gpt2Tokenizer {

  /** Number of tokens, including {@code <|endoftext|>}. */
  public static final int VOCABULARY_SIZE = 50257;

  private static final int END_OF_TEXT_ID = VOCABULARY_SIZE - 1;
  private static final int BYTES = 256;
  private static final char[] ALPHABET = alphabet();
  private static final Encoding VOCABULARY =
      Encodings.newLazyEncodingRegistry().getEncoding(EncodingType.R50K_BASE);

  private Gpt2Tokenizer() {}

  /**
   * The tokenizer with GPT-2's 50257 tokens; {@link SpecialTokens#END_OF_TEXT} is the only special
   * one.
   */
  public static HuggingFaceTextTokenizer create() {
    return HuggingFaceTextTokenizer.of(vocabulary());
  }

  /** Number of GPT-2 tokens of {@code text}; names of special tokens count as plain text. */
  public static int count(String text) {
    return VOCABULARY.countTokensOrdinary(text);
  }

  static TokenizerJson vocabulary() {
    return TokenizerJson.of(json(), "GPT-2's tokenizer");
  }

  private static ObjectNode json() {
    ObjectNode vocabulary = JsonNodeFactory.instance.objectNode();
    ArrayNode merges = JsonNodeFactory.instance.arrayNode();
    Map<String, Integer> ids = new HashMap<>();
    for (int id = 0; id < END_OF_TEXT_ID; id++) {
      String bytes = bytes(id);
      if (id >= BYTES) {
        List<String> parts = parts(bytes, ids);
        merges.add(printable(parts.get(0)) + " " + printable(parts.get(1)));
      }
      ids.put(bytes, id);
      vocabulary.put(printable(bytes), id);
    }
    vocabulary.put(SpecialTokens.END_OF_TEXT, END_OF_TEXT_ID);
    ObjectNode root = ByteLevelJson.of(vocabulary, merges, false);
    root.withArray("added_tokens")
        .add(AddedToken.special(SpecialTokens.END_OF_TEXT).toJson(END_OF_TEXT_ID));
    return root;
  }

  /** A token's bytes, one char per byte. */
  private static String bytes(int id) {
    IntArrayList single = new IntArrayList(1);
    single.add(id);
    return new String(VOCABULARY.decodeBytes(single), StandardCharsets.ISO_8859_1);
  }

  /**
   * The two tokens that a token is merged from: its byte-pair encoding with the earlier tokens,
   * {@code ids}.
   */
  private static List<String> parts(String token, Map<String, Integer> ids) {
    List<String> parts = new ArrayList<>();
    for (int i = 0; i < token.length(); i++) {
      parts.add(token.substring(i, i + 1));
    }
    while (parts.size() > 2) {
      int first = firstMerge(parts, ids);
      parts.set(first, parts.get(first) + parts.remove(first + 1));
    }
    return parts;
  }

  /** The index of the pair whose merge has the smallest id. */
  private static int firstMerge(List<String> parts, Map<String, Integer> ids) {
    int first = -1;
    int least = Integer.MAX_VALUE;
    for (int i = 0; i + 1 < parts.size(); i++) {
      int id = ids.getOrDefault(parts.get(i) + parts.get(i + 1), Integer.MAX_VALUE);
      if (id < least) {
        least = id;
        first = i;
      }
    }
    return first;
  }

  /**
   * Bytes in the alphabet of {@code tokenizer.json}: printable ones are themselves, the others are
   * the characters from U+0100 on, in order.
   */
  private static String printable(String bytes) {
    StringBuilder printable = new StringBuilder(bytes.length());
    for (int i = 0; i < bytes.length(); i++) {
      printable.append(ALPHABET[bytes.charAt(i)]);
    }
    return printable.toString();
  }

  private static char[] alphabet() {
    char[] alphabet = new char[BYTES];
    char next = 0x100;
    for (char b = 0; b < BYTES; b++) {
      boolean isPrintable = (b > ' ' && b <= '~') || (b > 0xA0 && b != 0xAD);
      alphabet[b] = isPrintable ? b : next++;
    }
    return alphabet;
  }
}
