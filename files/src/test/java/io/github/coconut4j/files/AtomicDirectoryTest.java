package io.github.coconut4j.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AtomicDirectoryTest {

  private static final String KILLED = ".model.0f8fad5b-d9cb-469f-a165-70867728950e.partial";

  @TempDir private Path parent;

  private void put(String directory, String content) throws IOException {
    Path path = Files.createDirectory(parent.resolve(directory));
    Files.writeString(path.resolve("file"), content);
  }

  private String content() throws IOException {
    return Files.readString(parent.resolve("model").resolve("file"));
  }

  @Test
  void replacesWhatWasThere() throws IOException {
    put("model", "old");

    AtomicDirectory.write(
        parent.resolve("model"), directory -> Files.writeString(directory.resolve("file"), "new"));

    assertThat(content()).isEqualTo("new");
    assertThat(parent).isDirectoryNotContaining("glob:**.partial*");
  }

  /** A run that is stopped by an interrupt saves its state. */
  @Test
  void anInterruptedThreadWritesAllTheSame() throws IOException {
    put("model", "old");

    Thread.currentThread().interrupt();
    try {
      AtomicDirectory.write(
          parent.resolve("model"),
          directory -> Files.writeString(directory.resolve("file"), "new"));
    } finally {
      assertThat(Thread.interrupted()).as("still interrupted").isTrue();
    }

    assertThat(content()).isEqualTo("new");
    assertThat(parent).isDirectoryNotContaining("glob:**.partial*");
  }

  @Test
  void whatWasThereStaysWhereTheNewContentFails() throws IOException {
    put("model", "old");

    assertThatThrownBy(
            () ->
                AtomicDirectory.write(
                    parent.resolve("model"),
                    directory -> {
                      throw new IOException("full");
                    }))
        .hasMessage("full");

    assertThat(content()).isEqualTo("old");
    assertThat(parent).isDirectoryNotContaining("glob:**.partial*");
  }

  @Test
  void replacesWhatALinkLeadsTo() throws IOException {
    put("model", "old");
    Path link = Files.createSymbolicLink(parent.resolve("link"), Path.of("model"));
    Path dangling = Files.createSymbolicLink(parent.resolve("dangling"), Path.of("else"));

    for (Path path : new Path[] {link, dangling}) {
      AtomicDirectory.write(path, directory -> Files.writeString(directory.resolve("file"), "new"));
      assertThat(path).isSymbolicLink().isDirectory();
    }

    assertThat(content()).isEqualTo("new");
    assertThat(parent.resolve("else").resolve("file")).hasContent("new");
    assertThat(parent.toFile().list())
        .containsExactlyInAnyOrder("model", "link", "else", "dangling");
  }

  @Test
  void aFileIsNotReplaced() throws IOException {
    Path file = Files.writeString(parent.resolve("model"), "a person's");

    assertThatThrownBy(() -> AtomicDirectory.write(file, directory -> {}))
        .isInstanceOf(FileAlreadyExistsException.class);

    assertThat(file).hasContent("a person's");
  }

  /** Killed after the old one stepped aside, before the new one took its place. */
  @Test
  void recoversWhatHadSteppedAside() throws IOException {
    put(KILLED + ".previous", "old");
    put(KILLED, "perhaps half of the new one");
    Files.createFile(parent.resolve(KILLED.replace("partial", "tmp")));

    AtomicDirectory.recover(parent);

    assertThat(content()).isEqualTo("old");
    assertThat(parent.toFile().list()).containsExactly("model");
  }

  /** Killed before the old one was deleted. */
  @Test
  void deletesWhatWasReplaced() throws IOException {
    put(KILLED + ".previous", "old");
    put("model", "new");

    AtomicDirectory.recover(parent);

    assertThat(content()).isEqualTo("new");
    assertThat(parent.toFile().list()).containsExactly("model");
  }

  /** Killed while it wrote, before its files were in place. */
  @Test
  void deletesWhatAKilledWriterOfTheSameDirectoryLeft() throws IOException {
    put(KILLED, "half of the new one");
    put(KILLED.replace("model", "model.b"), "another directory's");
    Files.createFile(parent.resolve(KILLED.replace("partial", "tmp"))); // its lock ended with it

    AtomicDirectory.write(
        parent.resolve("model"), directory -> Files.writeString(directory.resolve("file"), "new"));

    assertThat(content()).isEqualTo("new");
    assertThat(parent.toFile().list())
        .containsExactlyInAnyOrder("model", KILLED.replace("model", "model.b"));
  }

  @Test
  void restoresWhatHadSteppedAsideWhereTheNextWriterFails() throws IOException {
    put(KILLED + ".previous", "old");

    assertThatThrownBy(
            () ->
                AtomicDirectory.write(
                    parent.resolve("model"),
                    directory -> {
                      throw new IOException("full");
                    }))
        .hasMessage("full");

    assertThat(content()).isEqualTo("old");
    assertThat(parent.toFile().list()).containsExactly("model");
  }

  @Test
  void leavesAWriterAtWorkAlone() throws IOException {
    Path model = parent.resolve("model");
    AtomicDirectory.write(
        model,
        first -> {
          AtomicDirectory.write(
              model, second -> Files.writeString(second.resolve("file"), "second"));
          assertThat(content()).isEqualTo("second");
          Files.writeString(first.resolve("file"), "first");
        });

    assertThat(content()).isEqualTo("first");
    assertThat(parent.toFile().list()).containsExactly("model");
  }

  @Test
  void takesALinkToADirectoryForOne() throws IOException {
    put("model", "old");
    Path link = Files.createSymbolicLink(parent.resolve("link"), Path.of("model"));

    AtomicDirectory.create(link);
    AtomicDirectory.create(link.resolve("a/b"));

    assertThat(link).isSymbolicLink();
    assertThat(parent.resolve("model/a/b")).isDirectory();
  }

  @Test
  void createsNothingWhereALinkLeadsNowhere() throws IOException {
    Path link = Files.createSymbolicLink(parent.resolve("link"), Path.of("missing"));

    assertThatThrownBy(() -> AtomicDirectory.create(link))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(link + ": it is a symbolic link to missing, which is missing");

    assertThat(parent.toFile().list()).containsExactly("link");
  }
}
