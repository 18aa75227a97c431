package io.github.coconut4j.notebooks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
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
