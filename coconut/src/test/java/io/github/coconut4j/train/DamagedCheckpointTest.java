package io.github.coconut4j.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.coconut4j.method.Method;
import io.github.coconut4j.model.ModelFormatException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.factory.Nd4j;

/** Whatever happens to a file of a checkpoint, it is found, and nothing is deleted for it. */
class DamagedCheckpointTest {

  private static final int LENGTHS = 50;
  private static final int CHANGES = 200;

  @TempDir private static Path directory;
  private static RunDirectory run;
  private static Path newest;

  private final SplittableRandom random = new SplittableRandom(11);

  @BeforeAll
  static void train() throws IOException {
    run = new RunDirectory(directory);
    try (TrainingRun training = builder().build()) {
      training.train();
    }
    newest = run.checkpoints().resolve("step-12");
  }

  private static TrainingRun.TrainingRunBuilder builder() {
    return TrainingRun.builder()
        .config(TinyRuns.of(Method.COCONUT).nEmbd(16).checkpointEverySteps(2).build())
        .directory(run);
  }

  private static List<Path> files() throws IOException {
    try (Stream<Path> paths = Files.walk(run.checkpoints())) {
      return paths.sorted().toList();
    }
  }

  @Test
  void weightsOfAnotherShapeAreNamedWithTheirFile() throws IOException {
    Checkpoint checkpoint = Checkpoint.open(newest);

    assertThatThrownBy(
            () -> checkpoint.restoreWeights(Map.of("transformer.wte.weight", Nd4j.zeros(3, 2))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(
            "The checkpoint "
                + newest.resolve("weights.safetensors")
                + " needs transformer.wte.weight of shape [3, 2] but finds ");
  }

  private void assertRefused(Path file, byte[] damaged) throws IOException {
    byte[] whole = Files.readAllBytes(file);
    try {
      Files.write(file, damaged);
      assertThatThrownBy(() -> Checkpoint.open(newest))
          .isInstanceOf(ModelFormatException.class)
          .hasMessageContainingAll(
              "step-12 must have the files it was written with",
              file.getFileName().toString(),
              "Resume falls back to the checkpoint before it.");
    } finally {
      Files.write(file, whole);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"weights.safetensors", "optimizer.safetensors", "checkpoint.json", "SHA256SUMS"})
  void aFileCutShortOrChangedIsRefused(String name) throws IOException {
    List<Path> before = files();
    Path file = newest.resolve(name);
    byte[] whole = Files.readAllBytes(file);
    for (int i = 0; i < LENGTHS; i++) {
      assertRefused(file, Arrays.copyOf(whole, random.nextInt(whole.length)));
    }
    for (int i = 0; i < CHANGES; i++) {
      byte[] changed = whole.clone();
      changed[random.nextInt(whole.length)] ^= (byte) random.nextInt(1, 256);
      assertRefused(file, changed);
    }
    assertThat(Checkpoint.open(newest).getManifest().getState().getStep()).isEqualTo(12);
    assertThat(files()).isEqualTo(before);
  }

  @Test
  void aMissingFileIsRefused() throws IOException {
    Path file = newest.resolve("optimizer.safetensors");
    Path aside = Files.move(file, directory.resolve("aside"));
    assertThatThrownBy(() -> Checkpoint.open(newest))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContainingAll("must be complete", "optimizer.safetensors missing");
    Files.move(aside, file);
  }

  @Test
  void resumeFallsBackAndDeletesNothing() throws IOException {
    Path file = newest.resolve("weights.safetensors");
    byte[] whole = Files.readAllBytes(file);
    List<Path> before = files();
    Files.write(file, Arrays.copyOf(whole, 100));
    try (TrainingRun resumed = builder().resume(true).build()) {
      assertThat(resumed.state().getStep()).isEqualTo(10);
    }
    assertThat(files()).isEqualTo(before);
    Files.write(file, whole);
  }

  @Test
  void withoutAWholeCheckpointResumeIsRefused() throws IOException {
    List<Path> before = files();
    Map<Path, byte[]> whole = new LinkedHashMap<>();
    for (int step : List.of(4, 10, 12)) {
      Path file = run.checkpoints().resolve("step-" + step + "/checkpoint.json");
      whole.put(file, Files.readAllBytes(file));
      Files.write(file, new byte[3]);
    }
    assertThatThrownBy(() -> builder().resume(true).build())
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContainingAll("must have a checkpoint that is whole", "--force");
    assertThat(files()).isEqualTo(before);
    for (Map.Entry<Path, byte[]> file : whole.entrySet()) {
      Files.write(file.getKey(), file.getValue());
    }
  }
}
