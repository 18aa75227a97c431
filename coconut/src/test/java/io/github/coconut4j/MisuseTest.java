package io.github.coconut4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.github.coconut4j.analyze.AnalysisFiles;
import io.github.coconut4j.analyze.AnalysisOptions;
import io.github.coconut4j.analyze.Analyzer;
import io.github.coconut4j.audit.Audit;
import io.github.coconut4j.batch.AnswerRequest;
import io.github.coconut4j.bench.BenchShape;
import io.github.coconut4j.bench.Benchmark;
import io.github.coconut4j.config.ConfigFile;
import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.convert.CheckpointConversion;
import io.github.coconut4j.curriculum.Curriculum;
import io.github.coconut4j.data.ProblemJson;
import io.github.coconut4j.data.prosqa.ShortcutBaselines;
import io.github.coconut4j.evaluate.Evaluator;
import io.github.coconut4j.export.SameDiffDirectory;
import io.github.coconut4j.generate.GenerationOptions;
import io.github.coconut4j.generate.HaltHead;
import io.github.coconut4j.generate.TokenListener;
import io.github.coconut4j.method.Method;
import io.github.coconut4j.model.Precision;
import io.github.coconut4j.model.latent.LatentLoops;
import io.github.coconut4j.problems.ProblemSource;
import io.github.coconut4j.problems.ProblemSplits;
import io.github.coconut4j.race.Race;
import io.github.coconut4j.race.RaceDirectory;
import io.github.coconut4j.race.RaceFile;
import io.github.coconut4j.report.RunReport;
import io.github.coconut4j.report.RunSummary;
import io.github.coconut4j.train.RunDirectory;
import io.github.coconut4j.train.TrainingRun;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Calls that a program may make by mistake are rejected by the argument's name. */
class MisuseTest {

  private static final Path MODEL = Path.of("../models/prosqa-coconut");
  private static final String QUESTION =
      "Bob is a impus. Every impus is a lorpus. Is Bob a lorpus or felpus?";

  private static final TrainingConfig TRAINING =
      TrainingConfig.builder()
          .method(Method.COT)
          .trainPath("prosqa:2:1")
          .stageSteps(List.of(1))
          .build();

  private static CoconutModel model;

  @BeforeAll
  static void open() throws IOException {
    model = CoconutModel.open(MODEL);
  }

  @AfterAll
  static void close() {
    model.close();
  }

  private static Arguments call(String message, ThrowingCallable call) {
    return Arguments.of(message, call);
  }

  private static Benchmark benchmark(BenchShape shape, Integer rows) {
    return new Benchmark(shape, rows, LatentLoops.AUTO, Precision.FLOAT32, 0, 1);
  }

  private static OpeningOptions.OpeningOptionsBuilder opening() {
    return OpeningOptions.builder();
  }

  static Stream<Arguments> calls() {
    GenerationOptions options = GenerationOptions.DEFAULT;
    List<String> questions = List.of(QUESTION);
    TokenListener none = TokenListener.NONE;
    return Stream.of(
        call("modelDirectory", () -> CoconutModel.open(null)),
        call("options", () -> CoconutModel.open(MODEL, (OpeningOptions) null)),
        call("loop", () -> CoconutModel.open(MODEL, (LatentLoops) null)),
        call("weights", () -> CoconutModel.open(MODEL, opening().weights(null).build())),
        call("precision", () -> CoconutModel.open(MODEL, opening().precision(null).build())),
        call("adapter", () -> CoconutModel.open(MODEL, (Path) null, LatentLoops.AUTO)),
        call("A question needs words but is null", () -> model.generate((String) null)),
        call("A question needs words but has none", () -> model.generate(" \n")),
        call("A question needs words", () -> model.prompt(null, 1)),
        call(
            "A question needs words", () -> model.generate(Arrays.asList(QUESTION, null), options)),
        call("questions", () -> model.generate((List<String>) null, options)),
        call("options", () -> model.generate(questions, null)),
        call("listener", () -> model.generate(questions, options, null)),
        call("thoughts", () -> model.generate(questions, null, options, none)),
        call("thoughts", () -> model.batches(questions, null, options)),
        call("1 questions needs", () -> model.batches(questions, new int[2], options)),
        call("options", () -> model.batches(questions, new int[1], null)),
        call("config", () -> model.withConfig(null)),
        call("head", () -> model.withHaltHead(null)),
        call("at least 0 but is -1", () -> model.generation(QUESTION, -1, new int[0])),
        call("rows needs to be at least 1", () -> benchmark(BenchShape.TINY, 0)),
        call("steps needs to be at least 1", () -> benchmark(BenchShape.TINY, 1).run(0, "")),
        call("at least 1 token", () -> new SameDiffDirectory(model, 1, 0)),
        call("weight", () -> new HaltHead(null, 0, 0.5)),
        call("modelDirectory", () -> model.save(null)),
        call("text", () -> model.getTokenizer().encode(null)),
        call("model", () -> new Evaluator(null, options)),
        call("options", () -> new Evaluator(model, null)),
        call("problems", () -> new Evaluator(model, options).evaluate(null)),
        call(
            "problems[0]",
            () -> new Evaluator(model, options).evaluate(Collections.singletonList(null))),
        call("options", () -> request().options(null).build()),
        call("stops an answer", () -> request().stop(null).build()),
        call("deadline", () -> request().deadline(null).build()),
        call(
            "at most a year",
            () -> request().deadline(Duration.ofSeconds(Long.MAX_VALUE)).build()));
  }

  /** Null for what a program is to name, build or make first. */
  static Stream<Arguments> nulls() {
    return Stream.of(
        call("transformer", () -> new CoconutModel(null, model.getTokenizer(), model.getConfig())),
        call("ids", () -> model.generation(QUESTION, 0, null)),
        call("modelDirectory", () -> CoconutConfig.read(null)),
        call("modelDirectory", () -> CoconutConfig.find(null, null)),
        call("modelDirectory", () -> model.getConfig().write(null)),
        call("settings", () -> CoconutConfig.of(null, 0, null)),
        call("architecture", () -> model.getConfig().applyTo(null)),
        call("map", () -> model.getConfig().withThoughtMap(null)),
        call("problem", () -> new Evaluator(model, GenerationOptions.DEFAULT).thoughts(null)),
        call("directory", () -> HaltHead.read(null, 4)),
        call("value", () -> ProblemSource.of(null)),
        call("config", () -> ProblemSplits.of(null)),
        call("config", () -> Curriculum.of(null)),
        call("file", () -> ConfigFile.read(null)),
        call("A path", () -> ConfigFile.write(TRAINING, null)),
        call("A file to read", () -> ConfigFile.text(null)),
        call("path", () -> new RunDirectory(null)),
        call("directory", () -> TrainingRun.builder().config(TRAINING).build()),
        call(
            "config",
            () -> TrainingRun.builder().directory(new RunDirectory(Path.of("no"))).build()),
        call("run", () -> RunSummary.of(null, null)),
        call("file", () -> RunSummary.read(null)),
        call("directory", () -> new RunReport().write(null)),
        call("file", () -> RaceFile.read(null)),
        call("directory", () -> new RaceDirectory(null)),
        call("yaml", () -> ConfigFile.parse("x", null)),
        call("assignment", () -> ConfigFile.parse("x", "lr: 1").set(null)),
        call("overrides", () -> ConfigFile.parse("x", "lr: 1").setAll(null)),
        call("checkpoint", () -> CheckpointConversion.builder().build().convert()),
        call("shape", () -> benchmark(null, null)),
        call("The problems", () -> ProblemJson.write(Path.of("no.json"), null)),
        call("A file to read", () -> ProblemJson.read((Path) null)),
        call("The excluded", () -> ProblemSource.of("prosqa:1:1").problems(null)),
        call("file", () -> Race.builder().directory(Path.of("no")).build()),
        call("directory", () -> Race.builder().file(RaceFile.quickstart(1L)).build()),
        call(
            "finished",
            () ->
                Race.builder()
                    .file(RaceFile.quickstart(1L))
                    .directory(Path.of("no"))
                    .build()
                    .run(null)),
        call("model", () -> new Analyzer(null, AnalysisOptions.builder().build())),
        call("options", () -> new Analyzer(model, null)),
        call(
            "problems",
            () ->
                new Analyzer(model, AnalysisOptions.builder().build()).analyze("none", null, null)),
        call("directory", () -> AnalysisFiles.write(null, null)),
        call("models", () -> Audit.of(null, List.of(), null)),
        call("controls", () -> Audit.of(List.of(), null, null)),
        call("model", () -> new SameDiffDirectory(null, 1, 1)),
        call("directory", () -> new SameDiffDirectory(model, 1, 1).write(null)),
        call("problems", () -> ShortcutBaselines.measure(null)));
  }

  @ParameterizedTest
  @MethodSource("nulls")
  void nullIsRejectedByName(String name, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(name)
        .hasMessageContaining("must be given, but");
  }

  private static AnswerRequest.AnswerRequestBuilder request() {
    return AnswerRequest.builder().question(QUESTION);
  }

  @ParameterizedTest
  @MethodSource("calls")
  void isRejectedByName(String message, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }

  @Test
  void aClosedModelSaysSo() throws IOException {
    CoconutModel closed = CoconutModel.open(MODEL);
    closed.close();
    closed.close();
    assertThatThrownBy(() -> closed.generate(QUESTION))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("must be open to be used, but")
        .hasMessageContaining("was closed");
  }

  /** It ends with an exception in the other thread, and not with the process. */
  @Test
  void aModelMayBeClosedWhileAnotherThreadGenerates() throws Exception {
    for (int round = 0; round < 5; round++) {
      CoconutModel shared = CoconutModel.open(MODEL);
      CompletableFuture<Throwable> other =
          CompletableFuture.supplyAsync(
              () ->
                  catchThrowable(
                      () -> {
                        while (true) {
                          shared.generate(QUESTION);
                        }
                      }));
      Thread.sleep(20L * round);
      shared.close();
      assertThat(other.get())
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("must be open");
    }
  }
}
