package io.github.coconut4j.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.coconut4j.CoconutConfig;
import io.github.coconut4j.CoconutModel;
import io.github.coconut4j.analyze.AnalysisObserver;
import io.github.coconut4j.analyze.AnalysisOptions;
import io.github.coconut4j.analyze.Analyzer;
import io.github.coconut4j.analyze.DataAnalysis;
import io.github.coconut4j.config.ConfigException;
import io.github.coconut4j.config.ConfigFile;
import io.github.coconut4j.config.LoraSettings;
import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.data.ReasoningProblem;
import io.github.coconut4j.method.Method;
import io.github.coconut4j.model.ArrayDifference;
import io.github.coconut4j.model.ModelFormatException;
import io.github.coconut4j.model.ThoughtMapConfig;
import io.github.coconut4j.model.ThoughtMapConfig.Kind;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.Weights;
import io.github.coconut4j.model.safetensors.SafetensorsFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Runs whose latents are fed a map of the hidden states. */
class ThoughtMapRunTest {

  private static final String PROJECTION = "projection.safetensors";

  @TempDir private Path directory;

  private static TrainingConfig.TrainingConfigBuilder config(Kind kind) {
    return TinyRuns.of(Method.COCONUT)
        .thoughtMap(kind)
        .projectionWidth(kind == Kind.PROJECTION ? 20 : null)
        .maxGradNorm(1.0);
  }

  private RunDirectory files(String name) {
    return new RunDirectory(directory.resolve(name));
  }

  private TrainingRun.TrainingRunBuilder run(TrainingConfig own, String name) {
    return TrainingRun.builder().config(own).directory(files(name));
  }

  private static Map<String, INDArray> projection(Weights weights) {
    Map<String, INDArray> projection = new LinkedHashMap<>();
    weights
        .asMap()
        .forEach(
            (name, array) -> {
              if (name.startsWith("prj.")) {
                projection.put(name, array.dup());
              }
            });
    return projection;
  }

  private static void assertEqual(Map<String, INDArray> actual, Map<String, INDArray> expected) {
    assertThat(ArrayDifference.between(actual, expected))
        .allSatisfy((name, difference) -> assertThat(difference.isWithin(0)).as(name).isTrue());
  }

  @ParameterizedTest
  @EnumSource(
      value = Kind.class,
      names = {"PROJECTION", "SCALE"})
  void aKilledRunEndsAsTheWholeOneAndItsModelIsOpenedAsItWasTrained(Kind kind) throws IOException {
    TrainingConfig config = config(kind).checkpointEverySteps(2).build();
    List<String> expected;
    List<ReasoningProblem> problems;
    ThoughtMapConfig map;
    double accuracy;
    try (TrainingRun run = run(config, "whole").build()) {
      Weights weights = run.trainedModel().getTransformer().getWeights();
      Map<String, INDArray> before = projection(weights);
      assertThat(before).hasSize(kind == Kind.PROJECTION ? 6 : 0);
      run.train();
      if (kind == Kind.PROJECTION) {
        assertThat(ArrayDifference.between(projection(weights), before))
            .allSatisfy(
                (name, difference) -> assertThat(difference.isWithin(1e-4)).as(name).isFalse());
      }
      problems = run.problems().getEvaluation();
      map = run.trainedModel().getTransformer().getConfig().getThoughtMap();
      expected = TinyRuns.answers(run.trainedModel(), problems);
      accuracy = run.evaluate().accuracy();
    }
    KilledRun.kill(run(config, "cut"), 7);
    try (TrainingRun run = run(config, "cut").resume(true).build()) {
      run.train();
    }
    Path model = files("cut").model();
    assertThat(model.resolve("model.safetensors"))
        .hasSameBinaryContentAs(files("whole").model().resolve("model.safetensors"));
    assertThat(Files.exists(model.resolve(PROJECTION))).isEqualTo(kind == Kind.PROJECTION);
    if (kind == Kind.PROJECTION) {
      assertThat(model.resolve(PROJECTION))
          .hasSameBinaryContentAs(files("whole").model().resolve(PROJECTION));
    }
    try (CoconutModel opened = CoconutModel.open(model)) {
      assertThat(opened.getTransformer().getConfig().getThoughtMap()).isEqualTo(map);
      assertThat(opened.getConfig().thoughtMapConfig()).isEqualTo(map);
      assertThat(TinyRuns.answers(opened, problems)).isEqualTo(expected);
    }
    TrainingConfig only =
        TinyRuns.of(Method.COCONUT).onlyEval(true).loadModelPath(model.toString()).build();
    try (TrainingRun run = run(only, "only").build()) { // the model says how it thinks
      assertThat(run.evaluate().accuracy()).isEqualTo(accuracy);
    }
  }

  @Test
  void aScaleIsTheMeanNormOfTheTokenTablesRowsAtTheStart() throws IOException {
    try (TrainingRun run = run(config(Kind.SCALE).build(), "run").build()) {
      INDArray table = run.trainedModel().getTransformer().getWeights().tokenTable();
      double sum = 0;
      for (int row = 0; row < table.size(0); row++) {
        double square = 0;
        for (double value : table.getRow(row).toDoubleVector()) {
          square += value * value;
        }
        sum += Math.sqrt(square);
      }
      double scale = run.trainedModel().getConfig().getThoughtScale();
      assertThat(scale).isCloseTo(sum / table.size(0), within(1e-5));
      run.train();
      assertThat(run.trainedModel().getConfig().getThoughtScale()).isEqualTo(scale);
      assertThat(CoconutConfig.read(files("run").model()).getThoughtScale()).isEqualTo(scale);
    }
  }

  @Test
  void aWidthThatIsNotGivenIsTheModels() throws IOException {
    TrainingConfig config =
        TinyRuns.of(Method.COCONUT).thoughtMap(Kind.PROJECTION).nEmbd(24).build();
    try (TrainingRun run = run(config, "run").build()) {
      assertThat(run.trainedModel().getConfig().getProjectionWidth()).isEqualTo(24);
    }
  }

  @Test
  void aRunStartsFromTheMapOfItsStartModelUnlessItAsksForAnother() throws IOException {
    Map<String, INDArray> trained;
    try (TrainingRun run = run(config(Kind.PROJECTION).build(), "first").build()) {
      run.train();
      trained = projection(run.trainedModel().getTransformer().getWeights());
    }
    TrainingConfig next =
        TinyRuns.of(Method.COCONUT).loadModelPath(files("first").model().toString()).build();
    try (TrainingRun run = run(next, "next").build()) {
      assertEqual(projection(run.trainedModel().getTransformer().getWeights()), trained);
    }
    TrainingConfig asked = next.toBuilder().thoughtMap(Kind.PROJECTION).build();
    try (TrainingRun run = run(asked, "asked").build()) {
      assertEqual(projection(run.trainedModel().getTransformer().getWeights()), trained);
    }
    for (Kind other : List.of(Kind.IDENTITY, Kind.SCALE)) {
      try (TrainingRun run = run(next.toBuilder().thoughtMap(other).build(), "other").build()) {
        assertThat(run.trainedModel().getConfig().getThoughtMap()).isEqualTo(other);
        assertThat(projection(run.trainedModel().getTransformer().getWeights())).isEmpty();
      }
    }
    TrainingConfig words = next.toBuilder().method(Method.COT).build();
    try (TrainingRun run = run(words, "words").build()) {
      assertThat(run.trainedModel().getConfig().getThoughtMap()).isEqualTo(Kind.IDENTITY);
    }
    TrainingConfig wider = asked.toBuilder().projectionWidth(21).build();
    assertThatThrownBy(() -> run(wider, "wider").build())
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("`projection_width` needs that of the start model's projection, 20,");
  }

  @Test
  void aFrozenProjectionStaysAsItWasAndTheRestIsTrained() throws IOException {
    TrainingConfig config = config(Kind.PROJECTION).frozen(List.of("prj")).build();
    try (TrainingRun run = run(config, "run").build()) {
      Weights weights = run.trainedModel().getTransformer().getWeights();
      Map<String, INDArray> before = projection(weights);
      INDArray table = weights.tokenTable().dup();
      run.train();
      assertEqual(projection(weights), before);
      assertThat(ArrayDifference.between(weights.tokenTable(), table).isWithin(0)).isFalse();
    }
  }

  @ParameterizedTest
  @CsvSource({"true", "false"})
  void aProjectionIsTrainedAndSavedBesideAnAdapter(boolean frozen) throws IOException {
    Path base = directory.resolve("base");
    try (TrainingRun run = run(TinyRuns.of(Method.COCONUT).build(), "fresh").build()) {
      run.trainedModel().save(base);
    }
    TrainingConfig config =
        config(Kind.PROJECTION)
            .modelId(base.toString())
            .lora(LoraSettings.builder().r(4).alpha(8.0).build())
            .frozen(frozen ? List.of("prj") : null)
            .build();
    List<String> expected;
    List<ReasoningProblem> problems;
    Map<String, INDArray> after;
    try (TrainingRun run = run(config, "run").build()) {
      Weights weights = run.trainedModel().getTransformer().getWeights();
      Map<String, INDArray> before = projection(weights);
      run.train();
      after = projection(weights);
      assertThat(ArrayDifference.between(after, before))
          .allSatisfy(
              (name, difference) -> assertThat(difference.isWithin(0)).as(name).isEqualTo(frozen));
      problems = run.problems().getEvaluation();
      expected = TinyRuns.answers(run.trainedModel(), problems);
    }
    Path model = files("run").model();
    assertThat(model.resolve("model.safetensors")).doesNotExist();
    Path merged = directory.resolve("merged");
    try (CoconutModel opened = CoconutModel.open(model)) {
      assertEqual(projection(opened.getTransformer().getWeights()), after);
      assertThat(TinyRuns.answers(opened, problems)).isEqualTo(expected);
      opened.saveMerged(merged);
    }
    try (CoconutModel opened = CoconutModel.open(merged);
        SafetensorsFile weights = SafetensorsFile.open(merged.resolve("model.safetensors"))) {
      assertEqual(projection(opened.getTransformer().getWeights()), after);
      assertThat(TinyRuns.answers(opened, problems)).isEqualTo(expected);
      assertThat(weights.names())
          .containsExactlyInAnyOrderElementsOf(Weights.names(TransformerConfig.read(merged)));
    }
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void anAnalysisReadsAThoughtAfterItsMap(Kind kind) throws IOException {
    TrainingConfig config =
        config(kind).maxSteps(1).trainPath("prosqa:8:3").valPath(null).nPositions(256).build();
    AnalysisOptions options =
        AnalysisOptions.builder().maxNewTokens(4).maxThoughts(2).causalProblems(2).build();
    try (TrainingRun run = run(config, "run").build()) {
      Analyzer analyzer = new Analyzer(run.trainedModel(), options);
      DataAnalysis found =
          analyzer.analyze(
              "data", run.problems().getTraining().subList(0, 2), AnalysisObserver.NONE);
      String findings = String.join(" ", found.getFindings());
      switch (kind) {
        case IDENTITY -> assertThat(findings).doesNotContain("thought_map");
        case PROJECTION -> assertThat(findings).contains("thought_map: projection");
        case SCALE -> assertThat(findings).contains("thought_map: scale");
      }
      assertThat(found.getReadings()).isNotEmpty();
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "cot | thought_map=projection | `thought_map` needs a method with latents",
        "no_cot | thought_map=scale | `thought_map` needs a method with latents",
        "no_thoughts | thought_map=scale | `method: no_thoughts`",
        "icot | thought_map=scale | `method: icot`",
        "pause | thought_map=projection | `method: pause`",
        "pause_as_thought | thought_map=projection | `method: pause_as_thought`",
        "coconut | projection_width=3 | `projection_width` needs `thought_map: projection`",
        "coconut | thought_map=linear | thought_map",
        "coconut | thought_map=2 | thought_map",
      })
  void whatIsNoConfigurationIsRefused(String method, String setting, String message) {
    TrainingConfig config = TinyRuns.of(Method.COCONUT).build();
    assertThatThrownBy(
            () ->
                ConfigFile.parse("test", ConfigFile.toYaml(config))
                    .set("method=" + method)
                    .set(setting)
                    .toTrainingConfig())
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(message);
  }

  @ParameterizedTest
  @CsvSource({"0", "-1", "2.5", "600000000", "many"})
  void noWidthOfAProjectionIsRefused(String width) {
    assertThatThrownBy(
            () -> {
              TrainingConfig config =
                  ConfigFile.parse("test", ConfigFile.toYaml(TinyRuns.of(Method.COCONUT).build()))
                      .set("thought_map=projection")
                      .set("projection_width=" + width)
                      .toTrainingConfig();
              run(config, "run").build();
            })
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("projection_width");
  }

  @Test
  void aProjectionThatDoesNotFitTheMemoryIsRefused() {
    TrainingConfig config = config(Kind.PROJECTION).projectionWidth(500_000_000).build();
    assertThatThrownBy(() -> run(config, "run").build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("Lower the projection's width");
  }

  @Test
  void isWrittenAndReadAsYaml() {
    TrainingConfig read =
        ConfigFile.parse(
                "test",
                "method: coconut\ntrain_path: prosqa:8:1\nthought_map: projection\n"
                    + "projection_width: 48")
            .toTrainingConfig();
    assertThat(read.getThoughtMap()).isEqualTo(Kind.PROJECTION);
    assertThat(read.getProjectionWidth()).isEqualTo(48);
    String yaml = ConfigFile.toYaml(read);
    assertThat(yaml).contains("thought_map: projection");
    assertThat(ConfigFile.parse("again", yaml).toTrainingConfig()).isEqualTo(read);
  }

  @Test
  void aModelWhoseProjectionIsMissingOrAnothersIsRefused() throws IOException {
    Path model = directory.resolve("model");
    try (TrainingRun run = run(config(Kind.PROJECTION).build(), "run").build()) {
      run.trainedModel().save(model);
    }
    Path description = model.resolve(CoconutConfig.FILE);
    String written = Files.readString(description);
    assertThat(written).contains("\"thought_map\" : \"projection\"", "\"projection_width\" : 20");
    Files.writeString(
        description, written.replace("\"projection_width\" : 20", "\"projection_width\" : 21"));
    assertRefused(model, "width 21 for hidden states of width 32");
    Files.writeString(description, written);
    Files.delete(model.resolve(PROJECTION));
    assertRefused(model, "no such file");
  }

  private static void assertRefused(Path model, String message) {
    assertThatThrownBy(() -> CoconutModel.open(model))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining(message);
  }
}
