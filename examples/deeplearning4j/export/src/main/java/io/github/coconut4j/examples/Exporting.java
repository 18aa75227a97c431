package io.github.coconut4j.examples;

import io.github.coconut4j.CoconutModel;
import io.github.coconut4j.export.SameDiffDirectory;
import java.io.IOException;
import java.nio.file.Path;

/** Writes a model as SameDiff files that open with ND4J alone, with a program that asks them. */
final class Exporting {

  private static final int MOST_NEW_TOKENS = 24;

  private Exporting() {}

  /**
   * @param args a model's directory, the number of thoughts before each answer, the directory to
   *     write
   */
  public static void main(String[] args) throws IOException {
    try (CoconutModel model = CoconutModel.open(Path.of(args[0]))) {
      new SameDiffDirectory(model, Integer.parseInt(args[1]), MOST_NEW_TOKENS)
          .write(Path.of(args[2]));
    }
  }
}
