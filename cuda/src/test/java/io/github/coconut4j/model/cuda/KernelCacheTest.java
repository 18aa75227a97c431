package io.github.coconut4j.model.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The driver must not be given a damaged file, of which it may read past the end. */
class KernelCacheTest {

  private static final String FOLDER = "coconut4j.cuda.cache";
  private static final byte[] OLD = bytes("compiled first");
  private static final byte[] NEW = bytes("compiled again");

  private final String before = System.getProperty(FOLDER);

  @TempDir private Path directory;

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @BeforeEach
  void useFolder() {
    System.setProperty(FOLDER, directory.resolve("cache").toString());
  }

  @AfterEach
  void restoreFolder() {
    if (before == null) {
      System.clearProperty(FOLDER);
    } else {
      System.setProperty(FOLDER, before);
    }
  }

  private Path file() throws IOException {
    try (Stream<Path> files = Files.list(directory.resolve("cache"))) {
      return files.findFirst().orElseThrow();
    }
  }

  @Test
  void kernelsAreCompiledOnceForEachKey() {
    assertThat(KernelCache.get("key", () -> OLD)).isEqualTo(OLD);
    assertThat(KernelCache.get("key", () -> NEW)).isEqualTo(OLD);
    assertThat(KernelCache.get("other key", () -> NEW)).isEqualTo(NEW);
    assertThat(KernelCache.renew("key", () -> NEW)).isEqualTo(NEW);
    assertThat(KernelCache.get("key", () -> OLD)).isEqualTo(NEW);
  }

  @Test
  void kernelsInADamagedFileAreCompiledAgain() throws IOException {
    KernelCache.get("key", () -> OLD);
    byte[] whole = Files.readAllBytes(file());
    byte[] changed = whole.clone();
    changed[3] ^= 1;
    for (byte[] damaged :
        List.of(
            changed,
            Arrays.copyOf(whole, whole.length - 1),
            Arrays.copyOf(whole, whole.length / 2),
            Arrays.copyOf(whole, whole.length + 1),
            new byte[0])) {
      Files.write(file(), damaged);
      assertThat(KernelCache.get("key", () -> NEW)).isEqualTo(NEW);
      assertThat(KernelCache.get("key", () -> OLD)).as("it was stored").isEqualTo(NEW);
      KernelCache.renew("key", () -> OLD);
    }
  }

  @Test
  void aFolderThatCannotBeWrittenIsNoFailure() throws IOException {
    Files.writeString(directory.resolve("cache"), "no folder");
    assertThat(KernelCache.get("key", () -> OLD)).isEqualTo(OLD);
    assertThat(KernelCache.get("key", () -> NEW)).isEqualTo(NEW);
  }
}
