package io.github.coconut4j.tuning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.coconut4j.config.ConfigException;
import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.model.Architecture;
import io.github.coconut4j.tuning.space.TrainingConfigSpace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.deeplearning4j.arbiter.optimize.generator.RandomSearchGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SearchFileTest {

  private static final String SPACE = "space: {c_thought: {integer: [1, 2]}}";

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "generator: bayes, candidates: 2   | search.generator",
        "generator: null, candidates: 2    | `search.generator` needs random, grid or genetic but is null. Choose one",
        "candidates: 2, score: null        | `search.score` needs accuracy, accuracy_per_token or loss but is null. Choose one",
        "candidates: 0                     | `search.candidates` needs",
        "candidate: 2                      | `search.candidate` is no key of `search`. Did you mean `candidates`?",
        "candidates: 2, spaces: {}         | `search.spaces` is no key of `search`. Did you mean `space`?",
        "candidates: 2, xyz: {a: 1}        | `search.xyz` is no key of `search`. Remove it; known keys are candidate_",
        "candidates: 2, xyz: 1             | seed, space, token_price.",
        "candidates: many, xyz: 1          | `search.xyz` is no key of `search`.",
        "candidates: 2.5                   | `search.candidates` needs a whole number from -2147483648 to 2147483647 but is 2.5",
        "candidates: many                  | `search.candidates` needs a whole number",
        "candidates: 2, seed: null         | `search.seed` needs a whole number",
        "candidates: 9, halving: {factor: 3, min_share: 0.1, shar: 1} | `search.halving.shar` is no key of `search.halving`.",
        "minutes: 0                        | `search.minutes` needs",
        "minutes: -1                       | `search.minutes` needs",
        "seed: 3                           | A search needs an end",
        "candidates: 2, parallel: 0        | `search.parallel` needs",
        "candidates: 2, memory: lots       | `search.memory` needs",
        "candidates: 2, score: accuracy_per_token, token_price: -1 | `search.token_price` needs",
        "generator: grid, grid_points: 1   | `search.grid_points` needs",
        "candidates: 9, halving: {factor: 1, min_share: 0.1} | `search.halving.factor` needs",
        "candidates: 9, halving: {factor: 3, min_share: 1}   | `search.halving.min_share` needs",
        "candidates: 9, halving: {factor: 3}                 | `search.halving.min_share` needs a number but is missing. Set it.",
        "candidates: 9, halving: {factor: 1.0000001, min_share: 0.1} | `search.halving.factor` needs a number of at least 1.5 but is 1.0000001",
        "candidates: 9, halving: {factor: NaN, min_share: 0.1}  | `search.halving.factor` needs",
        "candidates: 9, halving: {factor: Infinity, min_share: 0.1}  | `search.halving.factor` needs",
        "candidates: 9, halving: {factor: -3, min_share: 0.1}    | `search.halving.factor` needs",
        "candidates: 9, halving: {factor: null, min_share: 0.1}  | search.halving",
        "candidates: 9, halving: {factor: many, min_share: 0.1}  | search.halving",
        "candidates: 9, halving: {factor: 3, min_share: 1e-300}  | `search.halving.min_share` needs a share of at least 0.001",
        "candidates: 9, halving: {factor: 3, min_share: NaN}    | `search.halving.min_share` needs",
        "candidates: 9, halving: {factor: 3, min_share: -0.1}    | `search.halving.min_share` needs",
        "candidates: 9, halving: {factor: 3, min_share: 0.9}     | only one round with `factor: 3.0` and `min_share: 0.9`",
        "candidates: 9, halving: {factor: 1e300, min_share: 0.1} | only one round",
        "candidates: 9, halving: 3                               | `search.halving`",
        "candidates: 2000000000, halving: {factor: 3, min_share: 0.1} | `search.candidates` needs a whole number of at most 100000",
        "candidates: -1                    | `search.candidates` needs",
        "candidates: 3000000000            | `search.candidates` needs a whole number",
        "candidates: NaN                  | `search.candidates` needs a whole number",
        "candidates: true                  | `search.candidates` needs a whole number",
        "candidates: [2]                   | `search.candidates` needs a whole number",
        "minutes: NaN                     | `search.minutes` needs",
        "minutes: Infinity                     | `search.minutes` needs",
        "minutes: 1e300                    | `search.minutes` needs",
        "candidates: 2, candidate_minutes: -Infinity | `search.candidate_minutes` needs",
        "candidates: 2, patience: 0        | `search.patience` needs",
        "candidates: 2, seed: 1e30         | `search.seed` needs a whole number",
        "candidates: 2, seed: 99999999999999999999 | `search.seed` needs a whole number",
        "candidates: 2, seed: 1.5          | `search.seed` needs a whole number of 64 bits but is 1.5",
        "candidates: 2, parallel: 2000000000 | `search.parallel` needs a whole number of at most 1024",
        "candidates: 2, memory: 1k         | `search.memory` needs",
        "candidates: 2, memory: 99999999999999999999g | `search.memory` needs",
        "candidates: 2, memory: 512        | `search.memory` needs",
        "candidates: 2, memory: -1g        | `search.memory` needs",
        "candidates: 2, token_price: NaN  | `search.token_price` needs",
        "candidates: 2, score: ''          | search.score",
        "generator: grid, grid_points: -2000000000 | `search.grid_points` needs",
        "minutes: 9, halving: {factor: 3, min_share: 0.1}    | needs the number of candidates",
        "candidates: 9, generator: genetic, halving: {factor: 3, min_share: 0.1} | generator:",
        "candidates: 9, patience: 2, halving: {factor: 3, min_share: 0.1} | search.patience",
      })
  void whatIsNoSearchIsRefused(String section, String message) {
    String yaml = TinySearch.yaml("{" + section + ", " + SPACE + "}");

    assertThatThrownBy(() -> SearchFile.parse("test.yaml", yaml))
        .isInstanceOf(ConfigException.class)
        .hasMessageStartingWith("test.yaml: ")
        .hasMessageContaining(message);
  }

  @Test
  void architecturesAndTheirKeysAreSearchedInEitherSpelling() {
    String space =
        "space: {architecture: {discrete: [gpt2, llama]}, intermediate_size: {integer: [8, 24]}}";
    String yaml = TinySearch.yaml("{candidates: 8, " + space + "}");

    TrainingConfigSpace candidates = SearchFile.parse("test.yaml", yaml).getSpace();
    new RandomSearchGenerator(candidates);

    TrainingConfig first = candidates.getValue(new double[] {0, 0});
    TrainingConfig last = candidates.getValue(new double[] {0.99, 0.99});
    assertThat(first.getArchitecture()).isEqualTo(Architecture.GPT2);
    assertThat(last.getArchitecture()).isEqualTo(Architecture.LLAMA);
    assertThat(List.of(first.getNInner(), last.getNInner())).isEqualTo(List.of(8, 24));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "space: {hidden_size: {discrete: [16, 32]}}                             | n_embd",
        "space: {n_inner: {fixed: 9}, intermediate_size: {discrete: [16, 32]}}  | n_inner"
      })
  void aKeyInBothSpellingsIsRefusedBeforeTheFirstCandidate(String space, String key) {
    String yaml = TinySearch.yaml("{candidates: 2, " + space + "}");

    assertThatThrownBy(() -> SearchFile.parse("test.yaml", yaml))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("and `" + key + "` are two names of one key");
  }

  @Test
  @DisabledOnOs(value = OS.WINDOWS, disabledReason = "needs a pipe")
  void aSearchMayComeOutOfAPipe(@TempDir Path directory) throws Exception {
    Path pipe = directory.resolve("pipe");
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
    String yaml = TinySearch.yaml("{candidates: 2, " + SPACE + "}");
    CompletableFuture<Path> written =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return Files.writeString(pipe, "\ufeff" + yaml);
              } catch (IOException e) {
                throw new IllegalStateException(e);
              }
            });

    assertThat(SearchFile.read(pipe).getText()).isEqualTo(yaml);

    written.get(10, TimeUnit.SECONDS);
  }

  @Test
  void allUnknownKeysAreNamedAtOnce() {
    String section =
        "{candidate: 2, halving: {factr: 3}, space: {c_thoght: {integer: [1, 2]}, seed: {fixed: 1}}}";
    String yaml = TinySearch.yaml(section) + "\nepoch_per_stage: 2\n";

    assertThatThrownBy(() -> SearchFile.parse("test.yaml", yaml))
        .isInstanceOf(ConfigException.class)
        .hasMessage(
            "test.yaml: `epoch_per_stage` is no key of a training configuration. Did you mean"
                + " `epochs_per_stage`? `search.candidate` is no key of `search`. Did you mean"
                + " `candidates`? `search.halving.factr` is no key of `search.halving`. Did you mean"
                + " `factor`? `search.space.c_thoght` is no key of a training configuration. Did you"
                + " mean `c_thought`?");
  }

  @Test
  void aMissingOrEmptySectionIsRefused() throws IOException {
    assertThatThrownBy(() -> SearchFile.parse("test.yaml", "method: cot"))
        .hasMessageContaining("`search` needs a mapping")
        .hasMessageContaining("the command train");
    assertThatThrownBy(() -> SearchFile.read(Path.of("../recipes/quickstart.yaml")))
        .hasMessageContaining("a race")
        .hasMessageContaining("`./coconut4j quickstart`");
    assertThatThrownBy(() -> SearchFile.parse("test.yaml", TinySearch.yaml("{candidates: 1}")))
        .hasMessageContaining("`search.space` needs a mapping");
  }

  @Test
  void candidatesNeedProblemsToBeComparedOn() {
    String section = "{candidates: 1, " + SPACE + "}";
    String yaml = TinySearch.yaml(section).replace("val_path", "# val_path");

    assertThatThrownBy(() -> SearchFile.parse("test.yaml", yaml))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("`val_path`, but it is missing");
  }

  @Test
  void halvingNeedsUpdatesAStage() {
    String yaml =
        TinySearch.yaml("{candidates: 4, halving: {factor: 2, min_share: 0.3}, " + SPACE + "}")
            .replace("stage_steps: [4, 3, 5]", "epochs_per_stage: 3");

    assertThatThrownBy(() -> SearchFile.parse("test.yaml", yaml))
        .hasMessageContaining("`stage_steps` is missing");
  }

  @Test
  void halvingAndTheSpaceMayNotBothSetCycles() {
    String yaml =
        TinySearch.yaml(
            "{candidates: 4, halving: {factor: 2, min_share: 0.3},"
                + " space: {cycles: {discrete: [[0.5, 1], [1]]}}}");

    assertThatThrownBy(() -> SearchFile.parse("test.yaml", yaml))
        .hasMessageContaining("`search.halving` sets `cycles`");
  }

  @Test
  void candidatesAtOnceShareTheProcessors() {
    SearchFile file =
        SearchFile.parse(
            "test.yaml", TinySearch.yaml("{candidates: 2, parallel: 1000, " + SPACE + "}"));
    new RandomSearchGenerator(file.getSpace());

    assertThat(file.getSpace().getValue(new double[] {0}).getThreads()).isEqualTo(1);
  }
}
