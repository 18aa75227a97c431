package io.github.coconut4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.coconut4j.data.ProblemJson;
import io.github.coconut4j.problems.ProblemSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GenerateDataCommandTest {

  @TempDir private Path directory;

  private CommandLineRun run(String options) {
    List<String> given = List.of(options.split(" "));
    return CommandLineRun.of(
        Stream.of(List.of("generate-data"), given, List.of("--out", out().toString()))
            .flatMap(List::stream)
            .toArray(String[]::new));
  }

  private Path out() {
    return directory.resolve("out.json");
  }

  @ParameterizedTest
  @ValueSource(strings = {"balanced", "deep", "chains", "stars", "dag"})
  void aKindIsTheGeneratorOfThatName(String kind) throws IOException {
    CommandLineRun run =
        run("prosqa --count 9 --seed 3 --nodes 20 --min-steps 2 --max-steps 4 --" + kind);

    assertThat(run.status()).as(run.errors()).isZero();
    assertThat(ProblemJson.read(out()))
        .isEqualTo(
            ProblemSource.of("prosqa-" + kind + ":9:3:nodes=20,min_steps=2,max_steps=4")
                .problems(Set.of()));
  }

  @ParameterizedTest
  @CsvSource({"'', prosqa", "--balanced, prosqa-balanced", "--deep, prosqa-deep"})
  void namesAndFactsAreLimitedAsInTheShortForm(String kind, String generator) throws IOException {
    String options =
        "prosqa --count 9 --seed 3 --nodes 12 --min-steps 2 --max-steps 4 --people 4 --concepts 14"
            + " --max-facts 16 ";

    CommandLineRun run = run((options + kind).strip());

    assertThat(run.status()).as(run.errors()).isZero();
    assertThat(ProblemJson.read(out()))
        .isEqualTo(
            ProblemSource.of(
                    generator
                        + ":9:3:nodes=12,min_steps=2,max_steps=4,people=4,concepts=14,max_facts=16")
                .problems(Set.of()))
        .allSatisfy(
            problem ->
                assertThat(problem.getGraph().orElseThrow().getEdges())
                    .hasSizeLessThanOrEqualTo(16));
  }

  @Test
  void whatIsLeftOutIsNotReplaced() throws IOException {
    assertThat(run("prosqa --count 2 --seed 3").status()).isZero();
    byte[] before = Files.readAllBytes(out());
    Path link = Files.createSymbolicLink(directory.resolve("link"), out());

    run("prosqa --count 2 --seed 4 --exclude " + link)
        .assertRefused("--out needs a file of its own", "holds the problems of --exclude");

    assertThat(out()).hasBinaryContent(before);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "prosqa --count 9 --seed 3 --deep --dag;mutually exclusive",
        "prosqa --count 9 --seed 3 --deep --balanced;mutually exclusive",
        "prontoqa --count 9 --seed 3 --deep;A kind of graph needs problems of prosqa",
        "prosqa --count 0 --seed 3 --deep;--count needs to be at least 1",
        "prosqa --count 9 --seed 3 --deep --max-steps 20;nodes must be at least 42",
        "prosqa --count 9 --seed 3 --stars --min-steps 9;maxSteps must be at least minSteps",
        "prosqa --count 9 --seed 3 --dag --nodes 300;nodes must be at most 167",
        "prosqa --count 9 --seed 3 --chains --exclude x.json;--exclude needs problems of different",
        "prosqa --count 9 --seed 3 --deeper;Unknown option",
        "prosqa --count 9 --seed 3 --people 18;people needs to be from 1 to 17",
        "prosqa --count 9 --seed 3 --deep --concepts 20;nodes must be at most 22",
        "prosqa --count 1 --seed 3 --max-facts 5;max_facts",
        "prontoqa --count 9 --seed 3 --people 4;--people needs problems of prosqa",
      })
  void whatCannotBeMadeIsRefused(String options, String message) {
    CommandLineRun run = run(options);

    assertThat(run.status()).isEqualTo(2);
    assertThat(run.errors()).contains(message);
    assertThat(out()).doesNotExist();
  }
}
