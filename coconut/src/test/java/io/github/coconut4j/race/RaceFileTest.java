package io.github.coconut4j.race;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.coconut4j.config.ConfigException;
import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.curriculum.Curriculum;
import io.github.coconut4j.method.Method;
import io.github.coconut4j.method.SimcotOn;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RaceFileTest {

  private static final String SHARED = "train_path: t.json\nval_path: v.json\nlr: 1.0e-3\n";

  private static RaceFile parse(String race) {
    return RaceFile.parse("r.yaml", SHARED + "race: " + race);
  }

  @ParameterizedTest
  @ValueSource(strings = {"quickstart", "race-quick", "race-half", "parallel-latents"})
  void aShippedRecipeGivesEveryRunTheSameUpdates(String recipe) throws IOException {
    RaceFile file = RaceFile.read(Path.of("../recipes/" + recipe + ".yaml"));

    assertThat(file.getEntries()).hasSizeGreaterThan(2);
    assertThat(file.getEntries())
        .extracting(entry -> Curriculum.of(entry.getConfig()).totalSteps(1))
        .containsOnly(Curriculum.of(file.getEntries().get(0).getConfig()).totalSteps(1));
  }

  /** Twelve methods, which are ten names: simcot is on coconut and on codi. */
  @Test
  void theRaceHasEveryMethod() throws IOException {
    RaceFile file = RaceFile.read(Path.of("../recipes/race-quick.yaml"));

    assertThat(file.getEntries()).hasSize(7 + 5 * 3);
    assertThat(file.getEntries())
        .extracting(entry -> entry.getConfig().getMethod())
        .contains(Method.values());
  }

  @Test
  void theQuickstartTakesASeed() throws IOException {
    assertThat(RaceFile.quickstart(7L).getEntries())
        .hasSize(3)
        .allMatch(entry -> entry.seed() == 7)
        .extracting(RaceEntry::getDirectory)
        .containsExactly("coconut", "cot", "no_cot");
  }

  /** The text is written to the race's directory, from which `race --resume` continues. */
  @Test
  void theQuickstartsTextHasTheSeed() throws IOException {
    RaceFile seven = RaceFile.quickstart(7L);
    assertThat(RaceFile.parse("race.yaml", seven.getText())).isEqualTo(seven);
    assertThat(seven.differsOnlyInSeeds(RaceFile.quickstart(null))).isTrue();
    assertThat(RaceFile.quickstart(1L)).isEqualTo(RaceFile.quickstart(null));
    assertThat(seven.differsOnlyInSeeds(RaceFile.read(Path.of("../recipes/race-quick.yaml"))))
        .isFalse();
  }

  @Test
  void aMethodHasItsOwnKeysAndSeeds() {
    RaceFile file =
        parse(
            "{methods: [coconut, {name: b, set: {method: simcot, simcot_on: codi, lr: 2.0e-3}}],"
                + " seeds: [4], seeds_of: {b: [5, -6]}}");

    assertThat(file.getEntries())
        .extracting(RaceEntry::getDirectory)
        .containsExactly("coconut", "b", "b-seed--6");
    assertThat(file.getEntries()).extracting(RaceEntry::seed).containsExactly(4L, 5L, -6L);
    TrainingConfig own = file.getEntries().get(1).getConfig();
    assertThat(own.getMethod()).isEqualTo(Method.SIMCOT);
    assertThat(own.getSimcotOn()).isEqualTo(SimcotOn.CODI);
    assertThat(own.getLr()).isEqualTo(2e-3);
    assertThat(file.getEntries().get(0).getConfig().getLr()).isEqualTo(1e-3);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[coconut] | `race` needs a mapping",
        "{} | `race.methods` needs at least one method",
        "{methods: []} | `race.methods` needs at least one method",
        "{methods: coconut} | race.methods",
        "{methods: [coconut], seed: [1]} | `race.seed` is no key of `race`",
        "{methods: [coconut, coconut]} | names that differ but is coconut twice",
        "{methods: [../x]} | names of up to 64 letters",
        "{methods: [[coconut]]} | names of up to 64 letters",
        "{methods: [{set: {lr: 1}}]} | names of up to 64 letters",
        "{methods: [{name: coconut, lr: 1}]} | Move it into `set`",
        "{methods: [{name: coconut, set: 3}]} | a mapping as `set` of coconut",
        "{methods: [{name: coconut, set: {lrr: 1}}]} | Did you mean `lr`?",
        "{methods: [{name: coconut, set: {lr: -1}}]} | `lr`",
        "{methods: [report.html]} | names of up to 64 letters",
        "{methods: [{name: coconut, set: {seed: 3}}]} | `race.methods.coconut.set` needs keys",
        "{methods: [walrus]} | walrus",
        "{methods: [coconut], seeds: []} | `race.seeds` needs a list of whole numbers",
        "{methods: [coconut], seeds: [1, 1]} | `race.seeds` needs seeds that differ",
        "{methods: [coconut], seeds: [1.5]} | seeds",
        "{methods: [coconut], seeds: [~]} | `race.seeds` needs a list of whole numbers",
        "{methods: [coconut], seeds_of: {cot: [1]}} | `race.seeds_of` needs names of",
        "{methods: [coconut], seeds_of: {coconut: 1}} | seeds_of",
        "{methods: [{name: A, set: {method: cot}}, {name: a, set: {method: cot}}]} | a twice",
        "{methods: [{name: coconut, set: {only_eval: true}}]} | `only_eval`",
        "{methods: [{name: coconut, set: {val_path: ~}}]} | `val_path`"
      })
  void aSectionThatCannotBeRunIsRefused(String race, String message) {
    assertThatThrownBy(() -> parse(race))
        .isInstanceOf(ConfigException.class)
        .hasMessageStartingWith("r.yaml: ")
        .hasMessageContaining(message);
  }

  @Test
  void aTrainingConfigurationIsRefused() {
    assertThatThrownBy(() -> RaceFile.parse("r.yaml", SHARED + "method: coconut"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("`race` needs a mapping but is missing")
        .hasMessageContaining("the command train");
  }
}
