package io.github.coconut4j.data;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Optional;

/**
 * Reads text in UTF-8 as editors write it: a byte-order mark at its start is skipped, and errors
 * name other encodings.
 */
public final class Utf8Text {

  private static final char BYTE_ORDER_MARK = '\ufeff';

  private Utf8Text() {}

  /**
   * Reads a file or a pipe.
   *
   * @throws NotUtf8Exception if its content is not UTF-8
   * @throws IOException if it cannot be read
   */
  public static String read(Path file) throws IOException {
    return decode(InputFile.of(file).content(), file.toString());
  }

  /** Reads a file whose lines are checked one by one: invalid bytes become U+FFFD. */
  public static String readLenient(Path file) throws IOException {
    return withoutMark(new String(InputFile.of(file).content(), StandardCharsets.UTF_8));
  }

  /**
   * Decodes bytes.
   *
   * @param source name of the bytes in errors
   * @throws NotUtf8Exception if they are not UTF-8
   */
  public static String decode(byte[] bytes, String source) throws NotUtf8Exception {
    String utf16 = utf16(bytes);
    if (utf16 != null) {
      throw new NotUtf8Exception(source, utf16);
    }
    CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
    ByteBuffer input = ByteBuffer.wrap(bytes);
    CharBuffer text = CharBuffer.allocate(bytes.length);
    CoderResult result = decoder.decode(input, text, true);
    if (result.isError()) {
      String wrong =
          HexFormat.of().withUpperCase().formatHex(bytes, input.position(), input.position() + 1);
      throw new NotUtf8Exception(source, "the byte " + wrong + " at offset " + input.position());
    }
    return withoutMark(text.flip().toString());
  }

  /** The text without a byte-order mark at its start. */
  private static String withoutMark(String text) {
    return !text.isEmpty() && text.charAt(0) == BYTE_ORDER_MARK ? text.substring(1) : text;
  }

  /** The index of half a surrogate pair in a text that was cut in the middle of a character. */
  static Optional<Integer> halfCharacter(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (Character.isSurrogate(text.charAt(i))) {
        if (Character.charCount(text.codePointAt(i)) == 1) {
          return Optional.of(i);
        }
        i++;
      }
    }
    return Optional.empty();
  }

  /** The first characters of a text for a message, none of them cut in half. */
  public static String abbreviated(String text, int length) {
    if (text.length() <= length) {
      return text;
    }
    int end = Character.isHighSurrogate(text.charAt(length - 1)) ? length - 1 : length;
    return text.substring(0, end) + "…";
  }

  /** The name of the encoding whose byte-order mark the bytes begin with, or null. */
  private static String utf16(byte[] bytes) {
    if (bytes.length < 2) {
      return null;
    }
    boolean little = bytes[0] == (byte) 0xff && bytes[1] == (byte) 0xfe;
    boolean big = bytes[0] == (byte) 0xfe && bytes[1] == (byte) 0xff;
    return little || big ? "UTF-16 (its byte-order mark)" : null;
  }
}
