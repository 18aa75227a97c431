package io.github.coconut4j.cli;

import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** The option {@code --to}, the directory that a command makes. */
final class NewDirectoryOption {

  @Option(names = "--to", required = true, paramLabel = "DIR", description = "The new directory.")
  private Path directory;

  /**
   * The directory.
   *
   * @throws IllegalArgumentException if it is there already
   */
  Path requireNew() {
    if (Files.exists(directory, LinkOption.NOFOLLOW_LINKS)) {
      throw new IllegalArgumentException(
          "--to needs a directory that is not there yet but "
              + directory
              + " exists. Choose another.");
    }
    return directory;
  }
}
