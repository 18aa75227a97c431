package io.github.coconut4j.tuning.report;

import io.github.coconut4j.files.AtomicFile;
import io.github.coconut4j.report.DirectoryReport;
import io.github.coconut4j.report.HtmlWriter;
import io.github.coconut4j.report.MachineDescription;
import io.github.coconut4j.report.Markup;
import io.github.coconut4j.report.SvgImage;
import io.github.coconut4j.tuning.record.CandidateOutcome;
import io.github.coconut4j.tuning.record.CandidateRecord;
import io.github.coconut4j.tuning.record.ResultFile;
import io.github.coconut4j.tuning.record.SearchDirectory;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Stream;
import org.knowm.xchart.internal.chartpart.Chart;

/** {@code report.html} of a search, rendered from its files, during the search or afterwards. */
public final class SearchReport implements DirectoryReport {

  /** Called by {@link java.util.ServiceLoader}. */
  public SearchReport() {}

  @Override
  public boolean accepts(Path directory) {
    return Files.isRegularFile(new SearchDirectory(directory).search());
  }

  @Override
  public Path write(Path path) throws IOException {
    SearchDirectory directory = new SearchDirectory(path);
    String search = text(directory.search());
    List<CandidateRecord> candidates = ResultFile.open(directory.results()).all();
    HtmlWriter html = new HtmlWriter();
    html.start("Search " + path.toAbsolutePath().normalize().getFileName());
    if (Files.exists(directory.best())) {
      html.details("best.yaml", text(directory.best()));
    }
    addPlots(html, candidates, SearchOrder.isMinimizing(search));
    addTable(html, candidates, SearchOrder.of(search));
    html.details("search.yaml", search);
    html.element("h2", "Machine");
    html.element("p", MachineDescription.text());
    AtomicFile.write(directory.report(), html.end());
    return directory.report();
  }

  private static String text(Path file) throws IOException {
    return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
  }

  private static void addPlots(HtmlWriter html, List<CandidateRecord> candidates, boolean minimize)
      throws IOException {
    List<CandidateRecord> scored =
        candidates.stream().filter(candidate -> candidate.getScore() != null).toList();
    if (scored.stream().noneMatch(one -> one.getStatus() == CandidateOutcome.COMPLETED)) {
      html.element("p", "No candidate has been trained to its end yet.");
      return;
    }
    List<Axis> axes = keys(scored).stream().map(key -> Axis.of(key, scored)).toList();
    SearchCharts charts = new SearchCharts(scored, minimize);
    html.element("h2", "Parallel coordinates");
    html.svg(new ParallelCoordinates(scored, axes, minimize).svg());
    html.element("h2", "Plots");
    addChart(html, charts.overTime());
    addChart(html, charts.tokens());
    for (Axis axis : axes) {
      addChart(html, charts.against(axis));
    }
  }

  private static void addChart(HtmlWriter html, Chart<?, ?> chart) throws IOException {
    html.image(SvgImage.of(chart), chart.getTitle());
  }

  private static List<String> keys(List<CandidateRecord> candidates) {
    return candidates.stream()
        .flatMap(candidate -> candidate.getParameters().keySet().stream())
        .distinct()
        .toList();
  }

  private static void addTable(
      HtmlWriter html, List<CandidateRecord> candidates, Comparator<CandidateRecord> order) {
    List<String> keys = keys(candidates);
    html.element("h2", "Candidates");
    html.startTable(
        Stream.of(
                List.of("candidate"),
                keys,
                List.of("score", "accuracy", "95 % interval", "tokens", "loss"),
                List.of("status", "updates", "seconds", "processors", "cause"))
            .flatMap(List::stream)
            .toArray(String[]::new));
    candidates.stream().sorted(order).forEach(one -> html.row(row(one, keys)));
    html.endTable();
  }

  private static String[] row(CandidateRecord candidate, List<String> keys) {
    List<Object> cells = new ArrayList<>();
    cells.add(candidate.getCandidate());
    keys.forEach(key -> cells.add(candidate.getParameters().get(key)));
    cells.add(candidate.getScore());
    cells.add(candidate.getAccuracy());
    cells.add(interval(candidate.getAccuracyInterval()));
    cells.add(candidate.getMeanTokens());
    cells.add(candidate.getLoss());
    cells.add(candidate.getStatus().key());
    cells.add(candidate.getUpdates());
    cells.add(Math.round(candidate.getSeconds()));
    cells.add(candidate.getThreads());
    cells.add(candidate.getCause());
    return cells.stream().map(SearchReport::shown).map(Markup::escaped).toArray(String[]::new);
  }

  private static String interval(List<Double> ends) {
    return ends == null ? "" : String.format(Locale.ROOT, "%.3f - %.3f", ends.get(0), ends.get(1));
  }

  private static String shown(Object value) {
    return value instanceof Double number
        ? String.format(Locale.ROOT, "%.4g", number)
        : Objects.toString(value, "");
  }
}
