package io.github.coconut4j.analyze;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.coconut4j.CoconutModel;
import io.github.coconut4j.analyze.causal.CausalEffect;
import io.github.coconut4j.analyze.tree.ParallelismPoint;
import io.github.coconut4j.analyze.tree.TreeNode;
import io.github.coconut4j.analyze.tree.ValueByHeight;
import io.github.coconut4j.data.InvalidProblemException;
import io.github.coconut4j.data.ReasoningProblem;
import io.github.coconut4j.evaluate.Evaluator;
import io.github.coconut4j.generate.GenerationOptions;
import io.github.coconut4j.method.Method;
import io.github.coconut4j.model.Weights;
import io.github.coconut4j.model.latent.LatentLoops;
import io.github.coconut4j.report.AnalysisReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AnalyzerTest {

  private static final int PROBLEMS = 20;
  private static final List<int[]> PROGRESS = new ArrayList<>();

  private static DataAnalysis first;
  private static DataAnalysis again;
  private static double accuracyByEvaluator;

  @TempDir private Path directory;

  @BeforeAll
  static void analyze() {
    AnalysisOptions options =
        AnalysisOptions.builder().maxNewTokens(10).batchSize(8).causalProblems(12).build();
    GenerationOptions generation = GenerationOptions.builder().latents(2).maxNewTokens(10).build();
    try (CoconutModel model = TinyModels.phrases(Method.COCONUT, LatentLoops.AUTO)) {
      Analyzer analyzer = new Analyzer(model, options);
      first =
          analyzer.analyze(
              "one.json",
              TinyModels.problems(PROBLEMS, 3),
              (done, total) -> PROGRESS.add(new int[] {done, total}));
      again = analyzer.analyze("one.json", TinyModels.problems(PROBLEMS, 3), AnalysisObserver.NONE);
      accuracyByEvaluator =
          new Evaluator(model, generation).evaluate(TinyModels.problems(PROBLEMS, 3)).accuracy();
    }
  }

  @Test
  void classesAddUpToAllProblems() {
    assertThat(first.getForced())
        .extracting(ForcedThoughts::getThoughts)
        .containsExactly(0, 1, 2, 3, 4, 5, 6);
    for (ForcedThoughts forced : first.getForced()) {
      assertThat(forced.getWritten().values().stream().mapToInt(Integer::intValue).sum())
          .isEqualTo(PROBLEMS);
      assertThat(forced.getCompleted().values().stream().mapToInt(Integer::intValue).sum())
          .isEqualTo(PROBLEMS);
    }
    assertThat(first.getForced().get(0).getCompleted())
        .isEqualTo(first.getForced().get(0).getWritten());
    assertThat(first.getForced().get(2).getAccuracy()).isEqualTo(accuracyByEvaluator);
  }

  /** The final norm makes all states ones: each table has another row that scores highest. */
  @Test
  void thoughtsOfAnUntiedModelAreReadByItsOutputEmbedding() {
    try (CoconutModel model = TinyModels.untied()) {
      Weights weights = model.getTransformer().getWeights();
      weights.get("transformer.ln_f.weight").assign(0);
      weights.get("transformer.ln_f.bias").assign(1);
      weights.tokenTable().getRow(7).assign(9);
      weights.outputTable().getRow(11).assign(9);
      AnalysisOptions options =
          AnalysisOptions.builder().maxThoughts(1).maxNewTokens(1).causalProblems(2).build();

      DataAnalysis analysis =
          new Analyzer(model, options)
              .analyze("untied", TinyModels.problems(2, 3), AnalysisObserver.NONE);

      assertThat(analysis.getReadings())
          .filteredOn(reading -> reading.getRank() == 1)
          .isNotEmpty()
          .allMatch(reading -> reading.getToken().equals(model.getTokenizer().display(11)));
    }
  }

  @Test
  void everyThoughtAndAllAreReplacedInEveryWay() {
    assertThat(first.getCausal())
        .hasSize(15)
        .allMatch(effect -> effect.getProblems() == 12)
        .allMatch(effect -> effect.getLow() <= effect.getDifference())
        .allMatch(effect -> effect.getDifference() <= effect.getHigh());
    assertThat(first.getCausal()).extracting(CausalEffect::getThought).contains(1, 2, null);
  }

  @Test
  void sharesOfALevelAddUp() {
    assertThat(first.getTrees()).hasSize(PROBLEMS);
    assertThat(first.getTrees())
        .flatMap(tree -> tree.getLevels())
        .hasSizeGreaterThanOrEqualTo(PROBLEMS)
        .allSatisfy(
            level ->
                assertThat(level.stream().mapToDouble(TreeNode::getShare).sum())
                    .isBetween(1 - 1e-9, 1 + 1e-9));
  }

  /** Level k of a tree is what two thoughts for each of k steps find. */
  @Test
  void thoughtsOfOneStepAreReadTogether() throws IOException {
    AnalysisOptions options =
        AnalysisOptions.builder().maxThoughts(5).maxNewTokens(10).causalProblems(2).build();
    try (CoconutModel model = TinyModels.withThoughtsPerStep(2)) {
      DataAnalysis analysis =
          new Analyzer(model, options)
              .analyze("one.json", TinyModels.problems(PROBLEMS, 3), AnalysisObserver.NONE);

      assertThat(analysis.getTrees()).allMatch(tree -> tree.getLevels().size() <= 2);
      assertThat(analysis.getHeights()).extracting(ValueByHeight::getThoughts).containsOnly(2, 4);
      assertThat(analysis.getParallelism())
          .extracting(ParallelismPoint::getThoughts)
          .containsOnly(2, 4);
      assertThat(analysis.getFindings()).anyMatch(each -> each.contains("after 2 thoughts and"));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "Bob is a dpus. Every dpus is a epus. Every epus is a dpus. Is Bob a dpus or fpus? | Remove the cycle",
        "Bob is a dpus. Every dpus is a dpus. Is Bob a dpus or fpus? | Remove the cycle",
        "Is Bob a dpus or fpus?                                      | a question with facts",
        "Is Bob a dpus?                                              | must end with",
      })
  void aProblemThatCannotBeAnalyzedIsNamedFirst(String question, String fault) {
    List<ReasoningProblem> problems = new ArrayList<>(TinyModels.problems(2, 3));
    problems.add(
        ReasoningProblem.builder()
            .question(question)
            .steps(List.of("Bob is a dpus."))
            .answer("Bob is a dpus.")
            .build());
    try (CoconutModel model = TinyModels.phrases(Method.COCONUT, LatentLoops.AUTO)) {
      Analyzer analyzer = new Analyzer(model, AnalysisOptions.builder().build());

      assertThatThrownBy(() -> analyzer.analyze("x.json", problems, AnalysisObserver.NONE))
          .isInstanceOf(InvalidProblemException.class)
          .hasMessageStartingWith("x.json, problem 2 (counted from 0): ")
          .hasMessageContaining(fault);
    }
  }

  @Test
  void theSeedDecidesEverything() {
    assertThat(again).isEqualTo(first);
  }

  @Test
  void progressEndsAtItsTotal() {
    assertThat(PROGRESS).hasSize(3 * 7 + 2 * 15);
    int[] last = PROGRESS.get(PROGRESS.size() - 1);
    assertThat(last[0]).isEqualTo(last[1]);
  }

  @Test
  void filesHoldTheNumbersAndTheReportNeedsNoNetwork() throws IOException {
    DataAnalysis other = first.toBuilder().data("two.json").build();
    Analysis analysis = new Analysis("model", 2, 1, List.of(first, other));

    AnalysisFiles.write(directory, analysis);
    AnalysisReport.write(directory, analysis);

    String page = Files.readString(directory.resolve("report.html"));
    assertThat(page).contains("<h2>one</h2>", "<h2>two</h2>", first.getFindings().get(0));
    assertThat(page).doesNotContain("src=\"http", "href=", "<script");
    assertThat(page.length()).isLessThan(4_000_000);
    JsonNode json =
        JsonMapper.builder().build().readTree(directory.resolve("analysis.json").toFile());
    assertThat(json.at("/data/0/forced/3/thoughts").asInt()).isEqualTo(3);
    assertThat(json.at("/data/0/forced/0/written/correct_path").isInt()).isTrue();
    assertThat(json.at("/data/1/trees")).hasSize(AnalysisFiles.SHOWN_TREES);
    assertThat(Files.readAllLines(directory.resolve("path-classes.csv"))).hasSize(1 + 2 * 7 * 6);
    assertThat(Files.readAllLines(directory.resolve("causal.csv")))
        .hasSize(1 + 2 * 15)
        .first()
        .isEqualTo(
            "data,replacement,thought,problems,before,after,difference,low,high,probability");
    assertThat(directory.resolve("figures/search-tree-2-4.svg")).isNotEmptyFile();
  }
}
