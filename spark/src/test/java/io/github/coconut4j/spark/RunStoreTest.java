package io.github.coconut4j.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunStoreTest {

  private static final Path WEIGHTS = Path.of("checkpoints", "step-1", "weights");
  private static final Path METRICS = Path.of("metrics.jsonl");

  @TempDir private Path temporary;
  private Path run;
  private RunStore store;

  @BeforeEach
  void create() throws IOException {
    run = Files.createDirectories(temporary.resolve("run"));
    Files.createDirectories(run.resolve(WEIGHTS).getParent());
    write("weights", "metrics");
    store = new RunStore(folder().toUri().toString(), new Configuration());
  }

  private Path folder() {
    return temporary.resolve("store");
  }

  private void write(String weights, String metrics) throws IOException {
    Files.writeString(run.resolve(WEIGHTS), weights);
    Files.writeString(run.resolve(METRICS), metrics);
  }

  private SnapshotName publish(int step) throws IOException {
    return store.publish(
        run, List.of(WEIGHTS, METRICS), SnapshotName.unique(step, SnapshotName.Kind.CHECKPOINT));
  }

  private String fetchedWeights() throws IOException {
    Path there = Files.createTempDirectory(temporary, "there");
    store.fetchNewest(there);
    return Files.readString(there.resolve(WEIGHTS));
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

  /** Its sums are those of the command {@code sha256sum}. */
  @Test
  void sumsAreThoseOfTheCommand() throws Exception {
    SnapshotName name = publish(1);
    Process check =
        new ProcessBuilder("sha256sum", "--check", "--strict", "SHA256SUMS")
            .directory(folder().resolve(name.toString()).toFile())
            .redirectErrorStream(true)
            .start();
    String output = new String(check.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

    assertThat(check.waitFor()).as(output).isZero();
    assertThat(output).contains("checkpoints/step-1/weights: OK", "metrics.jsonl: OK");
  }

  @Test
  void anUnfinishedSnapshotIsNone() throws IOException {
    SnapshotName whole = publish(1);
    SnapshotName cut = publish(2);
    Files.delete(folder().resolve(cut.toString()).resolve("SHA256SUMS"));

    assertThat(store.newest()).contains(whole);
  }

  @Test
  void aDamagedSnapshotIsPassedOver() throws IOException {
    SnapshotName whole = publish(1);
    write("later", "metrics");
    Path damaged = folder().resolve(publish(2).toString());
    Files.writeString(damaged.resolve(METRICS), "other");
    Files.deleteIfExists(damaged.resolve(".metrics.jsonl.crc"));

    assertThat(store.newest()).contains(whole);
    assertThat(fetchedWeights()).isEqualTo("weights");
  }

  /** Hadoop's own sums of local files find it first. */
  @Test
  void damageThatHadoopFindsIsPassedOverToo() throws IOException {
    SnapshotName whole = publish(1);
    Path damaged = folder().resolve(publish(2).toString());
    Files.writeString(damaged.resolve(METRICS), "mettics");

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
    try (Stream<Path> files = Files.list(folder())) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void olderOnesAreDeletedAndUnfinishedOnesWithThem() throws IOException {
    for (int step = 1; step <= 5; step++) {
      Path published = folder().resolve(publish(step).toString());
      if (step == 2) {
        Files.delete(published.resolve("SHA256SUMS"));
      }
    }

    assertThat(snapshots()).hasSize(2).allMatch(name -> name.matches("step-00000000[45]-.*"));
  }

  /** An executor that was given up, and the one in its place. */
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
    RunStore shared = new RunStore(folder().toUri().toString(), new Configuration());
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
        // the other is steps ahead and has deleted what this one was writing
      }
      published++;
      assertThat(shared.newest()).isPresent();
    }
    return published;
  }

  @Test
  void aSnapshotWritesNothingOutsideTheDirectory() throws IOException {
    Path published = folder().resolve(publish(1).toString());
    String sums = Files.readString(published.resolve("SHA256SUMS"));
    Files.writeString(
        published.resolve("SHA256SUMS"), sums.replace("metrics.jsonl", "../../outside"));
    Files.deleteIfExists(published.resolve(".SHA256SUMS.crc"));
    Path there = Files.createTempDirectory(temporary, "there");

    assertThat(store.fetchNewest(there)).isEmpty();
    assertThat(temporary.resolve("outside")).doesNotExist();
  }
}
