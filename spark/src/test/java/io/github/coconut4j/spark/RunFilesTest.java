package io.github.coconut4j.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.files.Sha256;
import io.github.coconut4j.method.Method;
import io.github.coconut4j.model.ModelFormatException;
import io.github.coconut4j.train.RunDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunFilesTest {

  @TempDir private Path temporary;
  private RunDirectory run;
  private RunStore store;
  private final List<String> news = new ArrayList<>();

  @BeforeEach
  void create() throws IOException {
    run = new RunDirectory(temporary.resolve("run"));
    store = new RunStore(temporary.resolve("store").toUri().toString(), new Configuration());
    checkpoint(3);
    Files.writeString(run.config(), "config");
  }

  /** A checkpoint as a run writes it, with a text in place of the arrays. */
  private void checkpoint(int step) throws IOException {
    Path checkpoint = Files.createDirectories(run.checkpoints().resolve("step-" + step));
    String manifest = "{\"version\": 1, \"state\": {\"step\": " + step + "}}";
    StringBuilder sums = new StringBuilder();
    for (String name : List.of("checkpoint.json", "optimizer.safetensors", "weights.safetensors")) {
      Path file = checkpoint.resolve(name);
      Files.writeString(file, name.endsWith("json") ? manifest : "arrays of " + step);
      sums.append(Sha256.of(file)).append("  ").append(name).append('\n');
    }
    Files.writeString(checkpoint.resolve("SHA256SUMS"), sums);
  }

  private void damage(int step) throws IOException {
    Files.writeString(
        run.checkpoints().resolve("step-" + step + "/weights.safetensors"), "damaged");
  }

  private Optional<SnapshotName> newest() throws IOException {
    return new RunFiles(run).newest(store, news::add);
  }

  /** The step of the snapshot that a training would start from, whose checkpoint must be there. */
  private int start() throws IOException {
    SnapshotName newest = newest().orElseThrow();
    Path there = Files.createTempDirectory(temporary, "there");
    store.fetch(newest, there);
    assertThat(there.resolve("config.yaml")).hasContent("config");
    assertThat(there.resolve("checkpoints/step-" + newest.step() + "/weights.safetensors"))
        .hasContent("arrays of " + newest.step());
    return newest.step();
  }

  @Test
  void theNewestCheckpointIsPublishedWithItsConfiguration() throws IOException {
    checkpoint(12);

    assertThat(start()).isEqualTo(12);
    assertThat(store.newest()).get().matches(name -> name.step() == 12);
    assertThat(news)
        .containsExactly("Continuing from the state of update 12 in " + run.path() + ".");
  }

  @Test
  void withoutAnyStateNothingIsPublished() throws IOException {
    assertThat(new RunFiles(new RunDirectory(temporary.resolve("new"))).newest(store, news::add))
        .isEmpty();
    assertThat(store.newest()).isEmpty();
    assertThat(news).isEmpty();
  }

  /** The directory is replaced at the end of a training, so its later updates would be lost. */
  @Test
  void aRunThatWasContinuedWithoutTheClusterGoesOnFromThere() throws IOException {
    newest();
    checkpoint(5);

    assertThat(start()).isEqualTo(5);
    assertThat(news)
        .last()
        .isEqualTo(
            "Continuing from the state of update 5 in "
                + run.path()
                + "; "
                + store
                + " has that of update 3.");
  }

  /** As after the driver was killed, before it copied the snapshot. */
  @Test
  void aSnapshotThatIsLaterThanTheDirectoryIsTaken() throws IOException {
    checkpoint(5);
    newest();
    Files.move(run.checkpoints().resolve("step-5"), temporary.resolve("aside"));

    assertThat(start()).isEqualTo(5);
    assertThat(news)
        .last()
        .isEqualTo(
            "Continuing from the state of update 5 in "
                + store
                + "; "
                + run.path()
                + " has that of update 3.");
  }

  @Test
  void aSnapshotOfTheSameUpdateIsNotPublishedAgain() throws IOException {
    Optional<SnapshotName> published = newest();

    assertThat(newest()).isEqualTo(published);
  }

  /** As where the run is continued without the cluster. */
  @Test
  void aDamagedCheckpointIsSkipped() throws IOException {
    checkpoint(5);
    damage(5);

    assertThat(start()).isEqualTo(3);
  }

  @Test
  void damagedCheckpointsAloneEndTheTrainingUnlessThereIsASnapshot() throws IOException {
    damage(3);
    assertThatThrownBy(this::newest)
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("must have a checkpoint that is whole");
    assertThat(store.newest()).isEmpty();

    checkpoint(3);
    newest();
    damage(3);
    assertThat(start()).isEqualTo(3);
  }

  /** Results of an earlier run would be taken for this one's. */
  @Test
  void whatTheSnapshotLacksIsDeleted() throws IOException {
    newest();
    RunDirectory earlier = new RunDirectory(temporary.resolve("earlier"));
    Files.createDirectories(earlier.model());
    Files.writeString(earlier.model().resolve("coconut.json"), "of the earlier run");
    for (Path file :
        List.of(earlier.metrics(), earlier.evaluation(), earlier.samples(), earlier.report())) {
      Files.writeString(file, "of the earlier run");
    }
    Path mine = Files.writeString(earlier.path().resolve("notes.txt"), "mine");
    TrainingConfig config =
        TrainingConfig.builder().method(Method.COT).trainPath("prosqa:8:1").build();

    new RunFiles(earlier).replaceBy(store, store.newest().orElseThrow(), config);

    assertThat(earlier.evaluation()).doesNotExist();
    assertThat(earlier.samples()).doesNotExist();
    assertThat(earlier.report()).doesNotExist();
    assertThat(earlier.model()).doesNotExist();
    assertThat(earlier.config()).hasContent("config");
    assertThat(earlier.checkpoints().resolve("step-3/weights.safetensors"))
        .hasContent("arrays of 3");
    assertThat(mine).hasContent("mine");
  }

  /** As where the copying ends in the middle: a model alone would not be resumed. */
  @Test
  void aDirectoryThatIsReplacedOnlyInPartCanBeContinued() throws IOException {
    SnapshotName snapshot = newest().orElseThrow();
    TrainingConfig config =
        TrainingConfig.builder().method(Method.COT).trainPath("prosqa:8:1").build();
    RunDirectory earlier = new RunDirectory(temporary.resolve("earlier"));
    Files.createDirectories(earlier.checkpoints().resolve("step-2"));
    Files.createDirectories(earlier.config()); // a file cannot replace it

    assertThatThrownBy(() -> new RunFiles(earlier).replaceBy(store, snapshot, config))
        .isInstanceOf(IOException.class);

    assertThat(earlier.checkpoints().resolve("step-2")).exists();
  }

  @Test
  void theModelIsPlacedAfterWhatItsRunContinuesFrom() throws IOException {
    Files.createDirectories(run.model());
    Files.writeString(run.metrics(), "metrics");

    assertThat(RunFiles.inOrder(run.path()))
        .containsExactly(run.config(), run.metrics(), run.checkpoints(), run.model());
  }

  /** As where the directory is being deleted meanwhile. */
  @Test
  void aRunThatLacksItsConfigurationIsNotPublished() throws IOException {
    Files.delete(run.config());

    assertThatThrownBy(this::newest)
        .isInstanceOf(NoSuchFileException.class)
        .hasMessageContaining("config.yaml");
    assertThat(store.newest()).isEmpty();
  }
}
