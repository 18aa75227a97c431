package io.github.coconut4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a later stage or the first evaluation would stumble over is refused before any update. */
class FailsEarlyTest {

  /** 26, 24, 22 and 19 tokens in stages 0 to 3 with a thought a step; 25, 12, 13 and 13. */
  private static final String PROBLEMS =
      """
      [{"question": "a b c d e f g h i", "steps": ["a b", "b c", "c d"], "answer": "d"},
       {"question": "a b c", "steps": ["a b c d e f g h i a b c d"], "answer": "d"}]
      """;

  @TempDir private Path directory;

  private CommandLineRun train(String... settings) throws IOException {
    Path data = Files.writeString(directory.resolve("data.json"), PROBLEMS);
    List<String> arguments = new ArrayList<>(List.of("train", "--config"));
    arguments.add(
        Files.writeString(
                directory.resolve("config.yaml"),
                """
                method: coconut
                n_layer: 1
                n_embd: 8
                n_head: 2
                n_positions: 30
                max_latent_stage: 2
                num_epochs: 4
                batch_size_training: 2
                train_path: '%1$s'
                val_path: '%1$s'
                """
                    .formatted(data))
            .toString());
    arguments.addAll(List.of("--out", directory.resolve("run").toString()));
    for (String setting : settings) {
      arguments.addAll(List.of("--set", setting));
    }
    return CommandLineRun.of(arguments.toArray(String[]::new));
  }

  private void assertRefused(CommandLineRun run, String... message) {
    run.assertRefused(message);
    assertThat(run.errors().lines()).hasSize(1);
    assertThat(directory.resolve("run/metrics.jsonl")).doesNotExist();
  }

  private static void assertTrained(CommandLineRun run) {
    assertThat(run.status()).as(run.errors()).isZero();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "c_thought=7 | 34 tokens in stage 2",
        "c_thought=1000000 | c_thought",
        "c_thought=2000000000 | c_thought",
        "max_latent_stage=2000000000 | max_latent_stage",
        "max_latent_stage=500000 curriculum=false | in stage 500001",
        "icot_tokens_per_epoch=2000000000 | icot_tokens_per_epoch",
        "eval_latents=19 | eval_latents",
        "eval_latents=2000000000 | eval_latents",
        "eval_latents=2147483647 | eval_latents",
        "n_positions=25 | 26 tokens in stage 0",
        "threads=2147483647 | threads",
        "n_embd=500000000 | Training needs at least",
        "n_embd=2000000000 | n_embd",
      })
  void aStageThatDoesNotFit(String setting, String message) throws IOException {
    assertRefused(train(setting.split(" ")), message);
  }

  @Test
  void aStageThatIsDrawn() throws IOException {
    assertRefused(train("c_thought=7", "num_epochs=1", "uniform_prob=0.1"), "in stage 2");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "eval_latents=18",
        "max_new_tokens=2000000000",
        "max_new_tokens=2147483647",
        "c_thought=7 num_epochs=2",
        "c_thought=7 stage_steps=[1,1]",
        "c_thought=7 max_steps=2",
        "n_positions=19 curriculum=false",
        "n_positions=19 resume=3",
        "n_positions=19 curriculum=false eval_latents=3",
        "method=icot icot_tokens_per_epoch=1000000000",
        "method=cot eval_latents=2000000000",
        "num_epochs=2000000000 max_steps=2",
        "stage_steps=[2000000000,2000000000] max_steps=2",
        "stage_steps=[2000000000,2000000000] cycles=[0.5,1] max_steps=2 warmup_steps=2000000000",
        "batch_size_training=2147483647",
        "gradient_accumulation_steps=2147483647",
      })
  void whatFitsIsTrained(String settings) throws IOException {
    assertTrained(train(settings.split(" ")));
  }

  /** Padding on both sides makes the batch wider than the position table, which is no matter. */
  @ParameterizedTest
  @ValueSource(strings = {"fused", "unrolled"})
  void aLongQuestionBesideALongChain(String loop) throws IOException {
    String chain = "\"a\", \"a b c d e f g h i a b c d\"";
    Path data =
        Files.writeString(
            directory.resolve("wide.json"),
            PROBLEMS.replace("\"a b c d e f g h i a b c d\"", chain));

    // In stage 1 the rows have 24 and 26 tokens; first latents aligned, the batch has 32 columns.
    assertTrained(
        train("n_positions=27", "loop=" + loop, "train_path=" + data, "val_path=" + data));
  }

  @Test
  void nothingToTrainOn() throws IOException {
    Path empty = Files.writeString(directory.resolve("empty.json"), "[]");

    assertRefused(train("train_path=" + empty, "stage_steps=[3]"), "empty.json");
    assertRefused(train("val_path=" + empty, "only_eval=true"), "empty.json");
  }

  @Test
  void problemsThatCannotBeAugmented() throws IOException {
    assertRefused(train("augment=true"), "found");
  }

  @ParameterizedTest
  @CsvSource({
    "checkpoints,file",
    "model,file",
    "evaluation.json,directory",
    "report.html,directory"
  })
  void somethingOfAnotherSortInTheWay(String name, String sort) throws IOException {
    Path run = Files.createDirectory(directory.resolve("run"));
    if (sort.equals("file")) {
      Files.writeString(run.resolve(name), "in the way");
    } else {
      Files.createDirectory(run.resolve(name));
    }

    assertRefused(train("checkpoint_every_steps=1"), name, "but it is a " + sort);
    assertThat(run.resolve(name)).exists();
  }
}
