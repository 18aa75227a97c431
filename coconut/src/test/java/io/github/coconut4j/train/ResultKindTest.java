package io.github.coconut4j.train;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.coconut4j.config.ConfigException;
import io.github.coconut4j.race.RaceDirectory;
import io.github.coconut4j.race.RaceFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every kind of results has a directory of its own. */
class ResultKindTest {

  @TempDir private Path directory;

  @ParameterizedTest
  @CsvSource({
    "RUN, metrics.jsonl",
    "RACE, race.yaml",
    "SEARCH, search.yaml",
    "ANALYSIS, analysis.json",
    "AUDIT, audit.json"
  })
  void onlyItsOwnResultsMayBeThere(ResultKind own, String file) throws IOException {
    own.requireNoOther(directory.resolve("none"));
    Files.writeString(directory.resolve(file), "");

    for (ResultKind kind : ResultKind.values()) {
      if (kind == own) {
        assertThatCode(() -> kind.requireNoOther(directory)).doesNotThrowAnyException();
      } else {
        assertThatThrownBy(() -> kind.requireNoOther(directory))
            .isInstanceOf(ConfigException.class)
            .hasMessageContainingAll("" + directory, file, "Choose another --out");
      }
    }
  }

  @Test
  void runsAndRacesLeaveASearchAlone() throws IOException {
    Files.writeString(directory.resolve("search.yaml"), "");
    RunDirectory run = new RunDirectory(directory);
    RaceFile race = RaceFile.quickstart(null);

    assertThatThrownBy(run::requireFree).hasMessageContaining("holds a search (search.yaml)");
    assertThatThrownBy(run::requireNoTraining).hasMessageContaining("holds a search");
    assertThatThrownBy(() -> new RaceDirectory(directory).requireFree(race))
        .hasMessageContaining("holds a search");
  }
}
