package io.github.coconut4j.data.tokenizer;

import ai.djl.engine.EngineException;
import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.djl.huggingface.tokenizers.jni.CharSpan;
import ai.djl.huggingface.tokenizers.jni.LibUtils;
import io.github.coconut4j.files.AtomicFile;
import io.github.coconut4j.files.Presence;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;

/**
 * A tokenizer described by a Hugging Face {@code tokenizer.json}, run by Hugging Face's own library
 * through DJL.
 */
public final class HuggingFaceTextTokenizer implements TextTokenizer {

  /** The file's name in a model directory. */
  public static final String FILE_NAME = "tokenizer.json";

  private static final Map<String, String> PLAIN =
      Map.of("addSpecialTokens", "false", "truncation", "false", "padding", "false");

  private final TokenizerJson json;
  private final TokenizerSettings settings;
  private final HuggingFaceTokenizer tokenizer;

  /** Held for reading while native code uses the tokenizer, for writing while it is freed. */
  private final ReadWriteLock use = new ReentrantReadWriteLock();

  /** Written only with the lock held for writing. */
  private boolean closed;

  /** Makes a tokenizer without other files. */
  static HuggingFaceTextTokenizer of(TokenizerJson json) {
    return of(json, TokenizerSettings.NONE);
  }

  /**
   * Makes a tokenizer with the tokens that its other files add to the vocabulary and around a text.
   */
  static HuggingFaceTextTokenizer of(TokenizerJson json, TokenizerSettings settings) {
    TokenizerJson complete = json.withTokens(settings.tokens());
    return new HuggingFaceTextTokenizer(
        settings.template(complete.ids()).map(complete::withTemplate).orElse(complete), settings);
  }

  private HuggingFaceTextTokenizer(TokenizerJson json, TokenizerSettings settings) {
    this.json = json;
    this.settings = settings;
    DjlOffline.ensure();
    requireLibrary();
    try {
      tokenizer = HuggingFaceTokenizer.newInstance(new ByteArrayInputStream(json.bytes()), PLAIN);
    } catch (IOException | RuntimeException e) {
      throw new TokenizerFormatException(
          json.source()
              + " must be a tokenizer that Hugging Face's tokenizers library reads, found: "
              + e.getMessage()
              + "; save it again with tokenizer.save_pretrained",
          e);
    }
    closedOnFailure(this::requireAddedTokens);
  }

  /** Checks a tokenizer that nobody else has yet. */
  private void closedOnFailure(Runnable check) {
    try {
      check.run();
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  /** Loads the native code, which is copied out of its jar on first use. */
  private static void requireLibrary() {
    try {
      LibUtils.checkStatus();
    } catch (EngineException e) {
      throw new TokenizerFormatException(
          "The tokenizers library must be able to load its native code, found: "
              + e.getMessage()
              + "; set DJL_CACHE_DIR to a folder that can be written",
          e);
    }
  }

  /** The library numbers added tokens by its own rule, which may differ from the file. */
  private void requireAddedTokens() {
    json.added().keySet().forEach(id -> requireId(json.tokens().get(id), id));
  }

  private void requireId(String token, int id) {
    long[] encoded = tokenizer.encode(token, false, false).getIds();
    if (encoded.length == 1 && encoded[0] != id) {
      throw new TokenizerFormatException(
          String.format(
              Locale.ROOT,
              "%s must give the added token %s the id %d that the tokenizers library gives it,"
                  + " found %d; save it again with tokenizer.save_pretrained",
              json.source(),
              token,
              encoded[0],
              id));
    }
  }

  /**
   * Opens a tokenizer.
   *
   * @param modelDirectoryOrFile a {@code tokenizer.json}, or a directory that holds one; then it
   *     includes the tokens that {@code tokenizer_config.json}, {@code special_tokens_map.json} and
   *     {@code added_tokens.json} add, as in Hugging Face's library
   * @throws TokenizerFormatException if there is none or it cannot be used
   * @throws IOException if the file cannot be read
   */
  public static HuggingFaceTextTokenizer open(Path modelDirectoryOrFile) throws IOException {
    boolean isDirectory = Presence.isDirectory(modelDirectoryOrFile);
    Path file = isDirectory ? modelDirectoryOrFile.resolve(FILE_NAME) : modelDirectoryOrFile;
    if (!Presence.isFile(file)) {
      throw new TokenizerFormatException(
          file
              + " must be a Hugging Face tokenizer, found no such file;"
              + " save the model's tokenizer beside its weights, of a tokenizer.model for instance"
              + " with AutoTokenizer.from_pretrained(…).save_pretrained(…)");
    }
    TokenizerJson json = TokenizerJson.parse(TokenizerFile.bytes(file), file.toString());
    return of(
        json, isDirectory ? TokenizerSettings.read(modelDirectoryOrFile) : TokenizerSettings.NONE);
  }

  /**
   * Opens the tokenizer of a {@code tokenizer.json}.
   *
   * @param tokenizerJson the file's content in UTF-8
   * @param source name of the file in error messages
   * @throws TokenizerFormatException if it cannot be used
   */
  public static HuggingFaceTextTokenizer parse(byte[] tokenizerJson, String source) {
    return of(TokenizerJson.parse(tokenizerJson, source));
  }

  /**
   * Makes a tokenizer like this one with additional special tokens. Existing ones keep their ids,
   * the others get the ids after the largest one, in order. This one stays open.
   *
   * @throws TokenizerFormatException if the tokenizers library would give new tokens other ids than
   *     those in the file
   */
  public HuggingFaceTextTokenizer withSpecialTokens(List<String> tokens) {
    List<String> fresh = tokens.stream().filter(token -> findId(token).isEmpty()).toList();
    HuggingFaceTextTokenizer extended =
        new HuggingFaceTextTokenizer(
            json.withTokens(fresh.stream().map(AddedToken::special).toList()),
            settings.withFresh(fresh));
    extended.closedOnFailure(() -> tokens.forEach(extended::requireOneToken));
    return extended;
  }

  private void requireOneToken(String token) {
    int[] encoded = encode(token);
    if (encoded.length != 1 || encoded[0] != id(token)) {
      throw new TokenizerFormatException(
          String.format(
              Locale.ROOT,
              "%s must give %s the id %d, found %s; choose a tokenizer that can be extended",
              json.source(),
              token,
              id(token),
              Arrays.toString(encoded)));
    }
  }

  /** All tokens with their ids, ordered by these. */
  public Map<String, Integer> vocabulary() {
    Map<String, Integer> vocabulary = new LinkedHashMap<>();
    new TreeMap<>(json.tokens()).forEach((id, token) -> vocabulary.put(token, id));
    return vocabulary;
  }

  /** Whether it consists of whole words (WordLevel), of which a text may contain unknown ones. */
  public boolean hasWholeWords() {
    return json.hasWholeWords();
  }

  /**
   * Makes a tokenizer like this one with additional words. Existing tokens keep their ids, the
   * words get the ids after the largest one, in order. This one stays open.
   *
   * @throws IllegalStateException if it does not consist of whole words
   * @throws IllegalArgumentException if a word is known
   */
  public HuggingFaceTextTokenizer withWords(List<String> words) {
    return new HuggingFaceTextTokenizer(json.withWords(words), settings);
  }

  @Override
  public int[] encode(String text) {
    return encode(text, false);
  }

  @Override
  public int[] encodeWithSpecialTokens(String text) {
    return encode(text, true);
  }

  private int[] encode(String text, boolean addSpecialTokens) {
    requireWholeCharacters(text);
    Encoding encoding = whileOpen(() -> tokenizer.encode(text, addSpecialTokens, false));
    long[] ids = encoding.getIds();
    int[] result = new int[ids.length];
    for (int i = 0; i < ids.length; i++) {
      result[i] = Math.toIntExact(ids[i]);
      if (result[i] == json.unknownId()) {
        CharSpan span = encoding.getCharTokenSpans()[i];
        if (span != null) { // else put before the text if one token is both
          throw UnknownTokenException.ofPiece(piece(text, span), text);
        }
      }
    }
    return result;
  }

  @Override
  public String decode(int[] ids) {
    for (int id : ids) {
      if (id < 0) {
        throw UnknownTokenException.ofId(id, vocabularySize());
      }
    }
    long[] known = Arrays.stream(ids).filter(json.tokens()::containsKey).asLongStream().toArray();
    return whileOpen(() -> tokenizer.decode(known, true));
  }

  /** The library would use memory that another thread has freed. */
  private <T> T whileOpen(Supplier<T> task) {
    use.readLock().lock();
    try {
      if (closed) {
        throw new IllegalStateException(
            "A tokenizer must be open to be used, but that of "
                + json.source()
                + " was closed. Close it, or its model, after its last use.");
      }
      return task.get();
    } finally {
      use.readLock().unlock();
    }
  }

  @Override
  public int vocabularySize() {
    return json.vocabularySize();
  }

  @Override
  public OptionalInt findId(String token) {
    Integer id = json.ids().get(token);
    return id == null ? OptionalInt.empty() : OptionalInt.of(id);
  }

  @Override
  public String token(int id) {
    String token = json.tokens().get(id);
    if (token == null) {
      throw UnknownTokenException.ofId(id, vocabularySize());
    }
    return token;
  }

  @Override
  public OptionalInt endOfSequence() {
    return settings.endOfSequence().map(this::findId).orElseGet(OptionalInt::empty);
  }

  @Override
  public void saveFiles(Path modelDirectory, int endOfSequence) throws IOException {
    save(modelDirectory);
    settings.write(
        modelDirectory, json, isText(endOfSequence) ? null : json.tokens().get(endOfSequence));
  }

  /**
   * Whether a text is encoded as this token. If a file declared such a token special, texts would
   * be split at it, and decoding would leave it out.
   */
  private boolean isText(int id) {
    return whileOpen(
        () -> {
          String text = tokenizer.decode(new long[] {id}, true);
          return Arrays.equals(tokenizer.encode(text, false, false).getIds(), new long[] {id});
        });
  }

  @Override
  public void save(Path modelDirectory) throws IOException {
    AtomicFile.write(modelDirectory.resolve(FILE_NAME), json.bytes());
  }

  @Override
  public void close() {
    use.writeLock().lock();
    try {
      closed = true;
      tokenizer.close();
    } finally {
      use.writeLock().unlock();
    }
  }

  /** The library would misread half of a surrogate pair. */
  private static void requireWholeCharacters(String text) {
    if (text == null) {
      throw new IllegalArgumentException("The text must be given, found null; give an empty one");
    }
    OptionalInt half =
        text.codePoints()
            .filter(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE)
            .findFirst();
    if (half.isPresent()) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "The text must be of whole characters, found half of one, U+%04X; correct it",
              half.getAsInt()));
    }
  }

  /** The library's spans are in code points. */
  private static String piece(String text, CharSpan span) {
    int start = text.offsetByCodePoints(0, span.getStart());
    return text.substring(start, text.offsetByCodePoints(start, span.getEnd() - span.getStart()));
  }
}
