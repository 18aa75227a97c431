package io.github.coconut4j.files;

import io.github.coconut4j.data.Directories;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;

/** Makes sure that what was written survives a loss of power. */
final class Durable {

  private Durable() {}

  private static void sync(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.force(true);
    }
  }

  /** Files, and the entries of the directory and of those in it. */
  static void syncAll(Path directory) throws IOException {
    List<Path> paths;
    try (Stream<Path> walked = Files.walk(directory)) {
      paths = walked.toList();
    }
    for (Path path : paths) {
      if (Files.isRegularFile(path)) {
        sync(path);
      } else if (Files.isDirectory(path)) {
        Directories.sync(path);
      }
    }
  }
}
