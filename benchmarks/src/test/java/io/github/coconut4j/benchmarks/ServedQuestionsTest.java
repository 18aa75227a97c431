package io.github.coconut4j.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.coconut4j.CoconutModel;
import io.github.coconut4j.data.ReasoningProblem;
import io.github.coconut4j.generate.Generation;
import io.github.coconut4j.generate.GenerationOptions;
import io.github.coconut4j.problems.ProblemSource;
import io.github.coconut4j.serve.CoconutServer;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What is counted are right answers, and all of them. */
class ServedQuestionsTest {

  private static CoconutModel model;
  private static CoconutServer server;
  private static URI address;
  private static List<String> questions;
  private static List<String> answers;

  @BeforeAll
  static void start() throws IOException {
    model = CoconutModel.open(Path.of("..", "models", "prosqa-coconut"));
    server = CoconutServer.builder().model("shipped", model).port(0).build();
    address = server.start();
    questions =
        ProblemSource.of("prosqa-balanced:8:77").problems(Set.of()).stream()
            .map(ReasoningProblem::getQuestion)
            .toList();
    answers =
        model.generate(questions, GenerationOptions.DEFAULT).stream()
            .map(Generation::getOutput)
            .toList();
  }

  @AfterAll
  static void stop() {
    server.close();
    model.close();
  }

  @Test
  void everyClientsAnswersAreCounted() throws Exception {
    Rate rate = new ServedQuestions(address, "shipped", questions, answers).ask(3, 1);

    String counted =
        server
            .metrics()
            .lines()
            .filter(line -> line.startsWith("coconut_answers_seconds_count{"))
            .findFirst()
            .orElseThrow();
    double answered = Double.parseDouble(counted.substring(counted.indexOf(' ')));
    assertThat(answered).isGreaterThanOrEqualTo(3);
    assertThat(rate.perSecond()).isPositive().isLessThanOrEqualTo(answered);
    assertThat(rate.median()).isPositive().isLessThanOrEqualTo(rate.p99());
  }

  @Test
  void aWrongAnswerEndsTheMeasurement() {
    List<String> wrong = Collections.nCopies(questions.size(), "### Bob is a yumpus.");

    assertThatThrownBy(() -> new ServedQuestions(address, "shipped", questions, wrong).ask(2, 1))
        .hasMessageContaining("The server answers \"");
  }
}
