package io.github.coconut4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.coconut4j.model.TransformerConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExportCommandTest {

  private static final String SHIPPED = "../models/prosqa-coconut";

  @TempDir private Path directory;

  private static CommandLineRun export(String model, String format, String thoughts, Path to) {
    return CommandLineRun.of(
        "export",
        "--model",
        model,
        "--format",
        format,
        "--thoughts",
        thoughts,
        "--to",
        to.toString());
  }

  @Test
  void writesADirectoryThatSaysWhatItIs() {
    Path to = directory.resolve("samediff");

    CommandLineRun run = export(SHIPPED, "samediff", "1", to);

    assertThat(run.status()).as(run.errors()).isZero();
    assertThat(run.errors()).contains("as samediff files, with 1 thoughts");
    assertThat(to)
        .isDirectoryContaining(file -> file.endsWith("prefill.fb"))
        .isDirectoryContaining(file -> file.endsWith("step.fb"))
        .isDirectoryContaining(file -> file.endsWith("tokenizer.json"))
        .isDirectoryContaining(file -> file.endsWith("README.md"));
  }

  @Test
  void refusesWhatCannotBeWritten() throws IOException {
    Path to = directory.resolve("samediff");
    Path large = directory.resolve("large");
    Files.createDirectories(large);
    TransformerConfig.builder()
        .vocabSize(50257)
        .nPositions(1024)
        .nEmbd(1600)
        .nHead(25)
        .nLayer(48)
        .build()
        .write(large); // without weights: its sizes are enough

    assertThat(export(large.toString(), "samediff", "6", to))
        .satisfies(run -> assertThat(run.status()).isEqualTo(2))
        .extracting(CommandLineRun::errors)
        .asString()
        .contains("below FlatBuffers' 2 GB", "5942 MiB");
    assertThat(export(SHIPPED, "onnx", "6", to).status()).isEqualTo(2);
    assertThat(export(SHIPPED, "samediff", "-1", to).status()).isEqualTo(2);
    assertThat(export(SHIPPED, "samediff", "101", to).errors()).contains("from 0 to 100");
    assertThat(export(SHIPPED, "samediff", "6", directory).errors()).contains("exists");
    assertThat(to).doesNotExist();
  }
}
