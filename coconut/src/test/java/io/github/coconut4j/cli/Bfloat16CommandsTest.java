package io.github.coconut4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.coconut4j.TinyDirectories;
import io.github.coconut4j.model.Architecture;
import io.github.coconut4j.model.Precision;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.Weights;
import io.github.coconut4j.model.latent.LatentLoops;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * {@code --weights} and {@code --precision} on the command line, on a model that is stored in
 * bfloat16.
 */
class Bfloat16CommandsTest {

  private static final String DATA =
      "prosqa:4:3:nodes=8,min_steps=2,max_steps=2,people=3,concepts=8,max_facts=9";

  @TempDir private Path directory;

  private Path model;

  @BeforeEach
  void writeModel() throws IOException {
    model =
        TinyDirectories.write(directory.resolve("model"), Architecture.LLAMA, "llama3", 266, true);
    Weights.read(model, TransformerConfig.read(model)).castTo(DataType.BFLOAT16).write(model);
  }

  private static CommandLineRun run(String... arguments) {
    return CommandLineRun.of(
        Stream.concat(Stream.of(arguments), Stream.of("--data", DATA)).toArray(String[]::new));
  }

  @ParameterizedTest
  @ValueSource(strings = {"auto", "unrolled"})
  void answersAreThoseOfFloats(String loop) {
    String[] generate = {
      "generate", "--model", model.toString(), "--max-new-tokens", "5", "--loop", loop, "--json"
    };
    CommandLineRun wide = run(generate);
    CommandLineRun narrow = run(with(generate, "--weights", "bf16"));
    assertThat(narrow.status()).as(narrow.errors()).isZero();
    assertThat(narrow.output()).isNotEmpty().isEqualTo(wide.output());
  }

  @Test
  void evaluationAndAnalysisTakeThem() throws IOException {
    Path config = directory.resolve("config.yaml");
    Files.writeString(
        config,
        """
        method: coconut
        n_layer: 1
        n_embd: 16
        n_head: 2
        n_positions: 64
        max_latent_stage: 1
        stage_steps: [1, 1]
        batch_size_training: 4
        max_new_tokens: 6
        train_path: %s
        """
            .formatted(DATA));
    Path out = directory.resolve("run");
    assertThat(CommandLineRun.of("train", "--config", "" + config, "--out", "" + out).status())
        .isZero();
    for (String type : List.of("float32", "bf16")) {
      CommandLineRun evaluation =
          run("evaluate", "--model", out + "/model", "--max-new-tokens", "3", "--weights", type);
      assertThat(evaluation.status()).as(evaluation.errors()).isZero();
      CommandLineRun analysis =
          run(
              "analyze",
              "--model",
              out + "/model",
              "--max-new-tokens",
              "3",
              "--out",
              out + type,
              "--weights",
              type);
      assertThat(analysis.status()).as(analysis.errors()).isZero();
    }
  }

  @Test
  void productsInBfloat16NeedTheFusedLoop() {
    assumeTrue(
        LatentLoops.FUSED.backend().unsupportedReason(Precision.BF16).isEmpty(),
        "the processor does not multiply in bfloat16");
    String[] generate = {
      "generate", "--model", "" + model, "--max-new-tokens", "3", "--weights", "bf16", "--json"
    };
    CommandLineRun answered = run(with(generate, "--precision", "bf16"));
    assertThat(answered.status()).as(answered.errors()).isZero();
    assertThat(answered.output().lines()).hasSize(4);
    CommandLineRun refused = run(with(generate, "--precision", "bf16", "--loop", "unrolled"));
    assertThat(refused.status()).isEqualTo(2);
    assertThat(refused.errors()).contains("unrolled", "bf16", "float32").doesNotContain("\tat ");
  }

  private static String[] with(String[] arguments, String... more) {
    return Stream.concat(Stream.of(arguments), Stream.of(more)).toArray(String[]::new);
  }

  @Test
  void anotherTypeIsRefused() {
    CommandLineRun run = run("generate", "--model", "" + model, "--weights", "int8");
    assertThat(run.status()).isEqualTo(2);
    assertThat(run.errors()).contains("--weights", "BF16");
  }
}
