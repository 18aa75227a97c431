package io.github.coconut4j.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.coconut4j.CoconutModel;
import io.github.coconut4j.TinyDirectories;
import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.data.ReasoningProblem;
import io.github.coconut4j.data.tokenizer.SpecialTokens;
import io.github.coconut4j.generate.GenerationOptions;
import io.github.coconut4j.method.Method;
import io.github.coconut4j.model.Architecture;
import io.github.coconut4j.model.ThoughtMapConfig;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.export.SameDiffExport;
import io.github.coconut4j.model.latent.LatentLoops;
import io.github.coconut4j.problems.ProblemSource;
import io.github.coconut4j.train.RunDirectory;
import io.github.coconut4j.train.TrainingRun;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.autodiff.samediff.SameDiff;

/** The program of an export, compiled and run without a class of this library. */
class SameDiffDirectoryTest {

  private static final Path SHIPPED = Path.of("../models/prosqa-coconut");
  private static final String PROBLEMS =
      ":nodes=8,min_steps=2,max_steps=2,people=3,concepts=8,max_facts=9";
  private static final Pattern CODE = Pattern.compile("(?s)```java\n(.*?)```");

  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private Path directory;

  private CoconutModel random(Method method, Architecture architecture, ThoughtMapConfig.Kind map)
      throws IOException {
    return random(method, architecture, map, 64);
  }

  private CoconutModel random(
      Method method, Architecture architecture, ThoughtMapConfig.Kind map, int positions)
      throws IOException {
    TrainingConfig config =
        TrainingConfig.builder()
            .method(method)
            .architecture(architecture)
            .thoughtMap(map)
            .trainPath("prosqa:8:3" + PROBLEMS)
            .nLayer(2)
            .nEmbd(32)
            .nHead(4)
            .nPositions(positions)
            .initializerRange(0.5)
            .maxLatentStage(2)
            .build();
    try (TrainingRun run =
        TrainingRun.builder()
            .config(config)
            .directory(new RunDirectory(directory.resolve("run")))
            .build()) {
      run.trainedModel().save(directory.resolve("model"));
    }
    return CoconutModel.open(directory.resolve("model"));
  }

  private static List<String> questions(String source) throws IOException {
    return ProblemSource.of(source).problems(Set.of()).stream()
        .map(ReasoningProblem::getQuestion)
        .toList();
  }

  /** The class path without this library's modules and a logger. */
  private static String plainClassPath(boolean withTokenizers) {
    return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
        .filter(entry -> entry.endsWith(".jar"))
        .filter(
            entry ->
                Pattern.compile("nd4j|bytedeco|slf4j-api|commons-|flatbuffers|oshi|jna")
                        .matcher(entry)
                        .find()
                    || (withTokenizers && entry.contains("djl")))
        .filter(entry -> !entry.contains("coconut4j/") && !entry.contains("dnnl"))
        .collect(Collectors.joining(File.pathSeparator));
  }

  /** What the README's program prints: tokens and text of each answer. */
  private List<String> ask(Path exported, List<String> questions, boolean withTokenizers)
      throws IOException, InterruptedException {
    int status = run(exported, questions, withTokenizers);
    assertThat(status).as(Files.readString(errors())).isZero();
    return Files.readAllLines(output());
  }

  private Path output() {
    return directory.resolve("output.txt");
  }

  private Path errors() {
    return directory.resolve("errors.txt");
  }

  private int run(Path exported, List<String> questions, boolean withTokenizers)
      throws IOException, InterruptedException {
    Matcher code = CODE.matcher(Files.readString(exported.resolve("README.md")));
    assertThat(code.find()).isTrue();
    Path program = directory.resolve("Answer.java");
    Files.writeString(program, code.group(1));
    assertThat(exported.resolve("Answer.java")).hasContent(code.group(1));
    assertThat(code.group(1)).as("source in any encoding").matches("\\p{ASCII}+");
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx512m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                plainClassPath(withTokenizers),
                program.toString(),
                exported.toString()));
    command.addAll(questions);
    return new ProcessBuilder(command)
        .redirectOutput(output().toFile())
        .redirectError(errors().toFile())
        .start()
        .waitFor();
  }

  private static List<String> expected(
      CoconutModel model, List<String> questions, int thoughts, int maxNewTokens) {
    GenerationOptions options =
        GenerationOptions.builder().latents(thoughts).maxNewTokens(maxNewTokens).build();
    return model.generate(questions, options).stream()
        .flatMap(
            answer ->
                Stream.concat(
                    Stream.of(Arrays.toString(answer.getTokenIds())),
                    (answer.getOutput() + "\n").lines()))
        .toList();
  }

  private static void assertStock(Path exported) {
    for (String file : List.of(SameDiffExport.PREFILL, SameDiffExport.STEP)) {
      SameDiff graph = SameDiff.load(exported.resolve(file).toFile(), false);
      assertThat(graph.getOps().values())
          .isNotEmpty()
          .allSatisfy(op -> assertThat(op.getOp().getClass().getName()).startsWith("org.nd4j."));
    }
  }

  @ParameterizedTest
  @CsvSource({"GPT2, SCALE", "QWEN3, PROJECTION"})
  void theProgramWritesTheLibrarysTokens(Architecture architecture, ThoughtMapConfig.Kind map)
      throws IOException, InterruptedException {
    List<String> questions = questions("prosqa:20:3" + PROBLEMS);
    Path exported = directory.resolve("exported");
    try (CoconutModel model = random(Method.COCONUT, architecture, map)) {
      new SameDiffDirectory(model, 3, 5).write(exported);

      assertStock(exported);
      List<String> answers = expected(model, questions, 3, 5);
      assertThat(answers.stream().distinct()).hasSizeGreaterThan(20);
      assertThat(ask(exported, questions, false)).isEqualTo(answers);
    }
  }

  /** ND4J would read behind the position table, and the process would end. */
  @Test
  void theProgramRefusesAQuestionThatDoesNotFit() throws IOException, InterruptedException {
    Path exported = directory.resolve("exported");
    try (CoconutModel model = random(Method.COCONUT, Architecture.GPT2, null)) {
      new SameDiffDirectory(model, 3, 5).write(exported);
    }
    String question = questions("prosqa:1:3" + PROBLEMS).get(0);
    String fact = question.substring(0, question.indexOf('.') + 2);

    assertThat(run(exported, List.of(fact.repeat(100) + question), false)).isEqualTo(1);
    assertThat(errors()).content().contains("need to fit 64 positions but take ");
  }

  @Test
  void otherTokenizersAreReadByTheirLibrary() throws IOException, InterruptedException {
    Path base =
        TinyDirectories.write(directory.resolve("llama"), Architecture.LLAMA, "llama3", 266, false);
    Path exported = directory.resolve("exported");
    List<String> questions = List.of("2 * 3?", "Once upon");
    try (CoconutModel model = CoconutModel.open(base)) {
      new SameDiffDirectory(model, 0, 4).write(exported);

      assertThat(ask(exported, questions, true).stream().filter(line -> line.startsWith("[")))
          .isEqualTo(
              expected(model, questions, 0, 4).stream()
                  .filter(line -> line.startsWith("["))
                  .toList());
    }
  }

  /** Without a decoder the tokenizers library puts spaces between words. */
  @Test
  void wordsThatTheProgramWouldJoinOtherwiseAreReadByTheirLibrary()
      throws IOException, InterruptedException {
    random(Method.COCONUT, Architecture.GPT2, null).close();
    Path tokenizer = directory.resolve("model/tokenizer.json");
    ObjectNode json = (ObjectNode) JSON.readTree(tokenizer.toFile());
    Files.writeString(tokenizer, JSON.writeValueAsString(json.putNull("decoder")));
    Path exported = directory.resolve("exported");
    List<String> questions = questions("prosqa:4:3" + PROBLEMS);
    try (CoconutModel model = CoconutModel.open(directory.resolve("model"))) {
      new SameDiffDirectory(model, 3, 5).write(exported);

      assertThat(exported.resolve("Answer.java")).content().contains("HuggingFaceTokenizer");
      assertThat(ask(exported, questions, true).stream().filter(line -> !line.contains("DJL")))
          .isEqualTo(expected(model, questions, 3, 5));
    }
  }

  /** By default the tokenizers library cuts a text after 512 tokens, and pads as the file says. */
  @Test
  void aLongQuestionIsReadWholeByTheTokenizersLibrary() throws IOException, InterruptedException {
    random(Method.COCONUT, Architecture.GPT2, null, 600).close();
    Path tokenizer = directory.resolve("model/tokenizer.json");
    ObjectNode json = (ObjectNode) JSON.readTree(tokenizer.toFile());
    json.putNull("decoder");
    ObjectNode padding = json.putObject("padding").put("direction", "Right");
    padding.putObject("strategy").put("Fixed", 700);
    padding.putNull("pad_to_multiple_of").put("pad_id", 0).put("pad_type_id", 0);
    padding.put("pad_token", SpecialTokens.END_OF_TEXT);
    Files.writeString(tokenizer, JSON.writeValueAsString(json));
    Path exported = directory.resolve("exported");
    String question = questions("prosqa:1:3" + PROBLEMS).get(0);
    String fact = question.substring(0, question.indexOf('.') + 2);
    List<String> questions = List.of(question, fact.repeat(260) + question);
    try (CoconutModel model = CoconutModel.open(directory.resolve("model"))) {
      new SameDiffDirectory(model, 3, 5).write(exported);

      assertThat(ask(exported, questions, true).stream().filter(line -> !line.contains("DJL")))
          .isEqualTo(expected(model, questions, 3, 5));
    }
  }

  @Test
  void methodsWithoutThoughtsAreWrittenWithNone() throws IOException {
    try (CoconutModel model = random(Method.COT, Architecture.GPT2, null)) {
      new SameDiffDirectory(model, 0, 5).write(directory.resolve("exported"));

      assertStock(directory.resolve("exported"));
      assertThatThrownBy(() -> new SameDiffDirectory(model, 2, 5).write(directory.resolve("other")))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("The method cot has no thoughts");
      assertThatThrownBy(
              () -> new SameDiffDirectory(model, -1, 5).write(directory.resolve("other")))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("from 0 to 100");
    }
    assertThat(directory.resolve("other")).doesNotExist();
  }

  @Test
  void aModelBeyondFlatBuffersIsRefusedWithItsSize() {
    TransformerConfig.TransformerConfigBuilder medium =
        TransformerConfig.builder().vocabSize(50257).nPositions(1024).nEmbd(1024).nHead(16);

    assertThatThrownBy(() -> SameDiffExport.requireWritable(medium.nLayer(24).build()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("1354 MiB");
    assertThatThrownBy(() -> SameDiffExport.requireWritable(medium.nLayer(1_000_000_000).build()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("below FlatBuffers' 2 GB");
  }

  @Test
  @Tag("nightly")
  void theShippedModelAnswersOneHundredProblemsAlike() throws IOException, InterruptedException {
    List<String> questions =
        questions("../data/src/test/resources/prosqa/prosqa_valid.json").subList(0, 100);
    Path exported = directory.resolve("exported");
    try (CoconutModel model = CoconutModel.open(SHIPPED)) {
      new SameDiffDirectory(model, 6, 24).write(exported);

      assertThat(ask(exported, questions, false)).isEqualTo(expected(model, questions, 6, 24));
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"LLAMA", "QWEN3"})
  @Tag("nightly")
  void llamasAnswerOneHundredProblemsAlike(Architecture architecture)
      throws IOException, InterruptedException {
    List<String> questions = questions("prosqa:100:3" + PROBLEMS);
    Path exported = directory.resolve("exported");
    try (CoconutModel model = random(Method.COCONUT, architecture, null)) {
      new SameDiffDirectory(model, 3, 8).write(exported);

      assertThat(ask(exported, questions, false)).isEqualTo(expected(model, questions, 3, 8));
    }
  }

  /** Of a question, without the process's start. */
  @Test
  @Tag("nightly")
  void theProgramTakesLessThanTenTimesTheUnrolledLoop() throws IOException, InterruptedException {
    List<String> questions =
        questions("../data/src/test/resources/prosqa/prosqa_valid.json").subList(0, 12);
    Path exported = directory.resolve("exported");
    try (CoconutModel model = CoconutModel.open(SHIPPED, LatentLoops.UNROLLED)) {
      new SameDiffDirectory(model, 6, 24).write(exported);
      double few = seconds(() -> ask(exported, questions.subList(0, 2), false));
      double program = (seconds(() -> ask(exported, questions, false)) - few) / 10;
      expected(model, questions.subList(0, 2), 6, 24);
      double unrolled = 0;
      for (String question : questions.subList(2, 12)) {
        unrolled += seconds(() -> expected(model, List.of(question), 6, 24)) / 10;
      }
      System.err.printf(
          Locale.ROOT, "a question: program %.2f s, unrolled loop %.2f s%n", program, unrolled);
      assertThat(program).isLessThan(10 * unrolled);
    }
  }

  private static double seconds(Callable<?> work) throws IOException, InterruptedException {
    long start = System.nanoTime();
    try {
      work.call();
    } catch (IOException | InterruptedException | RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new AssertionError(e);
    }
    return (System.nanoTime() - start) / 1e9;
  }
}
