package io.github.coconut4j.files;

import java.io.FileOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import lombok.extern.slf4j.Slf4j;

/** Writes a directory beside its target and moves it there once it is complete. */
@Slf4j
public final class AtomicDirectory {

  private static final Pattern PARTIAL =
      Pattern.compile(
          "\\.(?<name>.+)\\.(?<unique>[0-9a-f-]{36})\\.partial(?<previous>\\.previous)?");

  private AtomicDirectory() {}

  /** Writes the content of a directory. */
  @FunctionalInterface
  public interface Filler {
    /** Writes files into a new, empty directory. */
    void fill(Path directory) throws IOException;
  }

  /**
   * Makes or replaces a directory. Its previous content is deleted once the new one is in place. A
   * symbolic link stays, and the directory that it leads to is replaced. What a killed writer of
   * the same directory left is deleted, or restored if it is the previous content.
   *
   * @throws IOException if it cannot be written, or is a file; then the previous directory stays
   */
  public static void write(Path named, Filler filler) throws IOException {
    Path directory = AtomicFile.followLinks(named);
    if (Files.exists(directory) && !Files.isDirectory(directory)) {
      throw new FileAlreadyExistsException(named.toString());
    }
    create(directory.getParent());
    AtomicFile.requireWritableThere(directory.getParent());
    try (TemporaryFile mark = TemporaryFile.beside(directory)) {
      recoverLeftovers(directory);
      write(directory, filler, mark);
    }
  }

  private static void recoverLeftovers(Path directory) {
    try {
      recover(directory.getParent(), left -> isLeftover(left, directory));
    } catch (IOException | UncheckedIOException e) {
      // They belong to another user, or the parent is writable but not listable.
      log.debug("What is left of {} stays: {}", directory, e.toString());
    }
  }

  /** The mark's lock, which ends with the process, tells others that this writer is at work. */
  private static void write(Path directory, Filler filler, TemporaryFile mark) throws IOException {
    Path partial =
        Files.createDirectory(
            directory.resolveSibling(
                "." + directory.getFileName() + "." + mark.unique() + ".partial"));
    try {
      filler.fill(partial);
      syncAll(partial);
      replace(directory, partial);
    } finally {
      delete(partial);
    }
  }

  /** Whether a killed writer of this directory left it. */
  private static boolean isLeftover(Matcher left, Path directory) {
    return left.group("name").equals(directory.getFileName().toString())
        && Files.notExists(TemporaryFile.path(directory, left.group("unique")));
  }

  /** A directory cannot be moved over a non-empty one, so the old one is moved aside first. */
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
    sync(directory.getParent());
    if (existed) {
      delete(previous);
    }
  }

  /**
   * Cleans up after writers that were killed: a directory that was moved aside is restored if
   * nothing replaced it, and other leftovers are deleted. Nobody may be writing in {@code parent}.
   */
  public static void recover(Path parent) throws IOException {
    recover(AtomicFile.given(parent), left -> true);
  }

  private static void recover(Path parent, Predicate<Matcher> isLeftover) throws IOException {
    List<Path> paths;
    try (Stream<Path> all = Files.list(parent)) {
      paths = all.toList();
    }
    for (Path path : paths) {
      Matcher name = partial(path);
      if (name.matches() && isLeftover.test(name)) {
        Path directory = parent.resolve(name.group("name"));
        recover(path, directory, name.group("previous") != null);
        Files.deleteIfExists(TemporaryFile.path(directory, name.group("unique")));
      }
    }
  }

  private static void recover(Path left, Path directory, boolean isPrevious) throws IOException {
    if (isPrevious && Files.notExists(directory)) {
      Files.move(left, directory, StandardCopyOption.ATOMIC_MOVE);
    } else {
      delete(left);
    }
  }

  private static Matcher partial(Path path) {
    return PARTIAL.matcher(path.getFileName().toString());
  }

  /** Deletes a directory and everything in it, if it exists. */
  public static void delete(Path directory) throws IOException {
    if (!Files.exists(AtomicFile.given(directory))) {
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

  /**
   * Creates a directory and missing parents; a symbolic link to a directory counts as one.
   *
   * @throws IOException if it cannot be created, or something else has its name
   */
  public static void create(Path directory) throws IOException {
    if (Files.isDirectory(AtomicFile.given(directory))) {
      return; // before Java 20 createDirectories rejects a link to a directory
    }
    if (Files.isSymbolicLink(directory) && Files.notExists(directory)) {
      throw new UnusablePathException(
          directory,
          "it is a symbolic link to " + Files.readSymbolicLink(directory) + ", which is missing");
    }
    requireDirectory(lowestExisting(directory.toAbsolutePath()));
    Files.createDirectories(directory);
  }

  private static Path lowestExisting(Path path) {
    Path existing = path;
    while (!Files.exists(existing) && existing.getParent() != null) {
      existing = existing.getParent();
    }
    return existing;
  }

  private static void requireDirectory(Path existing) throws IOException {
    if (Files.exists(existing) && !Files.isDirectory(existing)) {
      throw new FileAlreadyExistsException(existing.toString());
    }
  }

  /** Writes all files and directories of a directory to the disk. */
  private static void syncAll(Path directory) throws IOException {
    List<Path> paths;
    try (Stream<Path> walked = Files.walk(directory)) {
      paths = walked.toList();
    }
    for (Path path : paths) {
      if (Files.isDirectory(path)) {
        sync(path);
      } else if (Files.isRegularFile(path)) {
        // Not a channel, which an interrupt of the thread would close.
        try (FileOutputStream file = new FileOutputStream(path.toFile(), true)) {
          file.getFD().sync();
        }
      }
    }
  }

  /**
   * Writes a directory's entries to the disk. A file's content survives a power loss once the file
   * is synchronised, its name only once the directory is.
   */
  static void sync(Path directory) {
    if (!directory.getFileSystem().supportedFileAttributeViews().contains("posix")) {
      return; // Windows cannot open directories
    }
    try {
      forceUninterrupted(directory);
    } catch (IOException e) {
      // Network and user-space file systems may not support this, and a directory may be writable
      // but not readable. The file is complete and in place; at worst a power loss restores the
      // previous one.
      log.debug("The entries of {} could not be synchronised: {}", directory, e.toString());
    }
  }

  /** Only a channel opens a directory, and an interrupt closes it, so it is opened again. */
  private static void forceUninterrupted(Path directory) throws IOException {
    boolean interrupted = false;
    boolean forced = false;
    try {
      while (!forced) {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
          channel.force(true);
          forced = true;
        } catch (ClosedByInterruptException e) {
          interrupted = Thread.interrupted() || interrupted;
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
