package io.github.coconut4j.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class ConfigFuzzTest {

  private static final List<String> KEYS =
      List.of(
          "method",
          "lr",
          "seed",
          "stage_steps",
          "cot",
          "bf16",
          "reset_optimizer",
          "n_embd",
          "n_head",
          "max_steps",
          "train_path",
          "loop",
          "uniform_prob",
          "project",
          "nonsense");

  @Property(tries = 2000)
  void textIsReadOrRefusedWithOurException(@ForAll String yaml) {
    read(yaml);
  }

  @Property(tries = 2000)
  void valuesAreReadOrRefusedWithOurException(@ForAll("settings") Map<String, String> settings) {
    read(
        settings.entrySet().stream()
            .map(entry -> entry.getKey() + ": " + entry.getValue() + "\n")
            .collect(Collectors.joining()));
  }

  @Example
  void deepNestingIsRefusedWithOurException() {
    for (String open : List.of("[", "{a: ", "- ", "{lr: [")) {
      read("lr: " + open.repeat(10_000));
      read(open.repeat(10_000));
    }
  }

  @Provide
  Arbitrary<Map<String, String>> settings() {
    Arbitrary<String> values =
        Arbitraries.of(
            "coconut",
            "None",
            "null",
            "true",
            "1",
            "-1",
            "1e-4",
            "[1, 2]",
            "{a: b}",
            "\"\"",
            "!!float \"1e-4\"",
            "!!int 5",
            "9999999999999999999999",
            "scratch",
            "prosqa:10:1",
            "*x",
            "&x 1",
            "!!binary aGk=",
            "2001-01-01",
            "~");
    return Arbitraries.maps(Arbitraries.of(KEYS), values).ofMaxSize(8);
  }

  private static void read(String yaml) {
    try {
      TrainingConfig config = ConfigFile.parse("fuzz", yaml).toTrainingConfig();
      assertThat(config.getMethod()).isNotNull();
    } catch (ConfigException e) {
      assertThat(e).hasMessageMatching("(?s).{10,}");
      assertThat(e.getMessage()).doesNotContain("java.", "coconut4j.", "deserialize", "JsonToken");
    }
  }
}
