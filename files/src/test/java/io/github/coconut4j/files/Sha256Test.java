package io.github.coconut4j.files;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class Sha256Test {

  /** The example of FIPS 180-4 with one block. */
  private static final String SUM_OF_ABC =
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

  @Test
  void sumsAsTheStandardSays(@TempDir Path directory) throws IOException {
    MessageDigest digest = Sha256.digest();
    digest.update("abc".getBytes(StandardCharsets.US_ASCII));

    assertThat(Sha256.text(digest)).isEqualTo(SUM_OF_ABC);
    assertThat(Sha256.of(Files.writeString(directory.resolve("abc"), "abc"))).isEqualTo(SUM_OF_ABC);
  }
}
