package io.github.coconut4j.train;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import java.io.IOException;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** docs/Configuration.md lists a run's files, and the keys of the lines of metrics.jsonl. */
class RunFilesPageTest {

  private static final Pattern FIRST_CELL = Pattern.compile("(?m)^\\| (`.+?`) \\|");
  private static final Pattern NAME = Pattern.compile("`([^`]+)`");

  private static List<String> names(String from, String to) throws IOException {
    String page = Files.readString(Path.of("../docs/Configuration.md"));
    assertThat(page).contains(from, to);
    String part = page.substring(page.indexOf(from), page.indexOf(to));
    return FIRST_CELL
        .matcher(part)
        .results()
        .flatMap(cell -> NAME.matcher(cell.group(1)).results())
        .map((MatchResult name) -> name.group(1))
        .toList();
  }

  private static List<String> keys(Class<?> line) {
    return Arrays.stream(line.getDeclaredFields())
        .filter(field -> !Modifier.isStatic(field.getModifiers()) && !field.isSynthetic())
        .map(field -> new SnakeCaseStrategy().translate(field.getName()))
        .toList();
  }

  @Test
  void hasTheKeysOfAnUpdate() throws IOException {
    assertThat(names("A line of an update:", "A line of an evaluation"))
        .containsExactlyElementsOf(keys(UpdateMetrics.class));
  }

  @Test
  void hasTheKeysOfAnEvaluation() throws IOException {
    assertThat(names("A line of an evaluation", "## Keys of the published implementation"))
        .containsExactlyElementsOf(keys(EvaluationMetrics.class));
  }

  @Test
  void hasTheFiles() throws IOException {
    RunDirectory run = new RunDirectory(Path.of("run"));
    Stream<Path> files =
        Stream.of(
            run.config(),
            run.metrics(),
            run.samples(),
            run.model(),
            run.evaluation(),
            run.report(),
            run.tokens());

    assertThat(names("## The run's directory", "### `metrics.jsonl`"))
        .map(name -> name.replaceFirst("/$", ""))
        .containsAll(files.map(file -> file.getFileName().toString()).toList())
        .contains("checkpoints/step-N");
  }
}
