package io.github.coconut4j.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

@DisabledOnOs(value = OS.WINDOWS, disabledReason = "needs symbolic links and permissions")
class PresenceTest {

  @TempDir private Path directory;
  private Path file;

  @BeforeEach
  void makeFile() throws IOException {
    file = Files.createFile(directory.resolve("file"));
  }

  @Test
  void kindsAreTold() throws IOException {
    Path link = Files.createSymbolicLink(directory.resolve("link"), Path.of("file"));
    for (Path there : new Path[] {file, link}) {
      assertThat(Presence.exists(there)).isTrue();
      assertThat(Presence.isFile(there)).isTrue();
      assertThat(Presence.isDirectory(there)).isFalse();
    }
    assertThat(Presence.exists(directory)).isTrue();
    assertThat(Presence.isFile(directory)).isFalse();
    assertThat(Presence.isDirectory(directory)).isTrue();
  }

  @Test
  void whatDoesNotExistIsAbsent() throws IOException {
    for (String name : new String[] {"no", "no/file", "file/no", "file/no/file"}) {
      assertThat(Presence.exists(directory.resolve(name))).as(name).isFalse();
      assertThat(Presence.isFile(directory.resolve(name))).as(name).isFalse();
    }
  }

  @Test
  void aLinkToNothingIsRefused() throws IOException {
    Path link = Files.createSymbolicLink(directory.resolve("link"), Path.of("no"));
    assertThatThrownBy(() -> Presence.exists(link))
        .isInstanceOf(UnusablePathException.class)
        .hasMessageContainingAll(link.toString(), "symbolic link to a file that does not exist");
  }

  /** {@link Files#exists} is false for all of these. */
  @Test
  void whatCannotBeDeterminedFails() throws IOException {
    Path round = directory.resolve("round");
    Files.createSymbolicLink(round, Path.of("round"));
    for (Path path : new Path[] {round, directory.resolve("x".repeat(300))}) {
      assertThat(Files.exists(path)).isFalse();
      assertThatThrownBy(() -> Presence.exists(path)).isInstanceOf(FileSystemException.class);
    }
  }

  @Test
  void aDirectoryWithoutPermissionFails() throws IOException {
    Path closed = Files.createDirectory(directory.resolve("closed"));
    Path within = Files.createFile(closed.resolve("file"));
    Files.setPosixFilePermissions(closed, PosixFilePermissions.fromString("---------"));
    try {
      assumeFalse(Files.exists(within), "root may read everything");
      assertThatThrownBy(() -> Presence.isFile(within)).isInstanceOf(AccessDeniedException.class);
    } finally {
      Files.setPosixFilePermissions(closed, PosixFilePermissions.fromString("rwx------"));
    }
  }
}
