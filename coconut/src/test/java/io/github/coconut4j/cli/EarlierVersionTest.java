package io.github.coconut4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.coconut4j.model.safetensors.SafetensorsFile;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** A run and a model of an earlier version; the README beside them says how they were made. */
class EarlierVersionTest {

  /** Of a parameter's largest value. What the two loops differ by in these updates is 1e-7. */
  private static final double ROUNDING = 1e-5;

  private static final String PROBLEMS =
      "prosqa:10:3:nodes=8,min_steps=2,max_steps=2,people=3,concepts=8,max_facts=9";

  @TempDir private Path directory;
  private Path earlier;

  @BeforeEach
  void findResource() throws URISyntaxException {
    earlier =
        Path.of(EarlierVersionTest.class.getResource("earlier/README.md").toURI()).getParent();
  }

  @Test
  void itsRunGoesOnToTheSameWeights() throws IOException {
    Path first = resumed("first");
    Path second = resumed("second");

    assertSameButForRounding(weights(first.resolve("model")), weights(earlier.resolve("model")));
    assertThat(first.resolve("model/model.safetensors"))
        .hasSameBinaryContentAs(second.resolve("model/model.safetensors"));
    assertThat(updates(first)).isEqualTo(IntStream.rangeClosed(1, 136).boxed().toList());
  }

  @Test
  void itsCheckpointNamesNoUpdater() throws IOException {
    Path manifest = earlier.resolve("run/checkpoints/step-128/checkpoint.json");

    assertThat(Files.readString(manifest)).doesNotContain("\"updater\"", "\"schedule\"");
  }

  @Test
  void itsModelGivesTheSameAnswers() throws IOException {
    CommandLineRun answers =
        CommandLineRun.of(
            "generate",
            "--model",
            earlier.resolve("model").toString(),
            "--json",
            "--max-new-tokens",
            "24",
            "--data",
            PROBLEMS);

    assertThat(answers.status()).as(answers.errors()).isZero();
    assertThat(answers.lines()).isEqualTo(Files.readAllLines(earlier.resolve("answers.jsonl")));
  }

  private Path resumed(String name) throws IOException {
    Path run = directory.resolve(name);
    copy(earlier.resolve("run"), run);
    CommandLineRun training =
        CommandLineRun.of(
            "train",
            "--config",
            earlier.resolve("run/config.yaml").toString(),
            "--out",
            run.toString(),
            "--resume");
    assertThat(training.status()).as(training.errors()).isZero();
    return run;
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> paths = Files.walk(from)) {
      for (Path path : paths.toList()) {
        Files.copy(path, to.resolve(from.relativize(path).toString()));
      }
    }
  }

  private static List<Integer> updates(Path run) throws IOException {
    return Files.readAllLines(run.resolve("metrics.jsonl")).stream()
        .filter(line -> line.contains("\"loss\""))
        .map(line -> line.replaceAll(".*\"step\":(\\d+).*", "$1"))
        .map(Integer::valueOf)
        .toList();
  }

  private static void assertSameButForRounding(
      Map<String, INDArray> actual, Map<String, INDArray> expected) {
    assertThat(actual.keySet()).isEqualTo(expected.keySet());
    expected.forEach(
        (name, array) ->
            assertThat(actual.get(name).sub(array).amaxNumber().doubleValue())
                .as(name)
                .isCloseTo(0, within(ROUNDING * array.amaxNumber().doubleValue())));
  }

  /**
   * All but the biases of keys: softmax takes no notice of them, so that their gradient is nothing
   * but rounding, which AdamW moves them by as if it were a gradient.
   */
  private static Map<String, INDArray> weights(Path model) throws IOException {
    Map<String, INDArray> weights = new LinkedHashMap<>();
    try (SafetensorsFile file = SafetensorsFile.open(model.resolve("model.safetensors"))) {
      for (String name : file.names()) {
        INDArray array = file.read(name);
        if (name.endsWith("attn.c_attn.bias")) {
          array.get(NDArrayIndex.interval(array.length() / 3, 2 * array.length() / 3)).assign(0);
        }
        weights.put(name, array);
      }
    }
    return weights;
  }
}
