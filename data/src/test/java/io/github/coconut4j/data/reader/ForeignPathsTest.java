package io.github.coconut4j.data.reader;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.coconut4j.data.InvalidProblemException;
import io.github.coconut4j.data.ReasoningProblem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** What a path names that is no ordinary file, and a file that never ends. */
class ForeignPathsTest {

  @TempDir Path folder;

  @Test
  @DisabledOnOs(value = OS.WINDOWS, disabledReason = "needs a pipe")
  void readsAPipeOnce() throws Exception {
    Path pipe = folder.resolve("pipe");
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
    for (String content :
        List.of(
            "[{'question': 'q', 'steps': [], 'answer': 'a'}]",
            "\ufeff{'question': 'q', 'steps': [], 'answer': 'a'}",
            "q||#### a",
            "{'e': {'test_example': {'question': 'q', 'query': 'r', 'chain_of_thought': [], "
                + "'answer': 'a'}}}")) {
      CompletableFuture<Path> written = writing(pipe, content.replace('\'', '"'));

      List<ReasoningProblem> problems = ProblemFile.index(pipe);

      written.get(10, TimeUnit.SECONDS);
      assertThat(problems).hasSize(1);
      assertThat(problems.get(0).getQuestion()).startsWith("q");
    }
    CompletableFuture<Path> nothing = writing(pipe, "");
    assertThatThrownBy(() -> ProblemFile.read(pipe))
        .hasMessageContaining(pipe + " must hold a JSON array of problems, found an empty file;");
    nothing.get(10, TimeUnit.SECONDS);
  }

  private static CompletableFuture<Path> writing(Path pipe, String content) {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return Files.writeString(pipe, content);
          } catch (IOException e) {
            throw new IllegalStateException(e);
          }
        });
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void refusesWhatIsNeitherFileNorPipe() throws IOException {
    Path dangling = Files.createSymbolicLink(folder.resolve("link"), Path.of("nowhere"));
    Map<Path, String> found =
        Map.of(
            folder,
            "is a directory",
            folder.resolve("none"),
            "does not exist",
            dangling,
            "is a symbolic link to a file that does not exist",
            Path.of("/dev/null"),
            "is a device",
            Path.of("/dev/zero"),
            "is a device");
    found.forEach(
        (path, description) ->
            assertThatThrownBy(() -> ProblemFile.index(path))
                .isInstanceOf(InvalidProblemException.class)
                .hasMessageContaining(path + " needs to be a file or a pipe but " + description));
  }

  @Test
  void refusesALineWithoutEnd() throws IOException {
    Path file = write("q".repeat((1 << 24) + 1));
    assertThatThrownBy(() -> ProblemFile.index(file))
        .isInstanceOf(InvalidProblemException.class)
        .hasMessageContaining("a line must have at most 16777216 bytes");
  }

  private Path write(String content) throws IOException {
    return Files.writeString(folder.resolve("data.txt"), content);
  }
}
