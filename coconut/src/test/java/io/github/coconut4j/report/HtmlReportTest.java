package io.github.coconut4j.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.coconut4j.train.RunDirectory;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HtmlReportTest {

  private static final Pattern REFERENCE =
      Pattern.compile("(?:src|href|action|data)\\s*=\\s*[\"']?([^\"'\\s>]+)|url\\(([^)]*)\\)");
  private static final Pattern IMAGE = Pattern.compile("data:image/svg\\+xml;base64,([^\"]+)");

  @TempDir private Path directory;
  private RunDirectory run;

  @BeforeEach
  void writeRun() throws IOException {
    writeRun(30);
  }

  private void writeRun(int updates) throws IOException {
    run = new RunDirectory(directory);
    List<String> lines = new ArrayList<>();
    for (int step = 1; step <= updates; step++) {
      lines.add(
          String.format(
              Locale.ROOT,
              """
              {"step":%d,"epoch":0,"stage":%d,"loss":%f,"lr":0.1,"grad_norm":1.0,\
              "tokens_per_second":5.0,"time":"2026-01-01T00:00:00Z"}\
              """,
              step,
              step / 16,
              3.0 / step));
    }
    lines.add(
        """
        {"step":30,"epoch":0,"stage":1,"eval_accuracy":0.5,"eval_chain_match":0.1,\
        "eval_mean_tokens":4.0,"eval_loss":0.7,"time":"2026-01-01T00:00:00Z"}\
        """);
    Files.write(run.metrics(), lines);
    Files.writeString(run.config(), "method: \"coconut\" # <script src='http://x'>\n");
  }

  private String report() throws IOException {
    HtmlReport.of("Run <1>", List.of(run)).write(run.report());
    return Files.readString(run.report());
  }

  private static List<String> images(String html) {
    return IMAGE
        .matcher(html)
        .results()
        .map(image -> Base64.getDecoder().decode(image.group(1)))
        .map(bytes -> new String(bytes, StandardCharsets.UTF_8))
        .toList();
  }

  private static List<String> references(String markup) {
    return REFERENCE
        .matcher(markup)
        .results()
        .map(HtmlReportTest::target)
        .filter(target -> !target.startsWith("#") && !target.startsWith("data:"))
        .toList();
  }

  private static String target(MatchResult match) {
    return match.group(1) == null ? match.group(2) : match.group(1);
  }

  @Test
  void showsItsPlotsAndLoadsNothing() throws IOException {
    String html = report();

    assertThat(images(html)).hasSize(2).allMatch(svg -> svg.contains("<svg"));
    assertThat(html).contains("Run &lt;1&gt;").doesNotContain("<script", "@import");
    assertThat(references(html.replaceAll("(?s)<pre>.*?</pre>", ""))).isEmpty();
    assertThat(images(html)).allSatisfy(svg -> assertThat(references(svg)).isEmpty());
  }

  @Test
  void aCurveHasFourHundredPointsAtMost() throws IOException {
    for (int updates : List.of(400, 401, 799, 800)) {
      writeRun(updates);

      double[] steps = Charts.loss(RunRecord.read(run)).getSeriesMap().get("loss").getXData();
      assertThat(steps).hasSize(updates == 400 ? 400 : (updates + 1) / 2).endsWith(updates);
    }
  }

  @Test
  void aRunUnderWayIsReportedUpToItsLastWholeLine() throws IOException {
    String metrics = Files.readString(run.metrics());
    Files.writeString(run.metrics(), metrics + "{\"step\":31,\"epoch\":0,\"sta");

    assertThat(images(report())).hasSize(2);
  }

  @Test
  void comparesTwoRunsOfAMethod() throws IOException {
    Files.writeString(
        run.evaluation(),
        """
        {"method":"coconut","problems":9,"accuracy":0.5,"accuracy_low":0.4,"accuracy_high":0.6,\
        "mean_tokens":4.0,"samples":[]}\
        """);

    HtmlReport.of("Twice", List.of(run, run)).write(run.report());

    assertThat(images(Files.readString(run.report()))).hasSize(1 + 2 * 2);
  }

  @Test
  void showsWhichOptionsWereNamed() throws IOException {
    Files.writeString(
        run.evaluation(),
        """
        {"method":"coconut","problems":9,"accuracy":0.5,"accuracy_low":0.4,"accuracy_high":0.6,\
        "confusion":{"labels":["first","<second>","neither"],\
        "counts":[[3,1,1],[1,2,1],[0,0,0]],"f1":0.62},"mean_tokens":4.0,"samples":[]}\
        """);

    assertThat(report())
        .contains(
            "Options named",
            "<tr><td>first</td><td>3</td><td>1</td><td>1</td></tr>",
            "<tr><td>&lt;second&gt;</td><td>1</td><td>2</td><td>1</td></tr>",
            "F1 0.620");
  }

  @Test
  void refusesOptionsWithoutTheirCounts() throws IOException {
    Files.writeString(
        run.evaluation(),
        """
        {"method":"coconut","problems":9,"accuracy":0.5,"accuracy_low":0.4,"accuracy_high":0.6,\
        "confusion":{"labels":["first","second","neither"],"counts":[[3,1,1],[1,2]],"f1":0.62},\
        "mean_tokens":4.0,"samples":[]}\
        """);

    assertThatThrownBy(this::report)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("a `confusion` that lacks counts");
  }
}
