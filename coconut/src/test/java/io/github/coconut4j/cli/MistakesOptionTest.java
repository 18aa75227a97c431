package io.github.coconut4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.coconut4j.data.ProblemJson;
import io.github.coconut4j.data.ReasoningProblem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MistakesOptionTest {

  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final String SHIPPED = "../models/prosqa-coconut";

  @TempDir private Path directory;

  private String data;
  private Path mistakes;

  @BeforeEach
  void writeProblems() {
    data = directory.resolve("problems.json").toString();
    mistakes = directory.resolve("mistakes.json");
    CommandLineRun generated =
        CommandLineRun.of(
            "generate-data",
            "prosqa",
            "--balanced",
            "--min-steps=5",
            "--count=40",
            "--seed=7",
            "--out=" + data);
    assertThat(generated.status()).as(generated.errors()).isZero();
  }

  /** Three thoughts are too few for five steps. */
  private CommandLineRun evaluate(String file) {
    return CommandLineRun.of(
        "evaluate",
        "--model=" + SHIPPED,
        "--latents=3",
        "--data=" + data,
        "--mistakes=" + file,
        "--json");
  }

  /** The questions whose generated answer is another text than the problem's. */
  private List<String> wrong() throws IOException {
    List<ReasoningProblem> problems = ProblemJson.read(Path.of(data));
    CommandLineRun generated =
        CommandLineRun.of(
            "generate", "--model=" + SHIPPED, "--latents=3", "--data=" + data, "--json");
    List<String> wrong = new ArrayList<>();
    for (int i = 0; i < problems.size(); i++) {
      String answer = JSON.readTree(generated.lines().get(i)).get("answer").asText();
      if (!answer.equals(problems.get(i).getAnswer())) {
        wrong.add(problems.get(i).getQuestion());
      }
    }
    return wrong;
  }

  @Test
  void wronglyAnsweredProblemsAreWritten() throws IOException {
    CommandLineRun run = evaluate(mistakes.toString());

    assertThat(run.status()).as(run.errors()).isZero();
    List<ReasoningProblem> written = ProblemJson.read(mistakes);
    assertThat(written).hasSizeBetween(1, 39);
    assertThat(written).extracting(ReasoningProblem::getQuestion).isEqualTo(wrong());
    assertThat(written).allSatisfy(problem -> assertThat(problem.getGraph()).isPresent());
    double accuracy = JSON.readTree(run.output()).get("accuracy").asDouble();
    assertThat(accuracy).isEqualTo((40 - written.size()) / 40.0);
    assertThat(run.errors()).contains("Wrote " + written.size() + " problems to " + mistakes);
  }

  @Test
  void theProblemsOfTheEvaluationAreNotOverwritten() throws IOException {
    Path link = Files.createLink(directory.resolve("same.json"), Path.of(data));

    for (String same : List.of(data, link.toString(), directory + "/./problems.json")) {
      evaluate(same).assertRefused("--mistakes", same, "Name another file");
    }
    assertThat(ProblemJson.read(Path.of(data))).hasSize(40);
  }

  @Test
  void mistakesNeedAModel() {
    CommandLineRun.of("evaluate", "--data=" + data, "--mistakes=" + mistakes)
        .assertRefused("--mistakes", "--model");
    assertThat(mistakes).doesNotExist();
  }

  @Test
  void aFileThatCannotBeWrittenIsRefusedBeforeTheEvaluation() {
    CommandLineRun run = evaluate(directory.toString());

    run.assertRefused(directory.toString());
    assertThat(run.output()).isEmpty();
  }
}
