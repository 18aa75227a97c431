package io.github.coconut4j.model.cuda;

import io.github.coconut4j.files.AtomicFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A directory of compiled kernels, since compiling takes a second or more. */
final class KernelCache {

  private static final Logger LOG = LoggerFactory.getLogger(KernelCache.class);

  /** System property: the directory, instead of one in the user's cache. */
  private static final String FOLDER = "coconut4j.cuda.cache";

  private KernelCache() {}

  /**
   * The kernels stored under a key; if there are none, they are compiled and stored.
   *
   * @param key everything that the result depends on
   */
  static byte[] get(String key, Supplier<byte[]> compilation) {
    Path file = file(key);
    try {
      if (Files.isRegularFile(file)) {
        return Files.readAllBytes(file);
      }
    } catch (IOException e) {
      LOG.debug("The kernels in {} cannot be read and are compiled again.", file, e);
    }
    return renew(key, compilation);
  }

  /** Compiles kernels and stores them under a key, in place of any others. */
  static byte[] renew(String key, Supplier<byte[]> compilation) {
    byte[] kernels = compilation.get();
    try {
      AtomicFile.write(file(key), kernels);
    } catch (IOException e) {
      LOG.debug("The kernels are not kept for the next time: {}", e.toString());
    }
    return kernels;
  }

  private static Path file(String key) {
    return folder().resolve(hash(key) + ".cubin");
  }

  private static Path folder() {
    String chosen = System.getProperty(FOLDER);
    if (chosen != null) {
      return Path.of(chosen);
    }
    String cache = System.getenv("XDG_CACHE_HOME");
    Path root =
        cache == null || cache.isBlank()
            ? Path.of(System.getProperty("user.home"), ".cache")
            : Path.of(cache);
    return root.resolve("coconut4j").resolve("cuda");
  }

  private static String hash(String key) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java has SHA-256", e);
    }
  }
}
