package io.github.coconut4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A coconut.json that cannot be: every command that opens the model names file and key. */
class WrongModelDescriptionTest {

  private static final Path MODEL = Path.of("../models/prosqa-coconut");

  @TempDir private Path directory;
  private Path model;

  @BeforeEach
  void copy() throws IOException {
    model = Files.createDirectory(directory.resolve("model"));
    try (Stream<Path> files = Files.list(MODEL)) {
      for (Path file : files.toList()) {
        Files.copy(file, model.resolve(file.getFileName()));
      }
    }
  }

  private List<String[]> commands() throws IOException {
    String config =
        Files.writeString(
                directory.resolve("config.yaml"), "method: coconut\ntrain_path: prosqa:4:1\n")
            .toString();
    String out = directory.resolve("out").toString();
    String from = model.toString();
    String[] train = {"train", "--config", config, "--out", out, "--set", "model_id=" + from};
    String[] load = train.clone();
    load[load.length - 1] = "load_model_path=" + from;
    return List.of(
        train,
        load,
        new String[] {"evaluate", "--model", from, "--data", "prosqa:4:1"},
        new String[] {"generate", "--model", from, "--question", "q"},
        new String[] {"analyze", "--model", from, "--data", "prosqa:4:1", "--out", out});
  }

  @Test
  void isRefusedByEveryCommand() throws IOException {
    Path file = model.resolve("coconut.json");
    String right = Files.readString(file);
    Files.writeString(file, right.replace("\"latent\" : 3", "\"latent\" : 2000000000"));

    for (String[] command : commands()) {
      CommandLineRun run = CommandLineRun.of(command);
      assertThat(run.status()).as(command[0]).isEqualTo(2);
      assertThat(run.errors()).contains(file.toString(), "`special_tokens.latent`", "2000000000");
      assertThat(run.errors().lines()).hasSize(1);
    }
  }

  @Test
  void moreThoughtsThanPositionsAreRefusedByNumber() {
    String from = model.toString();
    for (String thoughts : List.of("256", "2000000000", "2147483647")) {
      for (List<String> command :
          List.of(
              List.of("generate", "--question", "Every gorpus is a zumpus.", "--latents"),
              List.of("evaluate", "--data", "prosqa:2:1", "--latents"),
              List.of(
                  "analyze", "--data", "prosqa:2:1", "--out", "" + directory, "--max-latents"))) {
        String[] arguments =
            Stream.concat(command.stream(), Stream.of(thoughts, "--model", from))
                .toArray(String[]::new);
        CommandLineRun run = CommandLineRun.of(arguments);
        assertThat(run.status()).as("%s: %s", command, run.errors()).isEqualTo(2);
        assertThat(run.errors()).contains(thoughts, "positions");
      }
    }
  }
}
