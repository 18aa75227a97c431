package io.github.coconut4j.data.tokenizer;

import ai.djl.util.Utils;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Keeps DJL off the network. By default it reports each start to its authors, and on a machine with
 * a GPU it downloads another build of the tokenizers than the one in its jar. A user without a home
 * directory gets a private directory for its native library. Settings of the user are kept.
 */
final class DjlOffline {

  private DjlOffline() {}

  static void ensure() {
    setUnlessSet("OPT_OUT_TRACKING", "true");
    setUnlessSet("RUST_FLAVOR", "cpu");
    if (!Files.isWritable(Path.of(System.getProperty("user.home")))
        && Utils.getEnvOrSystemProperty("ENGINE_CACHE_DIR") == null
        && Utils.getEnvOrSystemProperty("DJL_CACHE_DIR") == null) {
      System.setProperty("DJL_CACHE_DIR", folderWithoutHome().toString());
    }
  }

  /** DJL's own directory would be shared by all users, and only the first could write to it. */
  private static Path folderWithoutHome() {
    Path temporary = Path.of(System.getProperty("java.io.tmpdir"));
    Path own = temporary.resolve(".djl.ai-" + System.getProperty("user.name"));
    try {
      Files.createDirectories(own);
      return Files.isWritable(own) ? own : Files.createTempDirectory(temporary, ".djl.ai-");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void setUnlessSet(String property, String value) {
    if (Utils.getEnvOrSystemProperty(property) == null) {
      System.setProperty(property, value);
    }
  }
}
