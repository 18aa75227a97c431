package io.github.coconut4j.files;

import java.io.BufferedOutputStream;
import java.io.File;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import lombok.extern.slf4j.Slf4j;

/**
 * A file that is written beside another and replaces it. Its writer holds a lock on it, which ends
 * with the process in any case. A file without a lock was left by a killed process, and the next
 * writer of the same file deletes it.
 */
@Slf4j
final class TemporaryFile implements AutoCloseable {

  private static final String SUFFIX = ".tmp";

  private static final Pattern UNIQUE =
      Pattern.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\\.tmp");

  /** Windows neither moves nor deletes a file that is open. */
  private static final boolean MUST_BE_CLOSED = File.separatorChar == '\\';

  /** Each has at most 4 bytes, and a file's name at most 255 bytes. */
  private static final int NAME_CHARACTERS = 50;

  /**
   * Temporary files of this process: opening and closing one would end its lock on POSIX systems.
   */
  private static final Set<Path> OWN = ConcurrentHashMap.newKeySet();

  private final Path target;
  private final Path path;
  private final FileOutputStream file;
  private final OutputStream output;
  private boolean isMoved;

  private TemporaryFile(Path target, Path path) throws IOException {
    this.target = target;
    this.path = path;
    // Not a channel's stream, which an interrupt of the thread would close.
    this.file = new FileOutputStream(path.toFile());
    this.output =
        new BufferedOutputStream(file) {
          @Override
          public void close() throws IOException {
            flush(); // the lock ends with the file, so a writer's close must leave it open
          }
        };
  }

  /** Deletes leftovers of killed processes for the same file and begins a new one. */
  static TemporaryFile beside(Path target) throws IOException {
    deleteLeftovers(target);
    while (true) {
      Path path = path(target, UUID.randomUUID().toString());
      OWN.add(path);
      TemporaryFile created;
      try {
        created = new TemporaryFile(target, path);
      } catch (IOException e) {
        OWN.remove(path);
        throw e;
      }
      if (created.isOurs()) {
        return created;
      }
      created.close(); // another process treated it as a leftover before it was locked
    }
  }

  /** The part of the name that no other temporary file has. */
  String unique() {
    String name = path.getFileName().toString();
    return name.substring(prefix(target).length(), name.length() - SUFFIX.length());
  }

  /** The temporary file of a target with this unique part, which need not exist. */
  static Path path(Path target, String unique) {
    return target.resolveSibling(prefix(target) + unique + SUFFIX);
  }

  /** The stream for the content; closing it is allowed but not needed. */
  OutputStream output() {
    return output;
  }

  /** Completes the content and replaces the target, keeping its permissions. */
  void replaceTarget() throws IOException {
    output.flush();
    keepPermissions();
    file.getFD().sync(); // a name must not refer to content that never reached the disk
    closeIfItMustBe();
    Files.move(path, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    isMoved = true;
    AtomicDirectory.sync(target.getParent());
  }

  private void keepPermissions() throws IOException {
    PosixFileAttributeView own = Files.getFileAttributeView(path, PosixFileAttributeView.class);
    if (own == null || !Files.exists(target)) {
      return;
    }
    Set<PosixFilePermission> before = Files.getPosixFilePermissions(target);
    if (!own.readAttributes().permissions().equals(before)) {
      own.setPermissions(before);
    }
  }

  @Override
  public void close() throws IOException {
    try {
      if (!isMoved) {
        closeIfItMustBe();
        Files.deleteIfExists(path);
      }
    } finally {
      file.close();
      OWN.remove(path);
    }
  }

  private void closeIfItMustBe() throws IOException {
    if (MUST_BE_CLOSED) {
      file.close();
    }
  }

  private static String prefix(Path target) {
    String name = target.getFileName().toString();
    int end =
        name.offsetByCodePoints(
            0, Math.min(NAME_CHARACTERS, name.codePointCount(0, name.length())));
    return "." + name.substring(0, end) + ".";
  }

  private static void deleteLeftovers(Path target) {
    String prefix = prefix(target);
    File[] left = target.getParent().toFile().listFiles((folder, name) -> isOf(prefix, name));
    if (left == null) {
      return; // a directory may be writable but not listable; leftovers only take space
    }
    for (File leftover : left) {
      if (!OWN.contains(leftover.toPath())) {
        deleteUnlessLocked(leftover);
      }
    }
  }

  private static boolean isOf(String prefix, String name) {
    return name.startsWith(prefix) && UNIQUE.matcher(name.substring(prefix.length())).matches();
  }

  private static void deleteUnlessLocked(File leftover) {
    try {
      boolean isUnused;
      try (FileOutputStream opened = new FileOutputStream(leftover, true)) {
        isUnused = lock(opened);
        if (isUnused && !MUST_BE_CLOSED) {
          Files.deleteIfExists(leftover.toPath()); // before its writer can lock it
        }
      }
      if (isUnused && MUST_BE_CLOSED) {
        Files.deleteIfExists(leftover.toPath());
      }
    } catch (IOException e) {
      // It belongs to another user, or the file system has no locks: whether it is in use is
      // unknown.
      log.debug("{} is left where it is: {}", leftover, e.toString());
    }
  }

  /** Locks a file, if nobody else holds it. */
  private static boolean lock(FileOutputStream file) throws IOException {
    try {
      return file.getChannel().tryLock() != null;
    } catch (OverlappingFileLockException e) {
      return false; // another thread of this process holds it
    }
  }

  /** Without locks nobody treats the file as a leftover either. */
  private boolean isOurs() {
    try {
      return lock(file) && Files.exists(path);
    } catch (IOException e) {
      log.debug("{} is written without a lock: {}", path, e.toString());
      return true;
    }
  }
}
