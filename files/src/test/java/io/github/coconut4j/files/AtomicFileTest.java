package io.github.coconut4j.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

@DisabledOnOs(value = OS.WINDOWS, disabledReason = "needs links and pipes")
class AtomicFileTest {

  private static final String UNIQUE = "123e4567-e89b-12d3-a456-426614174000";

  @TempDir Path folder;

  private Path named(String name) {
    return folder.resolve(name);
  }

  private Path fifo() throws IOException, InterruptedException {
    Path pipe = named("pipe");
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
    return pipe;
  }

  private static CompletableFuture<String> reading(Path pipe) {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return Files.readString(pipe);
          } catch (IOException e) {
            throw new IllegalStateException(e);
          }
        });
  }

  @Test
  void writesWhereLinksLead() throws IOException {
    Path file = Files.writeString(named("file"), "old");
    Path near = Files.createSymbolicLink(named("near"), Path.of("file"));
    Path far = Files.createSymbolicLink(Files.createDirectory(named("sub")).resolve("far"), near);

    AtomicFile.write(far, "new");

    assertThat(far).isSymbolicLink();
    assertThat(near).isSymbolicLink();
    assertThat(file).isRegularFile().hasContent("new");
    assertThat(folder.toFile().list()).containsExactlyInAnyOrder("file", "near", "sub");
  }

  @Test
  void makesWhatALinkNames() throws IOException {
    Path link = Files.createSymbolicLink(named("link"), Path.of("missing"));

    AtomicFile.write(link, "new");

    assertThat(link).isSymbolicLink();
    assertThat(named("missing")).isRegularFile().hasContent("new");
  }

  @Test
  void writesIntoALinkedFolder() throws IOException {
    Files.createDirectory(named("folder"));
    Path link = Files.createSymbolicLink(named("link"), Path.of("folder"));

    AtomicFile.write(link.resolve("file"), "new");

    assertThat(named("folder").resolve("file")).hasContent("new");
  }

  @Test
  void refusesLinksInACircle() throws IOException {
    Path link = Files.createSymbolicLink(named("a"), Path.of("b"));
    Files.createSymbolicLink(named("b"), Path.of("a"));

    assertThatThrownBy(() -> AtomicFile.write(link, "new"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(link + ": its symbolic links have no end");
  }

  @Test
  void refusesADirectory() throws IOException {
    Files.createDirectory(named("directory"));
    Path link = Files.createSymbolicLink(named("link"), Path.of("directory"));

    for (Path path : new Path[] {folder, link, Path.of(""), Path.of("/")}) {
      assertThatThrownBy(() -> AtomicFile.write(path, "new"))
          .hasMessageContaining("it is a directory where a file is needed");
      assertThatThrownBy(() -> AtomicFile.requireWritable(path)).hasMessageContaining("directory");
    }
  }

  @Test
  void refusesAFileInTheWayOfAFolder() throws IOException {
    Path file = Files.writeString(named("file"), "old");

    assertThatThrownBy(() -> AtomicFile.requireWritable(file.resolve("a/b")))
        .isInstanceOf(FileAlreadyExistsException.class)
        .hasMessage(file.toString());
    assertThatThrownBy(() -> AtomicFile.write(file.resolve("a/b"), "new"))
        .isInstanceOf(IOException.class);
  }

  @Test
  void refusesWhatIsWriteProtected() throws IOException {
    Path file = Files.writeString(named("file"), "old");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("r--r--r--"));
    Assumptions.assumeFalse(Files.isWritable(file), "root writes everywhere");

    assertThatThrownBy(() -> AtomicFile.write(file, "new"))
        .isInstanceOf(AccessDeniedException.class);
    assertThat(file).hasContent("old");
  }

  @Test
  void keepsPermissions() throws IOException {
    Path file = Files.writeString(named("file"), "old");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));

    AtomicFile.write(file, "new");

    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
  }

  @Test
  void writesIntoAPipe() throws Exception {
    Path pipe = fifo();
    Path link = Files.createSymbolicLink(named("link"), pipe);
    for (Path path : new Path[] {pipe, link}) {
      CompletableFuture<String> read = reading(pipe);

      AtomicFile.requireWritable(path);
      AtomicFile.write(path, "through");

      assertThat(read.get(10, TimeUnit.SECONDS)).isEqualTo("through");
      assertThat(Files.getAttribute(pipe, "isOther")).isEqualTo(true);
    }
    assertThat(link).isSymbolicLink();
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void writesToDevices() throws IOException {
    AtomicFile.write(Path.of("/dev/null"), "gone");
    Path link = Files.createSymbolicLink(named("link"), Path.of("/dev/null"));
    AtomicFile.write(link, "gone");

    assertThat(Files.getAttribute(Path.of("/dev/null"), "isOther")).isEqualTo(true);
    assertThat(link).isSymbolicLink();
    assertThatThrownBy(() -> AtomicFile.write(Path.of("/dev/full"), "lost"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("/dev/full")
        .hasMessageContaining("No space left on device");
  }

  /** As {@code (echo before; … --out /dev/fd/9) 9>file} has it. */
  @Test
  @EnabledOnOs(OS.LINUX)
  void writesBehindWhatAnOpenFileHas() throws Exception {
    Path file = named("file");
    Process shell =
        new ProcessBuilder("sh", "-c", "(echo before >&9; exec sleep 30) 9>\"$0\"", file.toString())
            .start();
    try {
      while (!Files.exists(file) || Files.size(file) == 0) {
        Thread.sleep(5);
      }
      long holder = shell.descendants().findFirst().map(ProcessHandle::pid).orElse(shell.pid());

      AtomicFile.write(Path.of("/proc/" + holder + "/fd/9"), "after");

      assertThat(file).hasContent("before\nafter");
      assertThat(folder.toFile().list()).containsExactly("file");
    } finally {
      shell.descendants().forEach(ProcessHandle::destroy);
      shell.destroy();
    }
  }

  @Test
  void deletesWhatAKilledWriterLeft() throws IOException {
    Path left = Files.writeString(named(".file." + UNIQUE + ".tmp"), "half");
    Path other = Files.writeString(named(".file.notes.tmp"), "a person's");
    Path others = Files.writeString(named(".else." + UNIQUE + ".tmp"), "another file's");

    AtomicFile.write(named("file"), "new");

    assertThat(left).doesNotExist();
    assertThat(other).exists();
    assertThat(others).exists();
  }

  @Test
  void leavesWhatIsBeingWritten() throws IOException {
    Path file = named("file");

    AtomicFile.write(
        file,
        output -> {
          AtomicFile.write(file, "meanwhile");
          output.write("last".getBytes(StandardCharsets.US_ASCII));
        });

    assertThat(file).hasContent("last");
    assertThat(folder.toFile().list()).containsExactly("file");
  }

  @Test
  void leavesWhatIsLocked() throws IOException {
    Path left = named(".file." + UNIQUE + ".tmp");
    try (FileOutputStream opened = new FileOutputStream(left.toFile());
        FileLock lock = opened.getChannel().lock()) {
      AtomicFile.write(named("file"), "new");

      assertThat(lock.isValid()).isTrue();
      assertThat(left).exists();
    }
  }

  @Test
  void takesContentThatClosesItsStream() throws IOException {
    AtomicFile.write(
        named("file"),
        (OutputStream output) -> {
          output.write('x');
          output.close();
        });

    assertThat(named("file")).hasContent("x");
  }

  @Test
  void takesTheLongestNames() throws IOException {
    Path file = named("\ud83e\udd65".repeat(63) + ".js");

    AtomicFile.write(file, "new");

    assertThat(file).hasContent("new");
  }

  @Test
  void leavesTheOldFileAloneWhenWritingFails() throws IOException {
    Path target = Files.writeString(named("target"), "old");

    assertThatThrownBy(
            () ->
                AtomicFile.write(
                    target,
                    output -> {
                      output.write(new byte[10_000]);
                      throw new IOException("disk full");
                    }))
        .isInstanceOf(IOException.class)
        .hasMessage(target + ": disk full");

    assertThat(target).hasContent("old");
    assertThat(folder.toFile().list()).containsExactly("target");
  }

  @Test
  void showsTheOldFileUntilTheNewOneIsComplete() throws IOException {
    Path target = Files.writeString(named("target"), "old");

    AtomicFile.write(
        target,
        output -> {
          output.write('n');
          output.flush();
          assertThat(target).hasContent("old");
        });

    assertThat(target).hasContent("n");
    assertThat(folder.toFile().list()).containsExactly("target");
  }

  /** A loop's thread may be stopped while it writes: what it had begun is not lost for that. */
  @Test
  void writesWholeWhereTheThreadIsInterrupted() throws IOException {
    Thread.currentThread().interrupt();
    try {
      AtomicFile.write(named("file"), "whole");
    } finally {
      assertThat(Thread.interrupted()).isTrue();
    }

    assertThat(named("file")).hasContent("whole");
  }

  @Test
  void createsMissingDirectories() throws IOException {
    AtomicFile.write(named("a/b/target"), "x");

    assertThat(named("a/b/target")).hasContent("x");
  }

  @Test
  void replacesRegularFilesAlone() throws Exception {
    Path device = Files.createSymbolicLink(named("device"), Path.of("/dev/null"));
    Path pipe = fifo();
    Path directory = Files.createDirectory(named("directory"));
    Path link =
        Files.createSymbolicLink(named("link"), Path.of("../" + folder.getFileName() + "/blob"));

    for (Path target : new Path[] {device, pipe}) {
      assertThatThrownBy(() -> AtomicFile.replace(target, output -> output.write('x')))
          .isInstanceOf(IOException.class)
          .hasMessageContaining(target + ": it is no regular file");
    }
    assertThatThrownBy(() -> AtomicFile.replace(directory, output -> output.write('x')))
        .hasMessageContaining(directory + ": it is a directory where a file is needed");
    AtomicFile.replace(link, output -> output.write('x'));

    assertThat(named("blob")).isRegularFile().hasContent("x");
    assertThat(folder.toFile().list())
        .containsExactlyInAnyOrder("device", "pipe", "directory", "link", "blob");
  }
}
