package io.github.coconut4j.data.tokenizer;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.djl.huggingface.tokenizers.jni.CharSpan;
import io.github.coconut4j.data.AtomicFile;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;

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
  private final HuggingFaceTokenizer tokenizer;

  static HuggingFaceTextTokenizer of(TokenizerJson json) {
    return new HuggingFaceTextTokenizer(json);
  }

  private HuggingFaceTextTokenizer(TokenizerJson json) {
    this.json = json;
    DjlOffline.ensure();
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
  }

  /**
   * Opens a tokenizer.
   *
   * @param modelDirectoryOrFile a {@code tokenizer.json}, or a directory that holds one
   * @throws TokenizerFormatException if there is none or it cannot be used
   * @throws IOException if the file cannot be read
   */
  public static HuggingFaceTextTokenizer open(Path modelDirectoryOrFile) throws IOException {
    Path file =
        Files.isDirectory(modelDirectoryOrFile)
            ? modelDirectoryOrFile.resolve(FILE_NAME)
            : modelDirectoryOrFile;
    if (!Files.isRegularFile(file)) {
      throw new TokenizerFormatException(
          file
              + " must be a Hugging Face tokenizer, found no such file;"
              + " save the model's tokenizer beside its weights");
    }
    return parse(Files.readAllBytes(file), file.toString());
  }

  /**
   * Opens the tokenizer that a {@code tokenizer.json} describes.
   *
   * @param tokenizerJson the file's content in UTF-8
   * @param source what an error message calls it
   * @throws TokenizerFormatException if it cannot be used
   */
  public static HuggingFaceTextTokenizer parse(byte[] tokenizerJson, String source) {
    return new HuggingFaceTextTokenizer(TokenizerJson.parse(tokenizerJson, source));
  }

  /**
   * A tokenizer like this one that also has the given special tokens; those it has already keep
   * their ids, the others get the ids after the greatest one, in order. This one stays open.
   *
   * @throws TokenizerFormatException if the vocabulary's ids have gaps: the tokenizers library
   *     would give new tokens other ids than the file says
   */
  public HuggingFaceTextTokenizer withSpecialTokens(List<String> tokens) {
    HuggingFaceTextTokenizer extended = of(json.withSpecialTokens(tokens));
    for (String token : tokens) {
      int[] encoded = extended.encode(token);
      if (encoded.length != 1 || encoded[0] != extended.id(token)) {
        extended.close();
        throw new TokenizerFormatException(
            String.format(
                Locale.ROOT,
                "%s must give %s the id %d, found %s; its vocabulary's ids must have no gaps",
                json.source(),
                token,
                extended.id(token),
                Arrays.toString(encoded)));
      }
    }
    return extended;
  }

  @Override
  public int[] encode(String text) {
    Encoding encoding = tokenizer.encode(text, false, false);
    long[] ids = encoding.getIds();
    int[] result = new int[ids.length];
    for (int i = 0; i < ids.length; i++) {
      result[i] = Math.toIntExact(ids[i]);
      if (result[i] == json.unknownId()) {
        throw UnknownTokenException.ofPiece(piece(text, encoding.getCharTokenSpans()[i]), text);
      }
    }
    return result;
  }

  @Override
  public String decode(int[] ids) {
    for (int id : ids) {
      if (id < 0 || id >= vocabularySize()) {
        throw UnknownTokenException.ofId(id, vocabularySize());
      }
    }
    return tokenizer.decode(Arrays.stream(ids).asLongStream().toArray(), true);
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
  public void save(Path modelDirectory) throws IOException {
    AtomicFile.write(modelDirectory.resolve(FILE_NAME), json.bytes());
  }

  @Override
  public void close() {
    tokenizer.close();
  }

  /** The library counts a span in code points. */
  private static String piece(String text, CharSpan span) {
    int start = text.offsetByCodePoints(0, span.getStart());
    return text.substring(start, text.offsetByCodePoints(start, span.getEnd() - span.getStart()));
  }
}
