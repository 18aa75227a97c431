package io.github.coconut4j.tuning.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.coconut4j.report.SvgImage;
import io.github.coconut4j.tuning.TinySearch;
import io.github.coconut4j.tuning.record.CandidateOutcome;
import io.github.coconut4j.tuning.record.CandidateRecord;
import io.github.coconut4j.tuning.record.ResultFile;
import io.github.coconut4j.tuning.record.SearchDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class SearchReportTest {

  @TempDir private Path directory;

  private static CandidateRecord candidate(
      int number, double lr, Object stages, Double accuracy, double tokens) {
    Map<String, Object> parameters = new LinkedHashMap<>();
    parameters.put("lr", lr);
    parameters.put("stage_steps", stages);
    return CandidateRecord.builder()
        .candidate(number)
        .parameters(parameters)
        .values(new double[] {0, 0})
        .score(accuracy)
        .accuracy(accuracy)
        .meanTokens(tokens)
        .status(accuracy == null ? CandidateOutcome.FAILED : CandidateOutcome.COMPLETED)
        .cause(accuracy == null ? "lost <b>" : null)
        .updates(7)
        .seconds(3)
        .finished("2026-01-01T00:00:0" + number + "Z")
        .build();
  }

  private static final List<CandidateRecord> CANDIDATES =
      List.of(
          candidate(0, 1e-4, List.of(1, 2), 0.5, 3),
          candidate(1, 1e-3, List.of(2, 2), 0.9, 5),
          candidate(2, 1e-2, List.of(1, 2), 0.8, 6),
          candidate(3, 1e-2, List.of(1, 2), 0.4, 3),
          candidate(4, 1e-2, List.of(2, 2), null, 0));

  @Test
  void onlyWhatNothingBeatsIsOnTheFront() {
    List<CandidateRecord> scored = CANDIDATES.subList(0, 4);

    assertThat(ParetoFront.of(scored)).containsExactly(CANDIDATES.get(0), CANDIDATES.get(1));
  }

  @Test
  void anAxisOverDecadesIsLogarithmic() {
    Axis rate = Axis.of("lr", CANDIDATES);

    assertThat(rate.isLogarithmic()).isTrue();
    assertThat(rate.share(1e-4)).isZero();
    assertThat(rate.share(1e-3)).isEqualTo(0.5, Offset.offset(1e-12));
    assertThat(rate.share(1e-2)).isEqualTo(1);
  }

  @Test
  void valuesThatAreNoNumbersStandSideBySide() {
    Axis stages = Axis.of("stage_steps", CANDIDATES);

    assertThat(stages.getCategories()).containsExactly("[1, 2]", "[2, 2]");
    assertThat(stages.share(List.of(2, 2))).isEqualTo(1);
  }

  /** Names too long for the ticks of an axis of numbers, whose search for room never ended. */
  @Test
  @Timeout(60)
  void aPlotAgainstManyLongNamesIsDrawn() throws IOException {
    List<CandidateRecord> candidates = new ArrayList<>();
    for (int i = 0; i < 15; i++) {
      String name =
          List.of("coconut", "cot", "no_cot", "no_thoughts", "pause_as_thought").get(i / 3);
      candidates.add(candidate(i % 10, 1e-3, name, 0.2 + i / 100.0, 3));
    }

    String svg =
        SvgImage.of(new SearchCharts(candidates, true).against(Axis.of("stage_steps", candidates)));

    assertThat(svg).startsWith("data:image/svg+xml;base64,");
  }

  @Test
  void thePageHasThePlotsAndTheTableTheBestFirst() throws IOException {
    SearchDirectory search = new SearchDirectory(directory);
    Files.writeString(
        search.search(), TinySearch.yaml("{candidates: 5, space: {lr: {uniform: [0, 1]}}}"));
    ResultFile results = ResultFile.open(search.results());
    for (CandidateRecord candidate : CANDIDATES) {
      results.save(candidate);
    }

    assertThat(new SearchReport().accepts(directory)).isTrue();
    String page = Files.readString(new SearchReport().write(directory));

    assertThat(page.split("<polyline", -1)).hasSize(1 + 4);
    assertThat(page.split("<img ", -1)).hasSize(1 + 4); // over time, tokens, a key each
    assertThat(page).contains("Accuracy against tokens", "lost &lt;b&gt;");
    assertThat(page.indexOf("<tr><td>1</td>"))
        .isPositive()
        .isLessThan(page.indexOf("<tr><td>2</td>"));
    assertThat(page.indexOf("<tr><td>4</td>")).isGreaterThan(page.indexOf("<tr><td>3</td>"));
  }

  /** Scores that an axis can hardly show, and candidates without a key that others have. */
  @Test
  @Timeout(60)
  void resultsOfEveryKindAreDrawn() throws Exception {
    SearchDirectory search = new SearchDirectory(directory);
    Files.writeString(search.search(), TinySearch.yaml("{candidates: 5}"));
    ResultFile results = ResultFile.open(search.results());
    List<Double> scores = List.of(0.0, -1e300, 1e300, 1e-320, 5.0, 5.0);
    for (int i = 0; i < scores.size(); i++) {
      CandidateRecord drawn = candidate(i, i * 1e-308, null, scores.get(i), 0);
      Map<String, Object> parameters = i == 2 ? Map.of() : drawn.getParameters();
      results.save(drawn.toBuilder().parameters(parameters).accuracy(null).build());
    }
    results.save(candidate(6, Double.POSITIVE_INFINITY, List.of(), 0.5, 1e9));
    results.save(candidate(7, 1e300, List.of(List.of()), 0.5, 0));

    MarkupFiles.html(Files.readString(new SearchReport().write(directory)));
  }

  @Test
  void aSearchWithoutResultsHasAReportToo() throws IOException {
    SearchDirectory search = new SearchDirectory(directory);
    Files.writeString(search.search(), TinySearch.yaml("{candidates: 5}"));

    assertThat(new SearchReport().write(directory)).content().contains("No candidate");
  }
}
