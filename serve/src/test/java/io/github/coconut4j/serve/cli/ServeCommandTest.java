package io.github.coconut4j.serve.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.coconut4j.cli.Main;
import io.github.coconut4j.serve.ServerProcess;
import io.github.coconut4j.serve.Shipped;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command: what it refuses, its ready line, and its end. */
class ServeCommandTest {

  @TempDir private Path directory;

  private static void assertRefused(String words, String... arguments) {
    StringWriter errors = new StringWriter();
    int status =
        Main.run(arguments, new PrintWriter(new StringWriter()), new PrintWriter(errors, true));

    assertThat(status).as(errors.toString()).isEqualTo(2);
    assertThat(errors.toString()).contains(words).doesNotContain("\tat ");
  }

  @Test
  void whatCannotBeServedIsRefused() throws IOException {
    String model = Shipped.DIRECTORY.toString();
    Path blank = Files.writeString(directory.resolve("key"), " \n");

    assertRefused("neither a model nor runs", "serve");
    assertRefused("which must differ", "serve", "--model", model, "--model", model);
    assertRefused("API key", "serve", "--model", model, "--host", "0.0.0.0");
    assertRefused("blank", "serve", "--model", model, "--api-key-file", blank.toString());
    assertRefused("65535", "serve", "--model", model, "--port", "99999");
    assertRefused(
        "address of this machine", "serve", "--model", model, "--host", "no.such.invalid");
    assertRefused("needed", "serve", "--runs", blank.toString());
  }

  @Test
  void aLinkGivesAModelItsName() throws IOException {
    Path model = Shipped.DIRECTORY.toRealPath();
    Path link = Files.createSymbolicLink(directory.resolve("other"), model);
    Path blank = Files.writeString(directory.resolve("key"), " \n");

    assertRefused(
        "blank", "serve", "--model=" + model, "--model=" + link, "--api-key-file=" + blank);
  }

  @Test
  void itSaysWhereItIsAnswersAndEndsWithASignal() throws Exception {
    try (ServerProcess server = ServerProcess.start()) {
      assertThat(server.uri().toString()).matches("http://127\\.0\\.0\\.1:\\d+");
      assertThat(server.get("/healthz").statusCode()).isEqualTo(200);
      assertThat(server.terminate()).isEqualTo(143);
    }
  }
}
