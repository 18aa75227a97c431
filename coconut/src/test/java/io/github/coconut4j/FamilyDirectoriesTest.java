package io.github.coconut4j;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.data.ReasoningProblem;
import io.github.coconut4j.generate.Generation;
import io.github.coconut4j.generate.GenerationOptions;
import io.github.coconut4j.method.EncodedProblem;
import io.github.coconut4j.method.Method;
import io.github.coconut4j.model.Architecture;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.Weights;
import io.github.coconut4j.train.RunDirectory;
import io.github.coconut4j.train.TrainingRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Each family with the tokenizer that its models have: asked as it is, and trained. */
class FamilyDirectoriesTest {

  private static final String PROBLEM =
      "[{\"question\": \"2 * 3?\", \"steps\": [\"<<2*3=6>>\"], \"answer\": \"6\"}]";

  @TempDir private Path directory;

  /** The last column is the number of rows afterwards; three tokens are added. */
  @ParameterizedTest
  @CsvSource({
    "LLAMA, llama3, 266, 264, <|begin_of_text|>, 269",
    "LLAMA, llama2, 360, 2, <s>, 363",
    "MISTRAL, mistral, 360, 2, <s>, 363",
    "QWEN2, qwen2, 300, 263, , 300",
    "QWEN3, qwen2, 300, 263, , 300"
  })
  void isAskedTrainedAndOpenedAgain(
      Architecture architecture, String tokenizer, int rows, int end, String begin, int rowsAfter)
      throws IOException {
    boolean tied = architecture == Architecture.QWEN2;
    Path base =
        TinyDirectories.write(directory.resolve("base"), architecture, tokenizer, rows, tied);
    GenerationOptions few = GenerationOptions.builder().maxNewTokens(3).build();
    try (CoconutModel model = CoconutModel.open(base)) {
      assertThat(model.getConfig().getSpecialTokens().getEos()).isEqualTo(end);
      assertThat(model.generate(List.of("2 * 3?"), few)).hasSize(1);
    }

    RunDirectory run = train(base);

    TransformerConfig trained = TransformerConfig.read(run.model());
    assertThat(trained.getArchitecture()).isEqualTo(architecture);
    assertThat(trained.getVocabSize()).isEqualTo(rowsAfter);
    Weights.read(run.model(), trained).requireShapes(trained);
    try (CoconutModel model = CoconutModel.open(run.model())) {
      assertBeginsOnce(model, begin);
      Generation generation = model.generate(List.of("2 * 3?"), few).get(0);
      assertThat(generation.getLatents()).isEqualTo(1);
      assertThat(generation.getTokenIds()).hasSizeLessThanOrEqualTo(3);
    }
  }

  private RunDirectory train(Path base) throws IOException {
    Path problems = Files.writeString(directory.resolve("problems.json"), PROBLEM);
    TrainingConfig config =
        TrainingConfig.builder()
            .method(Method.COCONUT)
            .modelId(base.toString())
            .trainPath(problems.toString())
            .maxLatentStage(1)
            .stageSteps(List.of(1, 1))
            .build();
    RunDirectory run = new RunDirectory(directory.resolve("run"));
    try (TrainingRun training = TrainingRun.builder().config(config).directory(run).build()) {
      training.train();
    }
    return run;
  }

  /** The token that begins a text is before the question and in no other piece. */
  private static void assertBeginsOnce(CoconutModel model, String begin) {
    EncodedProblem problem =
        model
            .encoder(null)
            .encode(
                ReasoningProblem.builder()
                    .question("2 * 3?")
                    .steps(List.of("<<2*3=6>>"))
                    .answer("6")
                    .build());
    int[] all = model.sequences().training(problem, 0).getTokens();

    if (begin != null) {
      int id = model.getTokenizer().id(begin);
      assertThat(all[0]).isEqualTo(id);
      assertThat(Arrays.stream(all).filter(token -> token == id).count()).isOne();
    }
    assertThat(model.getTokenizer().decode(all).replace(" ", ""))
        .isEqualTo("2*3?\n<<2*3=6>>\n###6");
  }
}
