package io.github.coconut4j.serve.page;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.CRC32;
import lombok.Value;

/**
 * The new content of a file that another process writes, from a reader's last position. A resumed
 * or replaced run has another file of that name, which may even be longer, so the position includes
 * a checksum of what stood before it.
 */
@Value
class GrowingFile {

  private static final int MOST_BYTES = 16 * 1024 * 1024;

  /** More than a line, whose time is another in each run; evaluations have lists of latents. */
  private static final int CHECKED_BYTES = 16 * 1024;

  /** Position for the next read: {@code checksum-offset}. */
  String place;

  /** Whether {@code text} starts at the beginning: earlier content is no longer valid. */
  boolean restarted;

  /** Complete lines. */
  String text;

  /**
   * Reads the new content.
   *
   * @param place position after the last call; null or unknown to start at the beginning
   */
  static GrowingFile read(Path file, String place) throws IOException {
    if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
      return new GrowingFile("", true, "");
    }
    // Unlike a RandomAccessFile, a channel lets the writer replace the file on Windows meanwhile.
    try (SeekableByteChannel input = Files.newByteChannel(file)) {
      long known = offset(input, place);
      long from = Math.max(known, 0);
      byte[] bytes = bytes(input, from, MOST_BYTES);
      int end = bytes.length;
      while (end > 0 && bytes[end - 1] != '\n') {
        end--;
      }
      return new GrowingFile(
          checksum(input, from + end) + "-" + (from + end),
          known < 0,
          new String(bytes, 0, end, StandardCharsets.UTF_8));
    }
  }

  /** The last bytes of a file. */
  static byte[] tail(Path file, int most) throws IOException {
    try (SeekableByteChannel input = Files.newByteChannel(file)) {
      return bytes(input, Math.max(0, input.size() - most), most);
    }
  }

  /** Number of bytes already read, or -1 to start again. */
  private static long offset(SeekableByteChannel input, String place) throws IOException {
    if (place == null || !place.matches("[0-9a-f]{1,8}-\\d{1,15}")) {
      return -1;
    }
    int dash = place.indexOf('-');
    long offset = Long.parseLong(place.substring(dash + 1));
    boolean isKnown =
        offset <= input.size() && place.substring(0, dash).equals(checksum(input, offset));
    return isKnown ? offset : -1;
  }

  private static String checksum(SeekableByteChannel input, long end) throws IOException {
    long from = Math.max(0, end - CHECKED_BYTES);
    CRC32 checksum = new CRC32();
    checksum.update(bytes(input, from, (int) (end - from)));
    return Long.toHexString(checksum.getValue());
  }

  /** Bytes from a position; fewer at the end of the file, which may become shorter meanwhile. */
  private static byte[] bytes(SeekableByteChannel input, long from, int most) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate((int) Math.min(most, Math.max(0, input.size() - from)));
    input.position(from);
    while (bytes.hasRemaining() && input.read(bytes) >= 0) {
      // reads on
    }
    return bytes.hasRemaining() ? Arrays.copyOf(bytes.array(), bytes.position()) : bytes.array();
  }
}
