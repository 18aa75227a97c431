package io.github.coconut4j.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.coconut4j.config.ConfigException;
import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.problems.ProblemSplits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Problem files that an executor reads from the store. */
class InputFilesTest {

  private static final Path PROBLEMS =
      Path.of("../data/src/test/resources/prosqa/prosqa_valid.json");

  @TempDir private Path temporary;

  private static InputFiles in(Path folder) {
    return new InputFiles(folder.toUri().toString(), new Configuration());
  }

  private static TrainingConfig config() {
    return TinyTraining.of(2).trainPath(PROBLEMS.toString()).valPath(null).build();
  }

  @Test
  void problemsAreThoseOfTheDriver() throws IOException {
    Path folder = temporary.resolve("store");
    InputFiles.Sources sources = in(folder).publish(config());
    Path scratch = Files.createDirectory(temporary.resolve("scratch"));

    ProblemSplits fetched = in(folder).fetch(config(), sources, scratch);

    assertThat(fetched.getTraining()).isEqualTo(ProblemSplits.of(config()).getTraining());
    try (var files = Files.list(scratch)) {
      assertThat(files).hasSize(1);
    }
  }

  /** Whatever stands for the executor's folder in the sources must not change names. */
  @Test
  void filesKeepTheirNames() throws IOException {
    Path file = temporary.resolve("SCRATCH-train+SCRATCH.json");
    Files.copy(PROBLEMS, file);
    TrainingConfig named = TinyTraining.of(2).trainPath(file + "+prosqa:4:1").valPath(null).build();
    Path folder = temporary.resolve("store");
    InputFiles.Sources sources = in(folder).publish(named);
    Path scratch = Files.createDirectory(temporary.resolve("scratch"));

    ProblemSplits fetched = in(folder).fetch(named, sources, scratch);

    assertThat(fetched.getTraining()).isEqualTo(ProblemSplits.of(named).getTraining());
  }

  /** For example a folder of the same name on the executor's own disk. */
  @Test
  void anExecutorThatDoesNotSeeTheDriversFolderIsToldSo() throws IOException {
    InputFiles.Sources generated =
        in(temporary.resolve("driver")).publish(TinyTraining.of(2).build());

    assertThatThrownBy(
            () ->
                in(temporary.resolve("executor"))
                    .fetch(TinyTraining.of(2).build(), generated, temporary))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("Set spark.coconut4j.store to a shared disk");
  }

  @Test
  void aFileThatChangedInTheStoreIsRejected() throws IOException {
    Path folder = temporary.resolve("store");
    InputFiles.Sources sources = in(folder).publish(config());
    Path copy = folder.resolve(sources.sums().values().iterator().next());
    Files.writeString(copy, Files.readString(copy).replace("Every shumpus", "Every lumpus"));
    Files.delete(folder.resolve("." + copy.getFileName() + ".crc")); // Hadoop's own checksum

    assertThatThrownBy(() -> in(folder).fetch(config(), sources, temporary))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("another SHA-256");
  }
}
