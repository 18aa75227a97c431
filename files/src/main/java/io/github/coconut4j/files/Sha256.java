package io.github.coconut4j.files;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Checksums as lower-case hexadecimal text. */
public final class Sha256 {

  private Sha256() {}

  /** The checksum of a file's content. */
  public static String of(Path file) throws IOException {
    MessageDigest digest = digest();
    try (InputStream input =
        new DigestInputStream(Files.newInputStream(AtomicFile.given(file)), digest)) {
      input.transferTo(OutputStream.nullOutputStream());
    }
    return text(digest);
  }

  /** The checksum of a digest's input; the digest is reset. */
  public static String text(MessageDigest digest) {
    return HexFormat.of().formatHex(digest.digest());
  }

  /** Makes an empty digest. */
  public static MessageDigest digest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java platform has SHA-256", e);
    }
  }
}
