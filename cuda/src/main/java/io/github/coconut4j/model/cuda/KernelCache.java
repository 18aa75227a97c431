package io.github.coconut4j.model.cuda;

import io.github.coconut4j.files.AtomicFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.function.Supplier;
import lombok.extern.slf4j.Slf4j;

/** A directory of compiled kernels, since compiling takes a second or more. */
@Slf4j
final class KernelCache {

  /** System property: the directory, instead of one in the user's cache. */
  private static final String FOLDER = "coconut4j.cuda.cache";

  /** Size of a SHA-256 digest, which follows the kernels in their file. */
  private static final int DIGEST_BYTES = 32;

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
        byte[] bytes = Files.readAllBytes(file);
        byte[] kernels = Arrays.copyOf(bytes, Math.max(0, bytes.length - DIGEST_BYTES));
        if (Arrays.equals(bytes, withDigest(kernels))) {
          return kernels;
        }
        log.warn("The kernels in {} are damaged and are compiled again.", file);
      }
    } catch (IOException e) {
      log.debug("The kernels in {} cannot be read and are compiled again.", file, e);
    }
    return renew(key, compilation);
  }

  /** The content of a file: the driver trusts kernels, so the file must be what was written. */
  private static byte[] withDigest(byte[] kernels) {
    byte[] digest = digest(kernels);
    return ByteBuffer.allocate(kernels.length + DIGEST_BYTES).put(kernels).put(digest).array();
  }

  /** Compiles kernels and stores them under a key, in place of any others. */
  static byte[] renew(String key, Supplier<byte[]> compilation) {
    byte[] kernels = compilation.get();
    try {
      AtomicFile.write(file(key), withDigest(kernels));
    } catch (IOException e) {
      log.debug("The kernels are not kept for the next time: {}", e.toString());
    }
    return kernels;
  }

  private static Path file(String key) {
    byte[] digest = digest(key.getBytes(StandardCharsets.UTF_8));
    return folder().resolve(HexFormat.of().formatHex(digest) + ".kernels");
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

  private static byte[] digest(byte[] bytes) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(bytes);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java has SHA-256", e);
    }
  }
}
