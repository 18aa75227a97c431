package io.github.coconut4j.serve.page;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import lombok.Value;

/**
 * The new content of a file that another process writes, from a reader's last position. A resumed
 * run replaces its file by a shorter one, so the position includes the file's identity.
 */
@Value
class GrowingFile {

  private static final int MOST_BYTES = 16 * 1024 * 1024;

  /** Position for the next read: {@code identity-offset}. */
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
    BasicFileAttributes attributes =
        Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    String identity = Integer.toHexString(String.valueOf(attributes.fileKey()).hashCode());
    long from = offset(place, identity, attributes.size());
    try (RandomAccessFile input = new RandomAccessFile(file.toFile(), "r")) {
      input.seek(Math.max(from, 0));
      int length = (int) Math.min(MOST_BYTES, Math.max(0, input.length() - Math.max(from, 0)));
      byte[] bytes = new byte[length];
      int end = Math.max(0, input.read(bytes)); // less if the file became shorter meanwhile
      while (end > 0 && bytes[end - 1] != '\n') {
        end--;
      }
      return new GrowingFile(
          identity + "-" + (Math.max(from, 0) + end),
          from < 0,
          new String(bytes, 0, end, StandardCharsets.UTF_8));
    }
  }

  /** Number of bytes already read, or -1 to start again. */
  private static long offset(String place, String identity, long size) {
    if (place == null || !place.matches("[0-9a-f]{1,8}-\\d{1,15}")) {
      return -1;
    }
    int dash = place.indexOf('-');
    long offset = Long.parseLong(place.substring(dash + 1));
    return place.substring(0, dash).equals(identity) && offset <= size ? offset : -1;
  }
}
