package io.github.coconut4j.problems;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.coconut4j.config.ConfigException;
import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.data.InvalidProblemException;
import io.github.coconut4j.data.ProblemGraph;
import io.github.coconut4j.data.ProblemGraph.Edge;
import io.github.coconut4j.data.ProblemJson;
import io.github.coconut4j.data.ReasoningProblem;
import io.github.coconut4j.data.prosqa.ProsQaNames;
import io.github.coconut4j.method.Method;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ProblemSplitsTest {

  private static final String SMALL =
      ":nodes=6,min_steps=1,max_steps=2,people=3,concepts=6,max_facts=7";

  private static final List<Edge> EDGE = List.of(new Edge(0, 1));

  private static ProblemSplits splits(String training, String evaluation) throws IOException {
    return ProblemSplits.of(
        TrainingConfig.builder()
            .method(Method.COT)
            .trainPath(training)
            .valPath(evaluation)
            .build());
  }

  @Test
  void noEvaluationProblemIsMetInTraining() throws IOException {
    ProblemSplits splits = splits("prosqa:200:1" + SMALL, "prosqa:20:2" + SMALL);

    assertThat(splits.getTraining()).hasSize(200);
    assertThat(ProblemSplits.canonicalForms(splits.getTraining(), "train"))
        .doesNotContainAnyElementsOf(ProblemSplits.canonicalForms(splits.getEvaluation(), "val"));
  }

  @ParameterizedTest
  @CsvSource({
    "prosqa:0:1, prosqa:1:2, false, `train_path` needs at least 1 problem but is prosqa:0:1",
    "prosqa:1:1, prosqa:0:2, false, `val_path` needs at least 1 problem but is prosqa:0:2",
    "prosqa:1:1, prosqa:0:2, true, `val_path` needs at least 1 problem but is prosqa:0:2"
  })
  void pathsWithoutProblemsAreRefused(String train, String val, boolean onlyEval, String named) {
    TrainingConfig config =
        TrainingConfig.builder()
            .method(Method.COT)
            .trainPath(train)
            .valPath(val)
            .onlyEval(onlyEval)
            .build();

    assertThatThrownBy(() -> ProblemSplits.of(config).requireAny(config))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(named);
  }

  @Test
  void sourcesAreJoinedAndKeepToTheirArguments() throws IOException {
    ProblemSplits splits =
        splits("prosqa:30:1" + SMALL + "+prosqa-balanced:10:2" + SMALL, "prosqa:5:3" + SMALL);

    assertThat(splits.getTraining()).hasSize(40);
    assertThat(splits.getNames().getPeople()).hasSize(3);
    assertThat(splits.getTraining())
        .allSatisfy(
            problem -> {
              assertThat(problem.getSteps()).hasSizeBetween(1, 2);
              assertThat(problem.getGraph().orElseThrow().getEdges()).hasSizeLessThanOrEqualTo(7);
            });
  }

  @Test
  void theFingerprintChangesWithAProblem() throws IOException {
    ProblemSplits one = splits("prosqa:20:1" + SMALL, "prosqa:5:3" + SMALL);
    ProblemSplits same = splits("prosqa:20:1" + SMALL, "prosqa:5:3" + SMALL);
    ProblemSplits other = splits("prosqa:20:4" + SMALL, "prosqa:5:3" + SMALL);

    assertThat(same.fingerprint()).isEqualTo(one.fingerprint());
    assertThat(other.fingerprint()).isNotEqualTo(one.fingerprint());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "prosqa:5",
        "prosqa:5:x",
        "sudoku:5:1",
        "prontoqa:5",
        "prontoqa:5:1:nodes=5",
        "prosqa:5:1:nodes",
        "prosqa:5:1:size=3",
        "prosqa:5:1:people=99"
      })
  void aMisspeltGeneratorIsRefused(String value) {
    assertThatThrownBy(() -> ProblemSource.of(value).problems(Set.of()))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("need");
  }

  @ParameterizedTest
  @ValueSource(strings = {"prosqa-deep", "prosqa-dag"})
  void noConstructedEvaluationProblemIsMetInTraining(String kind) throws IOException {
    String small = ":nodes=9,min_steps=2,max_steps=2";
    ProblemSplits splits = splits(kind + ":300:1" + small, kind + ":5:2" + small);

    assertThat(splits.getTraining()).hasSize(300);
    assertThat(ProblemSplits.canonicalForms(splits.getTraining(), "train"))
        .doesNotContainAnyElementsOf(ProblemSplits.canonicalForms(splits.getEvaluation(), "val"));
  }

  /** All are one graph: what differs are names and order, as when problems are augmented. */
  @ParameterizedTest
  @ValueSource(strings = {"prosqa-chains", "prosqa-stars"})
  void chainsAndStarsDifferInTheirTexts(String kind) throws IOException {
    String length = ":nodes=28,min_steps=3,max_steps=3";
    ProblemSplits splits = splits(kind + ":300:1" + length, kind + ":50:2" + length);

    assertThat(splits.getTraining()).hasSize(300);
    assertThat(splits.getTraining())
        .extracting(ReasoningProblem::getQuestion)
        .doesNotContainAnyElementsOf(
            splits.getEvaluation().stream().map(ReasoningProblem::getQuestion).toList());
  }

  /** A file does not say which generator it came from. */
  @Test
  void namesOfAFileAreThoseThatItsProblemsHave(@TempDir Path directory) throws IOException {
    String published = file(directory, "prosqa:20:1");
    String extended = file(directory, "prosqa-deep:40:1:nodes=60");
    Path foreign =
        Files.writeString(
            directory.resolve("foreign.json"),
            Files.readString(Path.of(extended)).replaceAll("\\bgorpus\\b", "unicorn"));

    assertThat(splits(published, published).getNames()).isEqualTo(ProsQaNames.published());
    assertThat(splits(extended, published).getNames()).isEqualTo(ProsQaNames.extended());
    assertThat(splits(published + "+" + extended, published).getNames())
        .isEqualTo(ProsQaNames.extended());
    assertThat(splits(foreign.toString(), published).getNames().getConcepts())
        .startsWith(ProsQaNames.extended().getConcepts().toArray(new String[0]))
        .endsWith("unicorn");
  }

  /** Questions of a graph's problem may have any form where nothing is generated. */
  @Test
  void onlyGeneratedProblemsNeedTheFormsOfTheEvaluation(@TempDir Path directory)
      throws IOException {
    String known = file(directory, "prosqa:3:1");
    List<ReasoningProblem> problems =
        List.of(
            ProblemSource.of("prosqa:1:2").problems(Set.of()).get(0),
            ProblemSource.of("prosqa:1:3").problems(Set.of()).get(0).toBuilder()
                .question("What is Bob?")
                .build());
    Path free = directory.resolve("free.json");
    ProblemJson.write(free, problems);

    for (String train : List.of(known, "prontoqa:2:1", "prosqa-stars:2:1:nodes=28")) {
      assertThat(splits(train, free.toString()).getEvaluation()).hasSize(2);
    }
    for (String train : List.of("prosqa:3:1", known + "+prosqa:3:1")) {
      assertThatThrownBy(() -> splits(train, free.toString()))
          .isInstanceOf(InvalidProblemException.class)
          .hasMessageContaining(free + ", problem 1 (counted from 0): ");
    }
  }

  /** With a tokenizer of its own and without augmentation, a run never asks for names. */
  @Test
  void namesAreCheckedOnlyWhereTheyAreNeeded(@TempDir Path directory) throws IOException {
    ReasoningProblem problem = ProblemSource.of("prosqa:1:2").problems(Set.of()).get(0);
    Path both = directory.resolve("both.json");
    ProblemJson.write(
        both,
        List.of(
            problem,
            with(problem, new ProblemGraph(List.of("Ada", "cat"), EDGE, 0, 1, 1)),
            with(problem, new ProblemGraph(List.of("cat", "pet"), EDGE, 0, 1, 1))));

    ProblemSplits splits = splits(both.toString(), both.toString());

    assertThat(splits.getTraining()).hasSize(3);
    assertThatThrownBy(splits::getNames)
        .isInstanceOf(InvalidProblemException.class)
        .hasMessageContaining(
            "found cat as a person's in problem 2 (counted from 0) and as a concept's in problem 1");
    Path own = directory.resolve("own.json");
    ProblemJson.write(
        own, List.of(with(problem, new ProblemGraph(List.of("Ada", "Bob"), EDGE, 0, 1, 1))));
    assertThatThrownBy(splits(own.toString(), both.toString())::getNames)
        .hasMessageContaining("Bob as a person's in the library's own names");
  }

  private static ReasoningProblem with(ReasoningProblem problem, ProblemGraph graph) {
    return problem.toBuilder().graph(graph).build();
  }

  private static String file(Path directory, String source) throws IOException {
    Path file = directory.resolve(source.substring(0, source.indexOf(':')) + ".json");
    ProblemJson.write(file, ProblemSource.of(source).problems(Set.of()));
    return file.toString();
  }
}
