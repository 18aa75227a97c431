package io.github.coconut4j.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.coconut4j.CoconutModel;
import io.github.coconut4j.LoggedEvents;
import io.github.coconut4j.config.ConfigException;
import io.github.coconut4j.config.ConfigFile;
import io.github.coconut4j.config.LoraSettings;
import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.data.ReasoningProblem;
import io.github.coconut4j.method.Method;
import io.github.coconut4j.model.ArrayDifference;
import io.github.coconut4j.model.ModelFormatException;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.Weights;
import io.github.coconut4j.model.latent.LatentLoops;
import io.github.coconut4j.model.safetensors.SafetensorsFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Runs that train low-rank adapters. */
class LoraRunTest {

  @TempDir private Path directory;

  private Path base;
  private TrainingConfig config;

  @BeforeEach
  void makeBase() throws IOException {
    base = TinyRuns.base(directory);
    config =
        TinyRuns.of(Method.COCONUT)
            .modelId(base.toString())
            .lora(LoraSettings.builder().r(4).alpha(8.0).build())
            .maxGradNorm(1.0)
            .checkpointEverySteps(2)
            .build();
  }

  private RunDirectory files(String name) {
    return new RunDirectory(directory.resolve(name));
  }

  private TrainingRun.TrainingRunBuilder run(TrainingConfig own, String name) {
    return TrainingRun.builder().config(own).directory(files(name));
  }

  private static Set<String> names(Path file) throws IOException {
    try (SafetensorsFile tensors = SafetensorsFile.open(file)) {
      return new TreeSet<>(tensors.names());
    }
  }

  @Test
  void aRunLeavesAnAdapterThatAnswersAsTheTrainedModel() throws IOException {
    List<String> expected;
    List<ReasoningProblem> problems;
    try (TrainingRun run = run(config, "run").build()) {
      run.train();
      problems = run.problems().getEvaluation();
      expected = TinyRuns.answers(run.trainedModel(), problems);
    }
    Path model = files("run").model();
    try (Stream<Path> found = Files.list(model)) {
      assertThat(found.map(file -> file.getFileName().toString()).collect(Collectors.toSet()))
          .contains(
              "adapter_config.json", "adapter_model.safetensors", "coconut.json", "tokenizer.json")
          .doesNotContain("model.safetensors", "config.json");
    }
    assertThat(names(model.resolve("adapter_model.safetensors")))
        .hasSize(17)
        .contains("base_model.model.transformer.wte.token_adapter.trainable_tokens_delta");
    Path merged = directory.resolve("merged");
    try (CoconutModel opened = CoconutModel.open(model)) {
      assertThat(opened.getConfig().getMethod()).isEqualTo(Method.COCONUT);
      assertThat(TinyRuns.answers(opened, problems)).isEqualTo(expected);
      opened.saveMerged(merged);
      assertThat(TinyRuns.answers(opened, problems)).as("still open").isEqualTo(expected);
    }
    try (CoconutModel opened = CoconutModel.open(base, model, LatentLoops.UNROLLED)) {
      assertThat(TinyRuns.answers(opened, problems)).isEqualTo(expected);
    }
    try (CoconutModel opened = CoconutModel.open(merged)) {
      assertThat(TinyRuns.answers(opened, problems)).isEqualTo(expected);
    }
  }

  /** 32 is the width of the tiny model. */
  @ParameterizedTest
  @CsvSource({"5, false", "32, false", "33, true"})
  void aRankThatNoLayerCanUseIsTold(int rank, boolean isTold) throws IOException {
    LoraSettings lora = LoraSettings.builder().r(rank).targetModules(List.of("c_attn")).build();
    try (LoggedEvents log = LoggedEvents.of(RunAdapter.class)) {
      run(config.toBuilder().lora(lora).build(), "run").build().close();
      assertThat(log.messages()).hasSize(isTold ? 1 : 0);
      assertThat(log.messages())
          .allMatch(text -> text.contains("`lora.r` is 33") && text.contains("to 32 or less"));
    }
  }

  @Test
  void theBaseStaysAsItWasAndACheckpointHasTheAdapterAlone() throws IOException {
    try (TrainingRun run = run(config, "run").build()) {
      run.train();
      Weights trained = run.trainedModel().getTransformer().getWeights();
      Weights before = Weights.read(base, TransformerConfig.read(base));
      before
          .asMap()
          .forEach(
              (name, array) -> {
                if (!name.endsWith("wte.weight")) { // which has rows more
                  assertThat(ArrayDifference.between(trained.get(name), array).isWithin(0))
                      .as(name)
                      .isTrue();
                }
              });
      assertThat(trained.trained().values())
          .allMatch(array -> array.amaxNumber().doubleValue() > 0);
      Path checkpoint = new Checkpoints(files("run").checkpoints()).newest().orElseThrow();
      assertThat(names(checkpoint.resolve("weights.safetensors")))
          .isEqualTo(new TreeSet<>(trained.trained().keySet()));
      assertThat(names(checkpoint.resolve("optimizer.safetensors")))
          .hasSize(2 * trained.trained().size());
    }
  }

  private TrainingConfig withDropout(double rate) {
    return config.toBuilder().lora(config.getLora().toBuilder().dropout(rate).build()).build();
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, 0.3})
  void aKilledRunEndsAsTheWholeOne(double dropout) throws IOException {
    TrainingConfig own = withDropout(dropout);
    try (TrainingRun run = run(own, "whole").build()) {
      run.train();
    }
    KilledRun.kill(run(own, "cut"), 5);
    try (TrainingRun run = run(own, "cut").resume(true).build()) {
      run.train();
    }
    assertThat(files("cut").model().resolve("adapter_model.safetensors"))
        .hasSameBinaryContentAs(files("whole").model().resolve("adapter_model.safetensors"));
  }

  /** A learning rate of 0 leaves the weights as they are; B is drawn, since 0 would hide it. */
  @Test
  void theAdaptersInputIsDroppedInTrainingAlone() throws IOException {
    TrainingConfig still = config.toBuilder().lr(0).maxSteps(2).evalEverySteps(1).build();
    MetricsFile.Metrics without = metrics(still, "without");
    double rate = 0.5;
    LoraSettings dropped = still.getLora().toBuilder().dropout(rate).build();
    MetricsFile.Metrics with = metrics(still.toBuilder().lora(dropped).build(), "with");
    for (int step = 0; step < 2; step++) {
      assertThat(with.updates().get(step).getLoss())
          .isNotCloseTo(without.updates().get(step).getLoss(), within(1e-5));
      assertThat(with.evaluations().get(step).getEvalLoss())
          .isCloseTo(without.evaluations().get(step).getEvalLoss(), within(1e-6));
    }
    Path written = files("with").model().resolve("adapter_config.json");
    assertThat(new ObjectMapper().readTree(written.toFile()).get("lora_dropout").doubleValue())
        .isEqualTo(rate);
  }

  private MetricsFile.Metrics metrics(TrainingConfig own, String name) throws IOException {
    try (TrainingRun run = run(own, name).build()) {
      run.trainedModel()
          .getTransformer()
          .getWeights()
          .trained()
          .forEach((parameter, array) -> fill(parameter, array));
      run.train();
    }
    return MetricsFile.read(files(name).metrics());
  }

  private static void fill(String parameter, INDArray array) {
    if (parameter.endsWith("lora_B.weight")) {
      for (long i = 0; i < array.length(); i++) {
        array.putScalar(i, Math.sin(i + 1.0));
      }
    }
  }

  @Test
  void anAdapterOnAnotherBaseIsRefused() throws IOException {
    try (TrainingRun run = run(config, "run").build()) {
      run.train();
    }
    Weights weights = Weights.read(base, TransformerConfig.read(base));
    weights.tokenTable().addi(1);
    weights.write(base);
    assertThatThrownBy(() -> CoconutModel.open(files("run").model()))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("SHA-256");
  }

  @Test
  void theBaseThatAnAdapterNamesIsTheOneThatTheRunHasRead() throws IOException {
    try (TrainingRun run = run(config.toBuilder().maxSteps(1).build(), "run").build()) {
      Weights weights = Weights.read(base, TransformerConfig.read(base));
      weights.tokenTable().addi(1);
      weights.write(base);
      run.train();
    }
    assertThatThrownBy(() -> CoconutModel.open(files("run").model()))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("SHA-256");
  }

  @Test
  void anAdapterWhoseBaseIsGoneSaysHowToGiveIt() throws IOException {
    try (TrainingRun run = run(config.toBuilder().maxSteps(1).build(), "run").build()) {
      run.train();
    }
    Path moved = directory.resolve("moved");
    Files.move(base, moved);
    assertThatThrownBy(() -> CoconutModel.open(files("run").model()))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("--model BASE --adapter");
    CoconutModel.open(moved, files("run").model(), LatentLoops.AUTO).close();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "lora.target_modules=[c_attn, q_proj] | q_proj is none of its modules",
        "lora.target_modules=[wte] | wte is another module",
        "frozen=[h.0] | `frozen` needs modules that no adapter",
        "frozen=[h.7] | `frozen` needs modules of the model",
        "frozen=[wte] | tokens_delta is trained",
        "lora.r=2147483647 | Lower the adapter's rank",
        "lora.r=20000000 | Lower the adapter's rank",
      })
  void whatDoesNotFitTheModelIsRefused(String setting, String message) {
    TrainingConfig wrong =
        ConfigFile.parse("test", ConfigFile.toYaml(config)).set(setting).toTrainingConfig();
    assertThatThrownBy(() -> run(wrong, "run").build())
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "lora.r=0 | `lora.r` needs a rank of at least 1",
        "lora.alpha=-1 | lora.alpha",
        "lora.dropout=1 | `lora.dropout` needs a probability of at least 0 and below 1",
        "lora.lora_dropout=-0.1 | lora.dropout",
        "lora.dropout=.nan | lora.dropout",
        "lora.lora_alpha=3 | two names of one key",
        "lora.rank=3 | lora.rank",
        "lora=8 | lora",
        "lora.target_modules=[] | lora.target_modules",
        "model_id=scratch | `lora` needs a model",
      })
  void whatIsNoConfigurationIsRefused(String setting, String message) {
    assertThatThrownBy(
            () ->
                ConfigFile.parse("test", ConfigFile.toYaml(config)).set(setting).toTrainingConfig())
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(message);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void rowsOfNewTokensAreTrainedUnlessTheyAreNotToBe(boolean trains) throws IOException {
    LoraSettings lora = config.getLora().toBuilder().trainNewTokens(trains).build();
    long known = TransformerConfig.read(base).getVocabSize();
    try (TrainingRun run = run(config.toBuilder().lora(lora).build(), "run").build()) {
      Weights weights = run.trainedModel().getTransformer().getWeights();
      INDArray before = weights.tokenTable().dup();
      run.train();
      run.evaluate(); // reads the rows
      INDArray after = weights.tokenTable();
      assertThat(after.size(0)).isEqualTo(known + 3);
      for (int row = 0; row < after.size(0); row++) {
        boolean same = ArrayDifference.between(after.getRow(row), before.getRow(row)).isWithin(0);
        // A latent's own embedding is never read, but it is an output.
        assertThat(same).as("row %d", row).isEqualTo(row < known || !trains);
      }
    }
  }

  @Test
  void peftsNamesAreTaken() {
    TrainingConfig read =
        ConfigFile.parse(
                "test",
                "method: coconut\ntrain_path: prosqa:8:1\nmodel_id: "
                    + base
                    + "\nlora: {r: 16, lora_alpha: 32, lora_dropout: 0.05, use_rslora: true}")
            .set("lora.target_modules=all-linear")
            .set("lora.r=2")
            .toTrainingConfig();
    assertThat(read.getLora())
        .isEqualTo(
            LoraSettings.builder()
                .r(2)
                .alpha(32.0)
                .dropout(0.05)
                .rslora(true)
                .targetModules(List.of("all-linear"))
                .build());
    assertThat(ConfigFile.parse("again", ConfigFile.toYaml(read)).toTrainingConfig())
        .isEqualTo(read);
  }
}
