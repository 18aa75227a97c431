package io.github.coconut4j.notebooks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The script that runs notebooks without a browser. */
class ExecuteTest {

  /** The script's status where jupyter-nbconvert cannot be had. */
  private static final int UNAVAILABLE = 69;

  private static final int MINUTES = 12;

  @TempDir private Path temporary;

  @Test
  void everyNotebookRunsFromTopToBottom() throws Exception {
    Result result = execute();

    assertThat(result.status()).as(result.output()).isZero();
  }

  @Test
  void aCellThatThrowsFailsTheScript() throws Exception {
    Result result = execute("src/test/resources/throws.ipynb");

    assertThat(result.status()).isEqualTo(1);
    assertThat(result.output()).contains("/ by zero", "throws failed");
  }

  /** As from the archive of {@code mvn -Pdist package}, whose jars lie in one folder. */
  @Test
  void aNotebookTakesTheJarsOfAFolder() throws Exception {
    Path work = Files.createDirectories(Path.of("target/work"));
    link(work.resolve("model"), Path.of("../models/prosqa-coconut"));
    Path library = Files.createDirectories(work.resolve("lib"));
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
      if (entry.endsWith(".jar")) {
        link(library.resolve(Path.of(entry).getFileName()), Path.of(entry));
      }
    }

    Result result = execute("src/test/resources/archive.ipynb");

    assertThat(result.status()).as(result.output()).isZero();
    assertThat(Path.of("target/executed/archive.ipynb"))
        .content(StandardCharsets.UTF_8)
        .contains("### Tom is a yumpus.");
  }

  private static void link(Path link, Path target) throws IOException {
    Files.deleteIfExists(link);
    Files.createSymbolicLink(link, target.toRealPath());
  }

  private record Result(int status, String output) {}

  private Result execute(String... arguments) throws IOException, InterruptedException {
    Path log = temporary.resolve("execute.log");
    List<String> command = new ArrayList<>(List.of("./execute"));
    command.addAll(List.of(arguments));
    Process script =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    try {
      assertThat(script.waitFor(MINUTES, TimeUnit.MINUTES)).as("ends in time").isTrue();
    } finally {
      script.descendants().forEach(ProcessHandle::destroyForcibly);
      script.destroyForcibly();
    }
    String output = Files.readString(log);
    assumeTrue(script.exitValue() != UNAVAILABLE, output);
    return new Result(script.exitValue(), output);
  }
}
