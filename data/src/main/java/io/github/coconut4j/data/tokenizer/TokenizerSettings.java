package io.github.coconut4j.data.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.coconut4j.files.AtomicFile;
import io.github.coconut4j.files.Presence;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * The files next to a {@code tokenizer.json} that Hugging Face's {@code AutoTokenizer} reads: the
 * class that opens it, the names of special tokens, and added tokens. Immutable.
 */
final class TokenizerSettings {

  private static final String CONFIG = "tokenizer_config.json";
  private static final String SPECIAL = "special_tokens_map.json";
  private static final String ADDED = "added_tokens.json";

  /** The settings of a tokenizer without such files. */
  static final TokenizerSettings NONE =
      new TokenizerSettings(absent(CONFIG), absent(SPECIAL), absent(ADDED), Map.of(), List.of());

  /**
   * Files that are copied byte by byte, since they do not contain added tokens. SentencePiece's
   * models are not text.
   */
  private static final List<String> KEPT =
      List.of(
          "vocab.json",
          "merges.txt",
          "vocab.txt",
          "tokenizer.model",
          "spiece.model",
          "chat_template.jinja",
          "chat_template.json");

  private static final String CLASS = "tokenizer_class";
  private static final Set<String> LLAMAS =
      Set.of(
          "LlamaTokenizer", "LlamaTokenizerFast", "CodeLlamaTokenizer", "CodeLlamaTokenizerFast");

  private static final String CLEAN_UP = "clean_up_tokenization_spaces";

  private final TokenFile config;
  private final TokenFile special;
  private final TokenFile added;
  private final Map<String, byte[]> kept;

  /** Tokens that we added. */
  private final List<String> fresh;

  private TokenizerSettings(
      TokenFile config,
      TokenFile special,
      TokenFile added,
      Map<String, byte[]> kept,
      List<String> fresh) {
    this.config = config;
    this.special = special;
    this.added = added;
    this.kept = kept;
    this.fresh = fresh;
  }

  private static TokenFile absent(String name) {
    return new TokenFile(Path.of(name), JsonNodeFactory.instance.objectNode());
  }

  /**
   * Reads the files of a model directory.
   *
   * @throws TokenizerFormatException if one is damaged
   */
  static TokenizerSettings read(Path directory) throws IOException {
    Map<String, byte[]> kept = new LinkedHashMap<>();
    for (String name : KEPT) {
      Path file = directory.resolve(name);
      if (Presence.exists(file)) {
        kept.put(name, TokenizerFile.raw(file));
      }
    }
    return new TokenizerSettings(
        TokenFile.read(directory.resolve(CONFIG)),
        TokenFile.read(directory.resolve(SPECIAL)),
        TokenFile.read(directory.resolve(ADDED)),
        kept,
        List.of());
  }

  /** The same files with more special tokens when they are written. */
  TokenizerSettings withFresh(List<String> tokens) {
    List<String> all = Stream.concat(fresh.stream(), tokens.stream()).distinct().toList();
    return new TokenizerSettings(config, special, added, kept, all);
  }

  /** Whether a byte-level tokenizer reads a text as if it began with a space. */
  boolean addsPrefixSpace() {
    return config.json().path("add_prefix_space").asBoolean(false);
  }

  /** The name of the token that ends a text, or empty if no file names it. */
  Optional<String> endOfSequence() {
    return config
        .named(TokenFile.END)
        .or(() -> special.named(TokenFile.END))
        .map(AddedToken::content);
  }

  /**
   * The tokens that the tokenizer's class adds around a text, for classes that do not leave this to
   * {@code tokenizer.json}. A token that the vocabulary lacks is left to {@code tokenizer.json}
   * anyway.
   */
  Optional<LlamaTemplate> template(Map<String, Integer> ids) {
    if (!LLAMAS.contains(config.json().path(CLASS).asText())) {
      return Optional.empty();
    }
    Optional<String> begin = around("add_bos_token", true, "bos_token", "<s>");
    Optional<String> end = around("add_eos_token", false, TokenFile.END, "</s>");
    return Stream.concat(begin.stream(), end.stream()).allMatch(ids::containsKey)
        ? Optional.of(new LlamaTemplate(begin, end))
        : Optional.empty();
  }

  private Optional<String> around(String key, boolean adds, String name, String otherwise) {
    boolean isAdded = config.json().has(key) ? config.json().path(key).asBoolean() : adds;
    return isAdded
        ? Optional.of(
            config
                .named(name)
                .or(() -> special.named(name))
                .map(AddedToken::content)
                .orElse(otherwise))
        : Optional.empty();
  }

  /** All tokens that the files add, in the order in which Hugging Face's library adds them. */
  List<AddedToken> tokens() {
    List<AddedToken> named =
        Stream.concat(config.named().stream(), special.named().stream()).toList();
    List<AddedToken> byText =
        added.numberedByText(named.stream().map(AddedToken::content).toList());
    return Stream.of(config.numbered(), byText, named).flatMap(List::stream).toList();
  }

  /**
   * Writes the files so that Hugging Face's library finds the same tokens in them.
   *
   * @param json the whole vocabulary
   * @param end the token that ends a text if no file names it, or null
   */
  void write(Path directory, TokenizerJson json, String end) throws IOException {
    for (Map.Entry<String, byte[]> file : kept.entrySet()) {
      AtomicFile.write(directory.resolve(file.getKey()), file.getValue());
    }
    String declared = endOfSequence().orElse(end);
    writeJson(
        directory.resolve(CONFIG),
        config.exists() ? updated(json, declared) : made(json, declared));
    if (special.exists()) {
      writeJson(directory.resolve(SPECIAL), withMore(special.json().deepCopy(), fresh));
    }
    if (added.exists()) {
      ObjectNode all = added.json().deepCopy();
      fresh.forEach(token -> all.put(token, json.ids().get(token)));
      writeJson(directory.resolve(ADDED), all);
    }
  }

  private ObjectNode made(TokenizerJson json, String end) {
    ObjectNode file = JsonNodeFactory.instance.objectNode();
    setVocabulary(file, json, end);
    putIfAbsent(file, "pad_token", end);
    List<String> named = TokenFile.NAMES.stream().map(name -> file.path(name).asText()).toList();
    List<String> others =
        json.added().values().stream()
            .filter(token -> token.path("special").asBoolean())
            .map(token -> token.path("content").asText())
            .filter(token -> !named.contains(token))
            .toList();
    return withMore(file, others);
  }

  private ObjectNode updated(TokenizerJson json, String end) {
    ObjectNode file = config.json().deepCopy();
    setVocabulary(file, json, end);
    return withMore(file, fresh);
  }

  private void setVocabulary(ObjectNode file, TokenizerJson json, String end) {
    for (String name : TokenFile.NAMES) {
      special.named(name).ifPresent(token -> putIfAbsent(file, name, token.content()));
    }
    putIfAbsent(file, TokenFile.END, end);
    if (config.lacks(CLASS)) {
      // Without a class, Hugging Face's library treats the tokenizer of any GPT-2 as GPT-2's own.
      file.put(CLASS, "PreTrainedTokenizerFast");
      putIfAbsent(file, "bos_token", end);
      putIfAbsent(file, "unk_token", json.unknownToken());
    }
    if (config.lacks(CLEAN_UP)) {
      file.put(CLEAN_UP, false); // the library's old default drops spaces before punctuation
    }
    ObjectNode decoder = file.putObject(TokenFile.DECODER);
    json.added().forEach((id, token) -> decoder.set(id.toString(), token.deepCopy().without("id")));
  }

  private static void putIfAbsent(ObjectNode file, String key, String value) {
    JsonNode known = file.path(key);
    if (value != null && (known.isMissingNode() || known.isNull())) {
      file.put(key, value);
    }
  }

  private static ObjectNode withMore(ObjectNode file, List<String> tokens) {
    if (tokens.isEmpty()) {
      return file;
    }
    String key =
        file.path(TokenFile.MORE_SINCE_5).isArray() ? TokenFile.MORE_SINCE_5 : TokenFile.MORE;
    ArrayNode list = file.path(key) instanceof ArrayNode known ? known : file.putArray(key);
    List<String> listed =
        StreamSupport.stream(list.spliterator(), false)
            .map(token -> token.isObject() ? token.path("content").asText() : token.asText())
            .toList();
    tokens.stream().filter(token -> !listed.contains(token)).forEach(list::add);
    return file;
  }

  private static void writeJson(Path file, ObjectNode json) throws IOException {
    AtomicFile.write(
        file, TokenizerFile.JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(json));
  }
}
