package io.github.coconut4j.tuning.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.dataformat.csv.CsvMapper;
import com.fasterxml.jackson.dataformat.csv.CsvSchema;
import io.github.coconut4j.analyze.Analysis;
import io.github.coconut4j.analyze.AnalysisFiles;
import io.github.coconut4j.analyze.DataAnalysis;
import io.github.coconut4j.analyze.ForcedThoughts;
import io.github.coconut4j.analyze.causal.CausalEffect;
import io.github.coconut4j.analyze.causal.Replacement;
import io.github.coconut4j.analyze.path.PathClass;
import io.github.coconut4j.analyze.thought.LatentReading;
import io.github.coconut4j.analyze.thought.ThoughtSimilarity;
import io.github.coconut4j.analyze.tree.ParallelismPoint;
import io.github.coconut4j.analyze.tree.SearchTree;
import io.github.coconut4j.analyze.tree.TreeNode;
import io.github.coconut4j.analyze.tree.ValueByHeight;
import io.github.coconut4j.report.AnalysisReport;
import io.github.coconut4j.report.HtmlReport;
import io.github.coconut4j.report.RunSummary;
import io.github.coconut4j.report.Sample;
import io.github.coconut4j.report.SampleToken;
import io.github.coconut4j.report.SearchTreeSvg;
import io.github.coconut4j.train.RunDirectory;
import io.github.coconut4j.tuning.TinySearch;
import io.github.coconut4j.tuning.record.CandidateOutcome;
import io.github.coconut4j.tuning.record.CandidateRecord;
import io.github.coconut4j.tuning.record.ResultFile;
import io.github.coconut4j.tuning.record.SearchDirectory;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jsoup.nodes.Document;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Reports are well-formed HTML and XML, whatever names runs, keys and files have. */
@Timeout(120)
class WellFormedReportsTest {

  @TempDir private Path directory;

  private static String allNames() {
    return String.join("\n", MarkupFiles.HOSTILE);
  }

  /** Those that a directory can have. */
  private static List<String> directoryNames() {
    return MarkupFiles.HOSTILE.stream()
        .filter(name -> !name.isBlank() && name.length() < 80)
        .filter(name -> name.chars().noneMatch(c -> c == 0 || c == '/'))
        .filter(
            name -> name.codePoints().noneMatch(c -> Character.getType(c) == Character.SURROGATE))
        .toList();
  }

  @Test
  void theComparisonOfRuns() throws Exception {
    List<RunDirectory> runs = MarkupFiles.HOSTILE.stream().map(this::run).toList();
    Path page = directory.resolve("page.html");

    HtmlReport.of(allNames(), runs).write(page);

    Document html = MarkupFiles.html(Files.readString(page));
    assertThat(html.select("h1").text()).contains("Größe", "]]> <![CDATA[", "&eacute;");
    assertThat(html.select("td b")).hasSize(runs.size());
    assertThat(html.select("pre").get(0).wholeText()).contains("&eacute;", "</svg>");
  }

  private RunDirectory run(String name) {
    int number = MarkupFiles.HOSTILE.indexOf(name);
    RunDirectory run = new RunDirectory(directory.resolve("run" + number));
    try {
      Files.createDirectories(run.path());
      Files.write(run.config(), allNames().getBytes(StandardCharsets.UTF_8));
      Files.writeString(run.metrics(), "");
      RunSummary.builder()
          .method(name)
          .samples(
              List.of(
                  Sample.builder()
                      .expected(name)
                      .tokens(List.of(new SampleToken(name, SampleToken.Kind.QUESTION)))
                      .build()))
          .build()
          .write(run.evaluation());
      return run;
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void theReportOfARunInADirectoryOfAnyName() throws Exception {
    for (String name : directoryNames()) {
      RunDirectory run = new RunDirectory(directory.resolve(name));
      Files.createDirectories(run.path());
      Files.writeString(run.config(), "method: coconut\n");
      Files.writeString(run.metrics(), "");

      HtmlReport.of("Run " + name, List.of(run)).write(run.report());

      MarkupFiles.html(Files.readString(run.report()));
    }
  }

  @Test
  void theReportOfASearch() throws Exception {
    SearchDirectory search = new SearchDirectory(directory.resolve("]]> & é <b>"));
    Files.createDirectories(search.path());
    Files.writeString(
        search.search(), TinySearch.yaml("{candidates: 5, space: {lr: {uniform: [0, 1]}}}"));
    Files.write(search.best(), allNames().getBytes(StandardCharsets.UTF_8));
    ResultFile results = ResultFile.open(search.results());
    for (int i = 0; i < MarkupFiles.HOSTILE.size(); i++) {
      results.save(candidate(i, MarkupFiles.HOSTILE.get(i)));
    }

    Document html = MarkupFiles.html(Files.readString(new SearchReport().write(search.path())));

    assertThat(html.select("td").eachText())
        .contains("&eacute; &nbsp; &#0; &#xD800; &amp; &bogus;");
    assertThat(html.select("polyline")).hasSize(MarkupFiles.HOSTILE.size());
  }

  /** A candidate with every name as a key; under one of them its own name is the value. */
  private static CandidateRecord candidate(int number, String name) {
    Map<String, Object> parameters = new LinkedHashMap<>();
    MarkupFiles.HOSTILE.forEach(key -> parameters.put(key, number * 0.5));
    parameters.put("lr", name);
    return CandidateRecord.builder()
        .candidate(number)
        .parameters(parameters)
        .score(number / 100.0)
        .accuracy(number / 100.0)
        .meanTokens(3.0)
        .status(CandidateOutcome.COMPLETED)
        .cause(name)
        .finished("2026-01-01T00:00:00Z")
        .values(new double[] {0})
        .build();
  }

  @Test
  void theTreeOfAProblem() throws Exception {
    for (String name : MarkupFiles.HOSTILE) {
      String svg = SearchTreeSvg.of(tree(name));

      String text = MarkupFiles.xml(svg).getDocumentElement().getTextContent();
      assertThat(text).contains("asked about", "1 thought");
    }
    assertThat(MarkupFiles.xml(SearchTreeSvg.of(tree("é&eacute;"))).getDocumentElement())
        .extracting(element -> element.getTextContent().lines().anyMatch("é&eacute; ✓"::equals))
        .isEqualTo(true);
  }

  private static SearchTree tree(String name) {
    TreeNode node = TreeNode.builder().name(name).parents(List.of(name)).build();
    return new SearchTree(0, name, name, 1, List.of(List.of(node), List.of(node)));
  }

  @Test
  void theAnalysisOfAModelAndItsTables() throws Exception {
    List<DataAnalysis> data =
        MarkupFiles.HOSTILE.stream().map(WellFormedReportsTest::analysis).toList();
    Analysis analysis = new Analysis(allNames(), 0, 1, data);

    AnalysisFiles.write(directory, analysis);
    AnalysisReport.write(directory, analysis);

    Document html = MarkupFiles.html(Files.readString(directory.resolve("report.html")));
    assertThat(html.select("h2")).hasSize(data.size() + 1);
    try (Stream<Path> figures = Files.list(directory.resolve("figures"))) {
      for (Path figure : figures.toList()) {
        MarkupFiles.xml(Files.readString(figure));
      }
    }
    assertThat(column("readings.csv", "token")).isEqualTo(written());
    assertThat(column("search-tree.csv", "name").stream().distinct().toList()).isEqualTo(written());
    assertThat(column("accuracy.csv", "data")).isEqualTo(written());
  }

  /** The numbers of a diverged model are NaN, so plots have no points. */
  @ParameterizedTest
  @ValueSource(doubles = {Double.NaN, 0})
  void theAnalysisOfADivergedModel(double number) throws Exception {
    ForcedThoughts none = analysis("x").getForced().get(0);
    DataAnalysis data =
        analysis("x").toBuilder()
            .forced(
                List.of(
                    ForcedThoughts.builder()
                        .problems(1)
                        .accuracy(number)
                        .low(number)
                        .high(number)
                        .written(none.getWritten())
                        .completed(none.getCompleted())
                        .build()))
            .parallelism(List.of(new ParallelismPoint(1, 1, 0, number, number, number)))
            .heights(List.of(new ValueByHeight(1, 0, true, 1, number, number)))
            .similarities(List.of(new ThoughtSimilarity(1, 1, number, number)))
            .causal(
                Stream.of(Replacement.values())
                    .map(
                        replacement ->
                            CausalEffect.builder()
                                .replacement(replacement)
                                .problems(2)
                                .before(number)
                                .after(number)
                                .difference(number)
                                .low(number)
                                .high(number)
                                .probability(number)
                                .build())
                    .toList())
            .trees(
                List.of(
                    new SearchTree(
                        0,
                        "a",
                        "b",
                        1,
                        List.of(
                            List.of(
                                TreeNode.builder()
                                    .name("b")
                                    .parents(List.of("a"))
                                    .value(number)
                                    .share(number)
                                    .build())))))
            .build();
    Analysis analysis = new Analysis("model", 0, 1, List.of(data));

    AnalysisFiles.write(directory, analysis);
    AnalysisReport.write(directory, analysis);

    MarkupFiles.html(Files.readString(directory.resolve("report.html")));
  }

  private static DataAnalysis analysis(String name) {
    ForcedThoughts none =
        ForcedThoughts.builder()
            .problems(1)
            .accuracy(1)
            .low(0.2)
            .high(1)
            .written(counts())
            .completed(counts())
            .build();
    return DataAnalysis.builder()
        .data(name)
        .problems(1)
        .forced(List.of(none))
        .parallelism(List.of())
        .heights(List.of())
        .causal(List.of())
        .similarities(List.of())
        .findings(List.of(name))
        .trees(List.of(tree(name)))
        .readings(List.of(reading(name)))
        .build();
  }

  private static LatentReading reading(String name) {
    return new LatentReading(0, 1, 1, name, 0.5);
  }

  private static Map<PathClass, Integer> counts() {
    return Arrays.stream(PathClass.values())
        .collect(
            Collectors.toMap(Function.identity(), one -> one == PathClass.CORRECT_PATH ? 1 : 0));
  }

  private List<String> column(String file, String name) throws IOException {
    try (MappingIterator<Map<String, String>> rows =
        new CsvMapper()
            .readerForMapOf(String.class)
            .with(CsvSchema.emptySchema().withHeader())
            .readValues(Files.readString(directory.resolve(file)))) {
      return rows.readAll().stream().map(row -> row.get(name)).toList();
    }
  }

  /** The names as UTF-8 holds them, which has no lone surrogates. */
  private static List<String> written() {
    return MarkupFiles.HOSTILE.stream().map(name -> name.replaceAll("\\p{Cs}", "?")).toList();
  }
}
