package io.github.coconut4j.serve.page;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Runs are found whatever is beside them. */
class RunIndexTest {

  @TempDir private Path directory;

  private void writeRun(String name) throws IOException {
    Files.createFile(Files.createDirectories(directory.resolve(name)).resolve("metrics.jsonl"));
  }

  private Set<String> runs() throws IOException {
    return new RunIndex(directory).list().runs().keySet();
  }

  /** As a run leaves it behind: with a model, tokens and two checkpoints. */
  private void writeCandidate(String name) throws IOException {
    writeRun(name);
    for (String own : List.of("model", "tokens", "checkpoints/step-1", "checkpoints/step-2")) {
      Files.createDirectories(directory.resolve(name).resolve(own));
    }
  }

  @Test
  void allCandidatesOfALargeSearchAreFound() throws IOException {
    for (int i = 0; i < 500; i++) {
      writeCandidate("search/candidates/" + i);
    }
    Files.createFile(directory.resolve("search/results.jsonl"));
    writeRun("search/candidates/7/evaluated again");

    RunIndex.Listing found = new RunIndex(directory).list();
    assertThat(found.runs())
        .hasSize(501)
        .containsKeys("search/candidates/499", "search/candidates/7/evaluated again");
    assertThat(found.searches()).containsOnlyKeys("search");
    assertThat(found.complete()).isTrue();
  }

  /** A directory of that name holds runs where it does not belong to one. */
  @Test
  void aGroupOfRunsMayBeCalledAsAPartOfARun() throws IOException {
    writeRun("model/a");
    writeRun("checkpoints/b");

    assertThat(runs()).containsOnly("model/a", "checkpoints/b");
  }

  @Test
  void aListThatIsCutSaysSo() throws IOException {
    for (int i = 1; i < RunIndex.MOST_DIRECTORIES; i++) { // the directory itself is one
      Files.createDirectory(directory.resolve("" + i));
    }
    assertThat(new RunIndex(directory).list().complete()).isTrue();
    writeRun("one more");
    assertThat(new RunIndex(directory).list().complete()).isFalse();
  }

  /** To another disk, for instance; links below it are not followed. */
  @Test
  @DisabledOnOs(value = OS.WINDOWS, disabledReason = "needs the right to make links")
  void theDirectoryItselfMayBeALink() throws IOException {
    writeRun("runs/a");
    Files.createFile(directory.resolve("runs/results.jsonl"));
    Path link = Files.createSymbolicLink(directory.resolve("link"), directory.resolve("runs"));

    RunIndex.Listing found = new RunIndex(link).list();
    assertThat(found.runs()).containsOnlyKeys("a");
    assertThat(found.searches()).containsOnlyKeys("link");
  }

  @Test
  void runsAreFoundFiveFoldersDeep() throws IOException {
    writeRun("a");
    writeRun("b/c/d/e/f");
    writeRun("b/c/d/e/f/g");

    assertThat(runs()).containsOnly("a", "b/c/d/e/f");
  }

  /** A run that is being trained writes checkpoints and deletes them. */
  @Test
  void directoriesMayDisappearMeanwhile() throws IOException {
    writeRun("run");
    AtomicBoolean isOver = new AtomicBoolean();
    CompletableFuture<Void> training =
        CompletableFuture.runAsync(
            () -> {
              try {
                while (!isOver.get()) {
                  Path checkpoint =
                      Files.createDirectories(directory.resolve("run/checkpoints/step-1"));
                  Files.delete(checkpoint);
                  Files.delete(checkpoint.getParent());
                }
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
    try {
      for (int i = 0; i < 1000; i++) {
        assertThat(runs()).containsOnly("run");
      }
    } finally {
      isOver.set(true);
    }
    training.join();
  }

  @Test
  @DisabledOnOs(value = OS.WINDOWS, disabledReason = "needs POSIX permissions")
  void whatOthersKeepForThemselvesIsLeftOut() throws IOException {
    writeRun("run");
    writeRun("theirs");
    Path theirs = directory.resolve("theirs");
    Files.setPosixFilePermissions(theirs, PosixFilePermissions.fromString("---------"));
    try {
      assumeFalse(Files.isReadable(theirs), "root may read everything");

      assertThat(runs()).containsOnly("run");
    } finally {
      Files.setPosixFilePermissions(theirs, PosixFilePermissions.fromString("rwx------"));
    }
  }
}
