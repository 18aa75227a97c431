package io.github.coconut4j.data.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The vocabulary of a {@code tokenizer.json}. Immutable. */
final class TokenizerJson {

  private static final int NO_UNKNOWN = -1;
  private static final int MOST_LEFT_OUT = 100_000;
  private static final String ADDED = "added_tokens";
  private static final String POST_PROCESSOR = "post_processor";

  private final byte[] bytes;
  private final String source;
  private final Map<String, Integer> ids = new LinkedHashMap<>();
  private final Map<Integer, String> tokens = new HashMap<>();
  private final Map<Integer, ObjectNode> added = new LinkedHashMap<>();
  private final int vocabularySize;
  private final int unknownId;

  private TokenizerJson(byte[] bytes, String source, ObjectNode root) {
    this.bytes = bytes;
    this.source = source;
    addModelVocabulary(root.path("model").path("vocab"));
    for (JsonNode token : root.path(ADDED)) {
      addToken(token);
    }
    if (ids.isEmpty()) {
      throw new TokenizerFormatException(
          source
              + " must have a vocabulary under model.vocab, found none; save the tokenizer again");
    }
    vocabularySize = 1 + ids.values().stream().mapToInt(Integer::intValue).max().orElseThrow();
    unknownId = unknownId(root.path("model"));
  }

  /** Unigram models give the id of their unknown token, all others its text. */
  private int unknownId(JsonNode model) {
    return ids.getOrDefault(
        model.path("unk_token").textValue(), model.path("unk_id").asInt(NO_UNKNOWN));
  }

  static TokenizerJson parse(byte[] bytes, String source) {
    byte[] content = TokenizerFile.content(bytes, source);
    ObjectNode root = TokenizerFile.object(content, source);
    requireNoDropout(root.path("model").path("dropout"), source);
    return new TokenizerJson(content, source, root).withLibraryIds(root);
  }

  /** With dropout of merges (arXiv 1910.13267) a text has other tokens each time. */
  private static void requireNoDropout(JsonNode dropout, String source) {
    if (dropout.isNumber() && dropout.doubleValue() != 0) {
      throw new TokenizerFormatException(
          source
              + " must have a model.dropout of null or 0, found "
              + dropout
              + ", with which a text is split at random; set it to null");
    }
  }

  /**
   * This vocabulary with more tokens. Existing ones keep their ids.
   *
   * @throws TokenizerFormatException if a token's id belongs to another token, or the token has
   *     another id already
   */
  TokenizerJson withTokens(List<AddedToken> more) {
    Map<String, Integer> allIds = new HashMap<>(ids);
    Map<Integer, String> allTokens = new HashMap<>(tokens);
    List<ObjectNode> entries = new ArrayList<>();
    int next = vocabularySize;
    for (AddedToken token : more) {
      token.check(allIds, allTokens, idLimit());
      Integer known = allIds.get(token.content());
      if (known == null || isPlain(known, token)) {
        int id = known != null ? known : token.id() != null ? token.id() : next;
        entries.add(token.toJson(id));
        allIds.put(token.content(), id);
        allTokens.put(id, token.content());
        next = Math.max(next, id + 1);
      }
    }
    return entries.isEmpty() ? this : withEntries(entries);
  }

  /** Whether the model maps whole words to ids. */
  boolean hasWholeWords() {
    return isWordLevel(TokenizerFile.object(bytes, source));
  }

  private static boolean isWordLevel(ObjectNode root) {
    return root.path("model").path("type").asText().equals("WordLevel");
  }

  /**
   * This vocabulary with more words, which have the ids after the largest one.
   *
   * @throws IllegalStateException if the model does not map whole words to ids
   * @throws IllegalArgumentException if a word is known
   */
  TokenizerJson withWords(List<String> words) {
    ObjectNode root = TokenizerFile.object(bytes, source);
    if (!isWordLevel(root)) {
      throw new IllegalStateException(
          source + " must map whole words to ids (WordLevel); only such a vocabulary takes words");
    }
    ObjectNode vocabulary = (ObjectNode) root.path("model").path("vocab");
    int next = vocabularySize;
    for (String word : words) {
      if (ids.containsKey(word) || vocabulary.has(word)) {
        throw new IllegalArgumentException(
            "New words must not be in the vocabulary, found '" + word + "'; leave it out");
      }
      vocabulary.put(word, next++);
    }
    return of(root, source).withLibraryIds(root);
  }

  /** The same with those tokens around a text. */
  TokenizerJson withTemplate(LlamaTemplate template) {
    ObjectNode root = TokenizerFile.object(bytes, source);
    if (template.isIn(root.path(POST_PROCESSOR))) {
      return this;
    }
    root.set(POST_PROCESSOR, template.postProcessor(ids));
    return of(root, source);
  }

  /** Whether a special token is still treated as ordinary text. */
  private boolean isPlain(int id, AddedToken token) {
    return token.special() && !added.containsKey(id) && tokens.containsKey(id);
  }

  private TokenizerJson withEntries(List<ObjectNode> entries) {
    ObjectNode root = TokenizerFile.object(bytes, source);
    if (!(root.path(ADDED) instanceof ArrayNode)) { // none, or null
      root.putArray(ADDED);
    }
    ((ArrayNode) root.path(ADDED)).addAll(entries);
    return of(root, source).withLibraryIds(root);
  }

  /** Makes the JSON of a tokenizer that we made. */
  static TokenizerJson of(ObjectNode root, String source) {
    try {
      return new TokenizerJson(TokenizerFile.JSON.writeValueAsBytes(root), source, root);
    } catch (IOException e) {
      throw new IllegalStateException("A JSON tree in memory could not be written", e);
    }
  }

  /**
   * This vocabulary in a form for which the tokenizers library assigns the same ids: tokens in the
   * model's own vocabulary keep theirs.
   */
  private TokenizerJson withLibraryIds(ObjectNode root) {
    if (!(root.path("model").path("vocab") instanceof ObjectNode vocabulary)
        || libraryKeepsIds(vocabulary)) {
      return this;
    }
    added.forEach((id, token) -> vocabulary.put(content(token), id));
    return of(root, source);
  }

  /**
   * The library assigns the next id to an added token that the model lacks, whatever the file says:
   * the one after the largest added token's, or after the model's last.
   */
  private boolean libraryKeepsIds(ObjectNode vocabulary) {
    int next = vocabulary.size();
    for (Map.Entry<Integer, ObjectNode> token : added.entrySet()) {
      if (!vocabulary.has(content(token.getValue())) && token.getKey() != next) {
        return false;
      }
      next = Math.max(next, token.getKey() + 1);
    }
    return true;
  }

  private static String content(ObjectNode token) {
    return token.path("content").asText();
  }

  byte[] bytes() {
    return bytes.clone();
  }

  String source() {
    return source;
  }

  Map<String, Integer> ids() {
    return ids;
  }

  Map<Integer, String> tokens() {
    return tokens;
  }

  /** Entries of {@code added_tokens} by id, in the file's order. */
  Map<Integer, ObjectNode> added() {
    return added;
  }

  int vocabularySize() {
    return vocabularySize;
  }

  /** The id of the unknown token, or -1 if the model has none. */
  int unknownId() {
    return unknownId;
  }

  /** The name of the unknown token, or null if there is none. */
  String unknownToken() {
    return tokens.get(unknownId);
  }

  /** Byte-pair and word models map a token to its id; unigram models list [token, score] by id. */
  private void addModelVocabulary(JsonNode vocabulary) {
    if (vocabulary.isArray()) {
      for (int id = 0; id < vocabulary.size(); id++) {
        ids.put(vocabulary.get(id).path(0).asText(), id);
        tokens.put(id, vocabulary.get(id).path(0).asText());
      }
    } else {
      vocabulary.properties().forEach(entry -> add(entry.getKey(), entry.getValue()));
    }
  }

  private void addToken(JsonNode token) {
    JsonNode content = token.path("content");
    if (!content.isTextual()) {
      throw new TokenizerFormatException(
          source
              + " must have objects with id and content under added_tokens, found "
              + AddedToken.shown(token)
              + "; correct it");
    }
    add(content.textValue(), token.path("id"));
    added.put(token.path("id").intValue(), (ObjectNode) token);
  }

  private void add(String token, JsonNode id) {
    // Larger ids would require a table with unused rows.
    if (!id.isInt() || id.asInt() < 0 || id.asInt() >= idLimit()) {
      throw new TokenizerFormatException(
          source
              + " must give token '"
              + token
              + "' an id from 0 on and below "
              + idLimit()
              + ", found "
              + AddedToken.shown(id)
              + "; correct it");
    }
    Integer otherId = ids.put(token, id.asInt());
    String otherToken = tokens.put(id.asInt(), token);
    requireOne(otherId == null || otherId == id.asInt(), token, "one id", otherId, id);
    requireOne(
        otherToken == null || otherToken.equals(token), token, "an id of its own", otherToken, id);
  }

  /** Each token takes more than a byte in the file; padded vocabularies leave ids out. */
  int idLimit() {
    return bytes.length + MOST_LEFT_OUT;
  }

  private void requireOne(
      boolean holds, String token, String requirement, Object other, JsonNode id) {
    if (!holds) {
      throw new TokenizerFormatException(
          String.format(
              "%s must give token '%s' %s, found %s and '%s'; correct it",
              source, token, requirement, id, other));
    }
  }
}
