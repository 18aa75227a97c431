package io.github.coconut4j.serve.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.coconut4j.cli.CommandLineRun;
import io.github.coconut4j.serve.ServerProcess;
import io.github.coconut4j.serve.Shipped;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The command: what it refuses, its ready line, and its end. */
class ServeCommandTest {

  @TempDir private Path directory;

  private static void assertRefused(String words, String... arguments) {
    CommandLineRun.of(arguments).assertRefused(words);
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

  @ParameterizedTest
  @CsvSource({
    "'\ufeff \n', blank",
    "'one\ntwo\n', printable ASCII",
    "'schl\u00fcssel\n', printable ASCII"
  })
  void aKeyThatNoClientCanSendIsRefused(String content, String words) throws IOException {
    Path key = Files.writeString(directory.resolve("key"), content);

    assertRefused(words, "serve", "--port=0", "--runs=" + directory, "--api-key-file=" + key);
  }

  @Test
  void aKeyIsText() throws IOException {
    Path key = Files.write(directory.resolve("key"), new byte[] {'a', (byte) 0xE9});

    assertRefused(
        "key must be UTF-8 text",
        "serve",
        "--port=0",
        "--runs=" + directory,
        "--api-key-file=" + key);
    assertRefused(
        "" + directory, "serve", "--port=0", "--runs=" + directory, "--api-key-file=" + directory);
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
