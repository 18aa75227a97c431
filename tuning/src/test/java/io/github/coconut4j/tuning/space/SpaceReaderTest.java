package io.github.coconut4j.tuning.space;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.coconut4j.config.ConfigException;
import io.github.coconut4j.config.ConfigFile;
import io.github.coconut4j.config.LoraSettings;
import io.github.coconut4j.config.TrainingConfig;
import java.util.List;
import java.util.Map;
import org.assertj.core.data.Offset;
import org.deeplearning4j.arbiter.optimize.generator.RandomSearchGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SpaceReaderTest {

  private static TrainingConfigSpace read(String yaml) {
    JsonNode section = ConfigFile.parse("test", "space: " + yaml).take("space").orElseThrow();
    ConfigFile base = ConfigFile.parse("base", "{method: coconut, train_path: train.json}");
    TrainingConfigSpace space = SpaceReader.read(base, section);
    new RandomSearchGenerator(space); // numbers the parameters
    return space;
  }

  @Test
  void everyKindHasItsRange() {
    TrainingConfigSpace space =
        read(
            "{c_thought: {integer: [1, 3]}, weight_decay: {uniform: [0, 0.5]},"
                + " lr: {log_uniform: [1.0e-4, 1e-2]},"
                + " stage_steps: {discrete: [[1, 2], [3, 4]]}, augment: {fixed: true}}");

    assertThat(space.numParameters()).isEqualTo(4);
    TrainingConfig low = space.getValue(new double[] {0, 0, 0, 0});
    TrainingConfig middle = space.getValue(new double[] {0.5, 0.5, 0.5, 0.5});
    TrainingConfig high = space.getValue(new double[] {1, 1, 1, 1});
    assertThat(List.of(low.getCThought(), middle.getCThought(), high.getCThought()))
        .containsExactly(1, 2, 3);
    assertThat(middle.getWeightDecay()).isEqualTo(0.25);
    assertThat(low.getLr()).isEqualTo(1e-4, Offset.offset(1e-12));
    assertThat(middle.getLr()).isEqualTo(1e-3, Offset.offset(1e-12)); // geometric mean
    assertThat(low.getStageSteps()).containsExactly(1, 2);
    assertThat(high.getStageSteps()).containsExactly(3, 4);
    assertThat(high.isAugment()).isTrue();
    assertThat(space.parameters(new double[] {0, 0, 0, 0}))
        .containsEntry("c_thought", 1)
        .containsEntry("stage_steps", List.of(1, 2))
        .containsEntry("augment", true);
  }

  @Test
  void keysOfAMappingAreSearchedByTheirPaths() {
    JsonNode section =
        ConfigFile.parse("test", "space: {lora.r: {integer: [2, 4]}}").take("space").orElseThrow();
    ConfigFile base =
        ConfigFile.parse(
            "base",
            "{method: coconut, train_path: train.json, model_id: gpt2, lora: {r: 8, alpha: 16}}");
    TrainingConfigSpace space = SpaceReader.read(base, section);
    new RandomSearchGenerator(space);
    LoraSettings expected = LoraSettings.builder().r(4).alpha(16.0).build();
    assertThat(space.getValue(new double[] {1}).getLora()).isEqualTo(expected);
    assertThat(space.parameters(new double[] {0})).containsExactly(Map.entry("lora.r", 2));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{lr: {log_uniform: [0, 1]}}         | search.space.lr",
        "{lr: {log_uniform: [1, 0.1]}}       | the smaller first",
        "{lr: {uniform: [0.1]}}              | two numbers",
        "{lr: {uniform: [a, b]}}             | two numbers",
        "{lr: {uniform: 1}}                  | two numbers",
        "{lr: 0.1}                           | one of integer",
        "{lr: {normal: [0, 1]}}              | one of integer",
        "{c_thought: {integer: [1.5, 2]}}    | two whole numbers",
        "{c_thought: {integer: [3, 2]}}      | two whole numbers",
        "{c_thought: {discrete: []}}         | at least one value",
        "{c_thought: {discrete: 3}}          | at least one value",
        "{c_thought: {discrete: {a: 1}}}     | at least one value",
        "{c_thought: {discrete: [1, 2, 1]}}  | a list of different values",
        "{lr: {discrete: [1, 1.0]}}          | a list of different values",
        "{stage_steps: {discrete: [[1], [1]]}} | a list of different values",
        "{c_thought: {integer: [1, 3000000000]}} | two whole numbers",
        "{c_thought: {integer: [1, 2147483647]}} | two whole numbers from -1000000000 to 1000000000",
        "{c_thought: {integer: [-2147483648, 0]}} | two whole numbers from",
        "{c_thought: {integer: [1, 2, 3]}}   | two whole numbers",
        "{c_thought: {integer: []}}          | two whole numbers",
        "{c_thought: {integer: {1: 2}}}      | two whole numbers",
        "{c_thought: {integer: [1, 2], discrete: [1]}} | one of integer",
        "{c_thought: {}}                     | one of integer",
        "{c_thought: null}                   | one of integer",
        "{lr: {uniform: [NaN, 1]}}          | two numbers",
        "{lr: {uniform: [0, Infinity]}}          | two numbers",
        "{lr: {uniform: [-Infinity, 0]}}         | two numbers",
        "{lr: {uniform: [-1e308, 1e308]}}    | two numbers",
        "{lr: {uniform: [1, 1]}}             | the smaller first",
        "{lr: {uniform: [null, 1]}}          | two numbers",
        "{lr: {uniform: [0, true]}}          | two numbers",
        "{lr: {uniform: {0: 0, 1: 1}}}       | two numbers",
        "{lr: {log_uniform: [-1, 1]}}        | two numbers above 0",
        "{lr: {log_uniform: [NaN, 1]}}      | two numbers",
        "{lr: {log_uniform: [1e-4, Infinity]}}   | two numbers",
        "{c_though: {integer: [1, 2]}}       | Did you mean `c_thought`",
        "{}                                  | a mapping of keys",
        "7                                   | a mapping of keys",
      })
  void whatIsNoSpaceIsRefused(String yaml, String message) {
    assertThatThrownBy(() -> read(yaml))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(message);
  }

  /** As doubles they would be one value. */
  @Test
  void largeWholeNumbersDiffer() {
    TrainingConfigSpace space =
        read("{seed: {discrete: [9223372036854775807, 9223372036854775806]}}");

    assertThat(space.parameters(new double[1])).containsEntry("seed", Long.MAX_VALUE);
  }

  @Test
  void theWidestRangesAreDrawnFrom() {
    TrainingConfigSpace space =
        read(
            "{max_steps: {integer: [1, 1000000000]}, icot_tokens_per_epoch: {integer: [-1000000000,"
                + " 1000000000]}, lr: {log_uniform: [1e-300, 1e300]}, weight_decay: {uniform:"
                + " [-1e307, 1e307]}, max_grad_norm: {discrete: [null, 1]}}");

    Map<String, Object> low = space.parameters(new double[5]);
    Map<String, Object> high = space.parameters(new double[] {1, 1, 1, 1, 1});
    Map<String, Object> middle = space.parameters(new double[] {.5, .5, .5, .5, .5});

    assertThat(low).containsEntry("max_steps", 1).containsEntry("max_grad_norm", null);
    assertThat(low).containsEntry("icot_tokens_per_epoch", -1_000_000_000);
    assertThat(high).containsEntry("max_steps", 1_000_000_000).containsEntry("weight_decay", 1e307);
    assertThat(middle).containsEntry("weight_decay", 0.0);
    assertThat((int) middle.get("max_steps")).isBetween(499_999_990, 500_000_010);
  }

  @Test
  void valuesThatContradictEachOtherAreRefusedForTheirCandidateAlone() {
    TrainingConfigSpace space = read("{n_head: {discrete: [3, 4]}, lr: {uniform: [0, 1]}}");

    assertThat(space.getValue(new double[] {1, 0}).getNHead()).isEqualTo(4);
    assertThatThrownBy(() -> space.getValue(new double[] {0, 0}))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("a multiple of `n_head` (3)");
  }
}
