package io.github.coconut4j.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tests of a store, for every file system of Hadoop. */
abstract class RunStoreContract {

  static final Path WEIGHTS = Path.of("checkpoints", "step-1", "weights");
  static final Path METRICS = Path.of("metrics.jsonl");
  private static final String SUMS = "SHA256SUMS";

  @TempDir Path temporary;
  private Path run;
  private FileSystem files;
  private RunStore store;

  /** URI of a folder that does not exist yet. */
  abstract String folder();

  @BeforeEach
  void create() throws IOException {
    run = Files.createDirectories(temporary.resolve("run"));
    Files.createDirectories(run.resolve(WEIGHTS).getParent());
    write("weights", "metrics");
    files = new org.apache.hadoop.fs.Path(folder()).getFileSystem(new Configuration());
    store = new RunStore(folder(), new Configuration());
  }

  final RunStore store() {
    return store;
  }

  final void write(String weights, String metrics) throws IOException {
    Files.writeString(run.resolve(WEIGHTS), weights);
    Files.writeString(run.resolve(METRICS), metrics);
  }

  final SnapshotName publish(int step) throws IOException {
    return store.publish(
        run, List.of(WEIGHTS, METRICS), SnapshotName.unique(step, SnapshotName.Kind.CHECKPOINT));
  }

  final String fetchedWeights() throws IOException {
    Path there = Files.createTempDirectory(temporary, "there");
    store.fetchNewest(there);
    return Files.readString(there.resolve(WEIGHTS));
  }

  private org.apache.hadoop.fs.Path at(SnapshotName snapshot, String file) {
    return new org.apache.hadoop.fs.Path(folder() + "/" + snapshot + "/" + file);
  }

  private void overwrite(SnapshotName snapshot, String file, String text) throws IOException {
    try (OutputStream output = files.create(at(snapshot, file), true)) {
      output.write(text.getBytes(StandardCharsets.UTF_8));
    }
  }

  private String sums(SnapshotName snapshot) throws IOException {
    try (var input = files.open(at(snapshot, SUMS))) {
      return new String(input.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  @Test
  void theNewestSnapshotComesBack() throws IOException {
    assertThat(store.newest()).isEmpty();
    publish(9);
    write("later", "more metrics");
    SnapshotName later = publish(10);

    assertThat(store.newest()).contains(later);
    assertThat(fetchedWeights()).isEqualTo("later");
  }

  @Test
  void anUnfinishedSnapshotIsNone() throws IOException {
    SnapshotName whole = publish(1);
    assertThat(files.delete(at(publish(2), SUMS), false)).isTrue();

    assertThat(store.newest()).contains(whole);
  }

  /** What a writer leaves that is killed while it writes the sums. */
  @Test
  void aSnapshotWhoseSumsAreCutShortIsNone() throws IOException {
    SnapshotName whole = publish(1);
    SnapshotName cut = publish(2);
    String sums = sums(cut);

    for (int length = 0; length < sums.length(); length += 11) {
      overwrite(cut, SUMS, sums.substring(0, length));
      assertThat(store.newest()).as("%d of %d bytes", length, sums.length()).contains(whole);
    }
    overwrite(cut, SUMS, sums.substring(0, sums.lastIndexOf('\n', sums.length() - 2) + 1));
    assertThat(store.newest()).as("whole lines").contains(whole);
    overwrite(cut, SUMS, sums);
    assertThat(store.newest()).contains(cut);
  }

  /** A run would otherwise start over and yet count as one that continues. */
  @Test
  void aSnapshotWithoutFilesIsNone() throws IOException {
    SnapshotName whole = publish(1);
    overwrite(publish(2), SUMS, "# 0 files\n");

    assertThat(store.newest()).contains(whole);
    assertThat(fetchedWeights()).isEqualTo("weights");
  }

  @Test
  void aDamagedSnapshotIsPassedOver() throws IOException {
    SnapshotName whole = publish(1);
    write("later", "metrics");
    overwrite(publish(2), METRICS.toString(), "other");

    assertThat(store.newest()).contains(whole);
    assertThat(fetchedWeights()).isEqualTo("weights");
  }

  /** A run would otherwise continue from a checkpoint of which only some files were copied. */
  @Test
  void aDamagedSnapshotLeavesNoFiles() throws IOException {
    publish(1);
    Path later = Path.of("checkpoints", "step-2", "weights");
    Files.createDirectories(run.resolve(later).getParent());
    Files.writeString(run.resolve(later), "later");
    SnapshotName damaged =
        store.publish(
            run, List.of(later, METRICS), SnapshotName.unique(2, SnapshotName.Kind.CHECKPOINT));
    overwrite(damaged, METRICS.toString(), "other");
    Path there = temporary.resolve("there");

    assertThat(store.fetchNewest(there)).get().matches(name -> name.step() == 1);
    assertThat(there.resolve(WEIGHTS)).hasContent("weights");
    assertThat(there.resolve(later)).doesNotExist();
  }

  @Test
  void aSnapshotThatLacksAFileIsPassedOver() throws IOException {
    SnapshotName whole = publish(1);
    assertThat(files.delete(at(publish(2), METRICS.toString()), false)).isTrue();

    assertThat(store.newest()).contains(whole);
  }

  @Test
  void aFileThatIsMissingLeavesNoSnapshot() throws IOException {
    SnapshotName before = publish(1);
    Files.delete(run.resolve(METRICS));

    assertThatThrownBy(() -> publish(2)).isInstanceOf(NoSuchFileException.class);
    assertThat(store.newest()).contains(before);
    assertThat(snapshots()).containsExactly(before.toString());
  }

  private List<String> snapshots() throws IOException {
    return Arrays.stream(files.listStatus(new org.apache.hadoop.fs.Path(folder())))
        .map(status -> status.getPath().getName())
        .sorted()
        .toList();
  }

  @Test
  void olderOnesAreDeletedAndUnfinishedOnesWithThem() throws IOException {
    for (int step = 1; step <= 5; step++) {
      SnapshotName published = publish(step);
      if (step == 2) {
        files.delete(at(published, SUMS), false);
      }
    }

    assertThat(snapshots()).hasSize(2).allMatch(name -> name.matches("step-00000000[45]-.*"));
  }

  /** For example an executor that was given up, and its successor. */
  @Test
  void twoWritersAtOnceDoNotDamageEachOther() throws Exception {
    ExecutorService writers = Executors.newFixedThreadPool(2);
    List<Future<Integer>> ends =
        Stream.of(1, 2)
            .map(writer -> writers.submit(() -> publishAndRead("writer-" + writer, writer)))
            .toList();
    for (Future<Integer> end : ends) {
      assertThat(end.get()).isEqualTo(40);
    }
    writers.shutdown();
    assertThat(fetchedWeights()).startsWith("weights of step 40");
  }

  private int publishAndRead(String name, int seed) throws IOException {
    Path own = Files.createDirectories(temporary.resolve(name));
    Files.createDirectories(own.resolve(WEIGHTS).getParent());
    RunStore shared = new RunStore(folder(), new Configuration());
    Random random = new Random(seed);
    int published = 0;
    for (int step = 1; step <= 40; step++) {
      Files.writeString(own.resolve(WEIGHTS), "weights of step " + step + "x".repeat(20_000));
      Files.writeString(own.resolve(METRICS), name + random.nextLong());
      try {
        shared.publish(
            own,
            List.of(WEIGHTS, METRICS),
            SnapshotName.unique(step, SnapshotName.Kind.CHECKPOINT));
      } catch (IOException e) {
        // the other writer is ahead and has deleted this incomplete snapshot
      }
      published++;
      assertThat(shared.newest()).isPresent();
    }
    return published;
  }

  @Test
  void aSnapshotWritesNothingOutsideTheDirectory() throws IOException {
    SnapshotName published = publish(1);
    overwrite(published, SUMS, sums(published).replace("metrics.jsonl", "../../outside"));
    Path there = Files.createTempDirectory(temporary, "there");

    assertThat(store.fetchNewest(there)).isEmpty();
    assertThat(temporary.resolve("outside")).doesNotExist();
  }
}
