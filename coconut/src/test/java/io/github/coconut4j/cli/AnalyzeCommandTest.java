package io.github.coconut4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.coconut4j.CoconutModel;
import io.github.coconut4j.analyze.TinyModels;
import io.github.coconut4j.method.Method;
import io.github.coconut4j.model.latent.LatentLoops;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AnalyzeCommandTest {

  private static final String SMALL = ":nodes=8,min_steps=2,max_steps=2,max_facts=9";

  @TempDir private Path directory;

  private Path model(Method method) throws IOException {
    Path saved = directory.resolve(method.key());
    try (CoconutModel model = TinyModels.phrases(method, LatentLoops.AUTO)) {
      model.save(saved);
    }
    return saved;
  }

  private CommandLineRun analyze(Path model, String... more) {
    List<String> arguments =
        new ArrayList<>(List.of("analyze", "--model", model.toString(), "--out", out().toString()));
    arguments.addAll(List.of(more));
    return CommandLineRun.of(arguments.toArray(String[]::new));
  }

  private Path out() {
    return directory.resolve("out");
  }

  @Test
  void picturesOfAnEarlierAnalysisAreDeleted() throws IOException {
    Path figures = Files.createDirectories(out().resolve("figures"));
    Files.createFile(figures.resolve("path-classes-written-2.svg"));
    Files.createFile(figures.resolve("search-tree-2-4.svg"));
    Path mine = Files.createFile(figures.resolve("mine.svg"));

    CommandLineRun run =
        analyze(
            model(Method.COCONUT),
            "--data=prosqa-balanced:3:1" + SMALL,
            "--max-latents=1",
            "--max-new-tokens=8");

    assertThat(run.status()).as(run.errors()).isZero();
    assertThat(mine).exists();
    assertThat(figures.toFile().list())
        .contains("accuracy.svg", "path-classes-written-1.svg", "search-tree-1-1.svg")
        .noneMatch(name -> name.matches("[a-z-]+-2(-.*)?\\.svg"));
  }

  /** Before the model is opened, which takes long. */
  @Test
  void whereItCannotWriteIsSaidFirst() throws IOException {
    Files.createDirectories(out().resolve("report.html"));

    analyze(directory.resolve("no-model"), "--data", "prosqa:2:1")
        .assertRefused("report.html", "it is a directory where a file is needed");
  }

  @Test
  void writesOneLineADataSetAndAllFiles() throws IOException {
    CommandLineRun run =
        analyze(
            model(Method.COCONUT),
            "--data",
            "prosqa-balanced:5:1" + SMALL,
            "--data",
            "prosqa:5:1" + SMALL,
            "--limit",
            "4",
            "--max-latents",
            "3",
            "--max-new-tokens",
            "8",
            "--json");

    assertThat(run.status()).as(run.errors()).isZero();
    assertThat(run.lines()).hasSize(2);
    JsonNode line = JsonMapper.builder().build().readTree(run.lines().get(0));
    List<String> keys = new ArrayList<>();
    line.fieldNames().forEachRemaining(keys::add);
    assertThat(keys)
        .containsExactly(
            "model",
            "data",
            "problems",
            "trained_latents",
            "forced",
            "baselines",
            "causal",
            "findings",
            "seconds");
    assertThat(line.get("problems").asInt()).isEqualTo(4);
    assertThat(line.get("forced")).hasSize(4);
    assertThat(line.at("/baselines/deeper_option").asDouble()).isEqualTo(0.5);
    assertThat(out())
        .isDirectoryContaining("glob:**/report.html")
        .isDirectoryContaining("glob:**/analysis.json")
        .isDirectoryContaining("glob:**/accuracy.csv");
  }

  @Test
  void aModelWithoutLatentThoughtsIsRefused() throws IOException {
    CommandLineRun run = analyze(model(Method.COT), "--data", "prosqa:5:1" + SMALL);

    assertThat(run.status()).isEqualTo(2);
    assertThat(run.output()).isEmpty();
    assertThat(run.errors()).contains("trained with cot", "Choose another model");
  }

  @Test
  void problemsOfAnotherFormAreRefused() throws IOException {
    Path data = directory.resolve("sum.json");
    Files.writeString(data, "[{\"question\": \"1 + 1?\", \"steps\": [], \"answer\": \"2\"}]");

    CommandLineRun run = analyze(model(Method.COCONUT), "--data", data.toString());

    assertThat(run.status()).isEqualTo(2);
    assertThat(run.errors()).contains("Is X a Y or Z?");
  }

  @Test
  void theSameDataTwiceIsRefused() throws IOException {
    String data = "prosqa:2:1" + SMALL;
    CommandLineRun run = analyze(model(Method.COCONUT), "--data", data, "--data", data);

    assertThat(run.status()).isEqualTo(2);
    assertThat(run.errors()).contains("--data " + data + " twice");
  }

  @Test
  void moreThoughtsThanThePositionTableHasRoomForAreRefused() throws IOException {
    CommandLineRun run =
        analyze(model(Method.COCONUT), "--data", "prosqa:5:1" + SMALL, "--max-latents", "250");

    assertThat(run.status()).isEqualTo(2);
    assertThat(run.errors()).contains("256 positions", "--max-latents");
  }

  /** Before the model is opened; its own results may be replaced. */
  @ParameterizedTest
  @ValueSource(strings = {"metrics.jsonl", "race.yaml", "search.yaml", "audit.json"})
  void theReportOfOtherResultsIsNotReplaced(String file) throws IOException {
    Files.createDirectories(out());
    Files.writeString(out().resolve(file), "");

    analyze(directory.resolve("no-model"), "--data", "prosqa:2:1")
        .assertRefused("need a directory without others", out() + " holds a", file);
    assertThat(out().toFile().list()).containsExactly(file);
  }
}
