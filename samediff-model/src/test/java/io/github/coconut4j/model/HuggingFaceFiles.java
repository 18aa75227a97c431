package io.github.coconut4j.model;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The test files that Hugging Face's libraries wrote. */
public final class HuggingFaceFiles {

  private static final Path ROOT = Path.of("src/test/resources/huggingface");

  private HuggingFaceFiles() {}

  /** A file or directory by its name. */
  public static Path path(String name) {
    return ROOT.resolve(name);
  }

  /** A model directory in {@code directory} of the common configuration and these weights. */
  static Path modelDirectory(String weights, Path directory) throws IOException {
    Files.copy(path("single/config.json"), directory.resolve("config.json"));
    Files.copy(path(weights), directory.resolve("model.safetensors"));
    return directory;
  }
}
