package io.github.coconut4j.files;

import io.github.coconut4j.data.Directories;
import io.github.coconut4j.data.SymbolicLinks;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Fills a directory beside its place and moves it there once it is complete. */
public final class AtomicDirectory {

  private static final Pattern PARTIAL =
      Pattern.compile("\\.(.+)\\.[0-9a-f-]{36}\\.partial(\\.previous)?");

  private AtomicDirectory() {}

  /** Writes the content of a directory. */
  @FunctionalInterface
  public interface Filler {
    /** Writes files into a fresh, empty directory. */
    void fill(Path directory) throws IOException;
  }

  /**
   * Makes or replaces a directory. Its previous content is deleted once the new one is in place. A
   * symbolic link stays, and the directory that it leads to is replaced.
   *
   * @throws IOException if it cannot be written, or is a file; what was there before stays
   */
  public static void write(Path named, Filler filler) throws IOException {
    Path directory = SymbolicLinks.follow(named);
    if (Files.exists(directory) && !Files.isDirectory(directory)) {
      throw new FileAlreadyExistsException(named.toString());
    }
    Path parent = directory.getParent();
    Directories.create(parent);
    Path partial =
        Files.createDirectory(
            parent.resolve("." + directory.getFileName() + "." + UUID.randomUUID() + ".partial"));
    try {
      filler.fill(partial);
      Durable.syncAll(partial);
      replace(directory, partial);
    } finally {
      delete(partial);
    }
  }

  /** A directory cannot be moved over a filled one, so the old one steps aside first. */
  private static void replace(Path directory, Path partial) throws IOException {
    Path previous = partial.resolveSibling(partial.getFileName() + ".previous");
    boolean existed = Files.exists(directory);
    if (existed) {
      Files.move(directory, previous, StandardCopyOption.ATOMIC_MOVE);
    }
    try {
      Files.move(partial, directory, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      if (existed) {
        Files.move(previous, directory, StandardCopyOption.ATOMIC_MOVE);
      }
      throw e;
    }
    Directories.sync(directory.getParent());
    if (existed) {
      delete(previous);
    }
  }

  /**
   * Clears a directory of writes that never ended because their process was killed: what had
   * stepped aside goes back where nothing took its place, all else is deleted. Nobody may be
   * writing there.
   */
  public static void recover(Path parent) throws IOException {
    List<Path> left;
    try (Stream<Path> paths = Files.list(parent)) {
      left = paths.filter(path -> partial(path).matches()).toList();
    }
    for (Path path : left) {
      Matcher name = partial(path);
      if (name.matches()
          && name.group(2) != null
          && Files.notExists(parent.resolve(name.group(1)))) {
        Files.move(path, parent.resolve(name.group(1)), StandardCopyOption.ATOMIC_MOVE);
      } else {
        delete(path);
      }
    }
  }

  private static Matcher partial(Path path) {
    return PARTIAL.matcher(path.getFileName().toString());
  }

  /** Deletes a directory and everything in it, if it exists. */
  public static void delete(Path directory) throws IOException {
    if (!Files.exists(directory)) {
      return;
    }
    try (Stream<Path> paths = Files.walk(directory)) {
      paths
          .sorted(Comparator.reverseOrder())
          .forEach(
              path -> {
                try {
                  Files.delete(path);
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              });
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }
}
