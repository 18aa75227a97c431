package io.github.coconut4j.model.internal.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileReplacementTest {

  @TempDir Path directory;

  @Test
  void leavesTheOldFileAloneWhenWritingFails() throws IOException {
    Path target = Files.writeString(directory.resolve("target"), "old");

    assertThatThrownBy(
            () ->
                FileReplacement.write(
                    target,
                    channel -> {
                      channel.write(ByteBuffer.wrap(new byte[100]));
                      throw new IOException("disk full");
                    }))
        .isInstanceOf(IOException.class)
        .hasMessage("disk full");

    assertThat(target).hasContent("old");
    assertThat(directory.toFile().list()).containsExactly("target");
  }

  @Test
  void showsTheOldFileUntilTheNewOneIsComplete() throws IOException {
    Path target = Files.writeString(directory.resolve("target"), "old");

    FileReplacement.write(
        target,
        channel -> {
          channel.write(ByteBuffer.wrap(new byte[] {'n', 'e', 'w'}));
          assertThat(target).hasContent("old");
        });

    assertThat(target).hasContent("new");
    assertThat(directory.toFile().list()).containsExactly("target");
  }

  @Test
  void writesWhereLinksLead() throws IOException {
    Path real = Files.createDirectory(directory.resolve("real"));
    Path linkedDirectory = Files.createSymbolicLink(directory.resolve("linked"), real);
    Path link = Files.createSymbolicLink(real.resolve("link"), Path.of("../blob"));

    FileReplacement.write(
        linkedDirectory.resolve("link"), channel -> channel.write(ByteBuffer.wrap(new byte[1])));

    assertThat(link).isSymbolicLink();
    assertThat(directory.resolve("blob")).isRegularFile().hasSize(1);
    assertThat(directory.toFile().list()).containsExactlyInAnyOrder("real", "linked", "blob");
  }

  @Test
  void refusesWhatIsNoRegularFile() throws IOException {
    Path link = Files.createSymbolicLink(directory.resolve("link"), Path.of("/dev/null"));
    Path folder = Files.createDirectory(directory.resolve("folder"));

    for (Path target : new Path[] {link, folder}) {
      assertThatThrownBy(() -> FileReplacement.write(target, channel -> {}))
          .isInstanceOf(IOException.class)
          .hasMessageContaining(target + ": it is no regular file");
    }
    assertThat(directory.toFile().list()).containsExactlyInAnyOrder("link", "folder");
  }

  @Test
  void createsMissingDirectories() throws IOException {
    Path target = directory.resolve("a/b/target");

    FileReplacement.write(target, channel -> channel.write(ByteBuffer.wrap(new byte[] {'x'})));

    assertThat(target).hasContent("x");
  }
}
