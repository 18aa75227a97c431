package io.github.coconut4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** What processes of the command line write does not depend on the locale that they start in. */
@EnabledOnOs(OS.LINUX)
class ForeignLocaleTest {

  private static final String CONFIG =
      """
      method: icot
      lr_schedule: linear
      train_path: prosqa-balanced:20:1:nodes=8,min_steps=2,max_steps=2
      val_path: prosqa-balanced:4:2:nodes=8,min_steps=2,max_steps=2
      n_layer: 1
      n_embd: 8
      n_head: 1
      n_positions: 200
      max_latent_stage: 1
      stage_steps: [1, 1]
      max_new_tokens: 4
      threads: 1
      """;

  private static final String DATA = "../data/src/test/resources/prosqa/prosqa_valid.json";

  /** No dot on a small I, Arabic digits, another day. */
  private static final String[] FOREIGN = {
    "-Duser.language=tr",
    "-Duser.country=TR",
    "-Duser.extensions=u-nu-arab",
    "-Duser.timezone=Asia/Kathmandu"
  };

  @TempDir Path temporary;

  private record Ended(int status, String output, String errors) {}

  private Ended run(String locale, List<String> options, String... arguments) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
    command.addAll(options);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
    command.addAll(List.of(arguments));
    Path errors = Files.createTempFile(temporary, "errors", ".txt");
    ProcessBuilder builder = new ProcessBuilder(command).redirectError(errors.toFile());
    builder.environment().put("LC_ALL", locale);
    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Ended(process.waitFor(), output, Files.readString(errors));
  }

  /** A run's files and what it prints, without times, which differ between any two runs. */
  private Map<String, String> trained(String locale, String... options) throws Exception {
    Path run = temporary.resolve("run");
    Path config = Files.writeString(temporary.resolve("config.yaml"), CONFIG);
    Ended ended =
        run(
            locale,
            List.of(options),
            "train",
            "--config",
            config.toString(),
            "--out",
            run.toString());
    assertThat(ended.status()).as(ended.errors()).isZero();
    Map<String, String> found = new TreeMap<>();
    found.put("output", ended.output().replaceAll("in \\d+ s", ""));
    for (Path file : files(run)) {
      String text = Files.readString(file, StandardCharsets.ISO_8859_1);
      found.put(
          run.relativize(file).toString(),
          text.replaceAll("\"(time|tokens_per_second|seconds)\" ?: ?[^,}\\n]*", ""));
    }
    deleteAll(run);
    return found;
  }

  /** Neither checksums of files that hold times, nor pages that hold them. */
  private static List<Path> files(Path run) throws IOException {
    try (Stream<Path> files = Files.walk(run)) {
      return files
          .filter(Files::isRegularFile)
          .filter(file -> !file.toString().matches(".*(checkpoints/.*|SHA256SUMS|\\.html|lock)"))
          .toList();
    }
  }

  private static void deleteAll(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
    }
  }

  @Test
  void aRunsFilesAreTheSameInEveryLocale() throws Exception {
    Map<String, String> expected = trained("C.UTF-8", "-Duser.language=en", "-Duser.country=US");

    assertThat(expected.get("config.yaml")).contains("icot", "linear");
    assertThat(expected).containsKeys("metrics.jsonl", "evaluation.json", "model/coconut.json");
    assertThat(trained("C", FOREIGN)).isEqualTo(expected);
  }

  @Test
  void tablesAndMessagesAreTheSameInEveryLocale() throws Exception {
    for (String[] command :
        new String[][] {
          {"evaluate", "--data", DATA},
          {"train", "--help"}
        }) {
      Ended expected = run("C.UTF-8", List.of("-Duser.language=en"), command);
      assertThat(run("C", List.of(FOREIGN), command)).isEqualTo(expected);
    }
  }

  @Test
  void whatTheLocaleCannotHoldIsRefused() throws Exception {
    for (String locale : List.of("C", "xx_XX.UTF-8")) {
      Ended ended = run(locale, List.of(), "generate", "--model", "m", "--question", "Wörter 日本");
      assertThat(ended.status()).isEqualTo(2);
      assertThat(ended.output()).isEmpty();
      assertThat(ended.errors().lines()).hasSize(1);
      assertThat(ended.errors())
          .startsWith("coconut4j: The argument W")
          .contains("ANSI_X3.4-1968", "LC_ALL=C.UTF-8");
    }
  }

  @Test
  void outputIsUtf8InEveryLocale() throws Exception {
    Path data = temporary.resolve("data.json");
    Files.writeString(data, "[{\"question\": \"Wörter 日本?\", \"steps\": [], \"answer\": \"ja\"}]");
    Path wrong = Files.writeString(temporary.resolve("wrong.yaml"), "Schlüssel日本: 1\n");
    assertThat(run("C", List.of(), "evaluate", "--data", data.toString()).status()).isZero();
    assertThat(run("C", List.of(), "train", "--config", wrong.toString()).errors())
        .contains("Schlüssel日本");
  }
}
