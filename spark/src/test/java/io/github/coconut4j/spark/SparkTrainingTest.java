package io.github.coconut4j.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.coconut4j.config.ConfigException;
import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.report.RunSummary;
import io.github.coconut4j.train.MetricsFile;
import io.github.coconut4j.train.RunDirectory;
import io.github.coconut4j.train.RunLock;
import io.github.coconut4j.train.TrainingRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.FutureTask;
import java.util.stream.Stream;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Two ranks in two processes, compared with one process. */
@Timeout(900)
class SparkTrainingTest {

  private static JavaSparkContext spark;

  @TempDir private Path temporary;
  private final List<String> news = new CopyOnWriteArrayList<>();

  @BeforeAll
  static void start() throws IOException {
    spark = LocalCluster.shared();
  }

  private RunDirectory directory(String name) {
    return new RunDirectory(temporary.resolve(name));
  }

  private SparkTraining.SparkTrainingBuilder training(TrainingConfig config) {
    return SparkTraining.builder()
        .spark(spark)
        .config(config)
        .directory(directory("spark"))
        .store(temporary.resolve("store").toUri().toString())
        .news(news::add);
  }

  private RunDirectory trainedHere(TrainingConfig config) throws IOException {
    try (TrainingRun run =
        TrainingRun.builder().config(config).directory(directory("here")).build()) {
      run.train();
      RunSummary.of(run, run.evaluate()).write(directory("here").evaluation());
    }
    return directory("here");
  }

  private static List<String> metrics(RunDirectory directory) throws IOException {
    MetricsFile.Metrics metrics = MetricsFile.read(directory.metrics());
    return Stream.concat(metrics.updates().stream(), metrics.evaluations().stream())
        .map(Object::toString)
        .map(line -> line.replaceAll("(tokensPerSecond|time)=[^,)]*", ""))
        .toList();
  }

  private void requireSameRun(TrainingConfig config) throws IOException {
    RunDirectory here = trainedHere(config);
    RunDirectory there = directory("spark");
    assertThat(there.model().resolve("model.safetensors"))
        .hasSameBinaryContentAs(here.model().resolve("model.safetensors"));
    assertThat(metrics(there)).isEqualTo(metrics(here));
    assertThat(RunSummary.read(there.evaluation()).getLoss())
        .isEqualTo(RunSummary.read(here.evaluation()).getLoss());
  }

  @Test
  void twoRanksAreOneProcessToTheBit() throws Exception {
    TrainingConfig config = TinyTraining.of(6, 3, 4).build();
    SparkTraining training = training(config).build();

    assertThat(training.train()).isTrue();

    assertThat(training.ends().stream().map(RankEnd::process).distinct()).hasSize(2);
    assertThat(training.ends()).allMatch(end -> end.exchangeBytes() > 0);
    requireSameRun(config);
  }

  /** As where the driver is killed before it has copied a snapshot. */
  @Test
  void aNewTrainingDeletesWhatAReplacedRunWouldContinueFrom() throws Exception {
    RunDirectory replaced = directory("spark");
    Path later = Files.createDirectories(replaced.checkpoints().resolve("step-500"));
    Files.writeString(replaced.evaluation(), "of the replaced run");
    SparkTraining training = training(TinyTraining.of(2, 2, 2).build()).build();
    training.requestStop();

    assertThat(training.train()).isFalse();

    assertThat(later).doesNotExist();
    assertThat(replaced.evaluation()).doesNotExist();
  }

  private static FutureTask<Boolean> started(SparkTraining training) {
    FutureTask<Boolean> end = new FutureTask<>(training::train);
    new Thread(end, "training").start();
    return end;
  }

  /** Waits for a first snapshot. */
  private RunStore storeWithSnapshot() throws IOException, InterruptedException {
    RunStore store =
        new RunStore(
            temporary.resolve("store/run").toUri().toString(), spark.hadoopConfiguration());
    while (store.newest().isEmpty()) {
      Thread.sleep(20);
    }
    return store;
  }

  @Test
  @Tag("nightly")
  @EnabledOnOs(OS.LINUX)
  void aRankThatIsKilledIsReplacedAndTheEndIsTheSame() throws Exception {
    TrainingConfig config = TinyTraining.of(100, 100, 100).build();
    SparkTraining training = training(config).build();
    LocalCluster.NewestTask task = new LocalCluster.NewestTask();
    spark.sc().addSparkListener(task);
    FutureTask<Boolean> end = started(training);
    storeWithSnapshot();

    task.kill();

    assertThat(end.get()).isTrue();
    assertThat(news).anyMatch(line -> line.startsWith("An attempt failed: "));
    requireSameRun(config);
    spark.sc().removeSparkListener(task);
  }

  /** The signal is sent to one rank: all ranks stop after the same update, and rank 0 saves. */
  @Test
  @Tag("nightly")
  @EnabledOnOs(OS.LINUX)
  void aRankThatIsToldToEndHasAllSaveAndTheEndIsTheSame() throws Exception {
    TrainingConfig config =
        TinyTraining.of(20, 400, 5)
            .evalEverySteps(100_000)
            .checkpointEverySteps(null)
            .checkpointEveryMinutes(60.0) // so that only the signal causes one within a stage
            .build();
    SparkTraining training = training(config).build();
    LocalCluster.NewestTask task = new LocalCluster.NewestTask();
    spark.sc().addSparkListener(task);
    FutureTask<Boolean> end = started(training);
    storeWithSnapshot();

    task.terminate();

    assertThat(end.get()).isTrue();
    assertThat(news)
        .filteredOn(line -> line.startsWith("An attempt failed: "))
        .singleElement()
        .asString()
        .matches(line -> goesOnFrom(line) > 20 && goesOnFrom(line) < 420, "in the second stage");
    requireSameRun(config);
    spark.sc().removeSparkListener(task);
  }

  private static int goesOnFrom(String line) {
    return Integer.parseInt(line.replaceAll(".* update (\\d+)\\.", "$1"));
  }

  @Test
  @Tag("nightly")
  void aTrainingThatIsStoppedGoesOnToTheSameEnd() throws Exception {
    TrainingConfig config =
        TinyTraining.of(20, 200, 5)
            .evalEverySteps(50) // the first checkpoint would be that of an evaluation before it
            .checkpointEverySteps(20)
            .build();
    SparkTraining training = training(config).build();
    FutureTask<Boolean> end = started(training);
    RunStore store = storeWithSnapshot();
    training.requestStop();

    assertThat(end.get()).isFalse();
    assertThat(store.newest()).get().matches(saved -> saved.step() > 20, "saved at the stop");
    assertThat(directory("spark").checkpoints()).isNotEmptyDirectory();
    assertThat(training(config).resume(true).build().train()).isTrue();
    requireSameRun(config);
  }

  /** The ranks must not train on, since nobody could stop them any more. */
  @Test
  @Tag("nightly")
  void aTrainingThatIsInterruptedHasSavedItsState() throws Exception {
    TrainingConfig config =
        TinyTraining.of(20, 400, 5)
            .evalEverySteps(100_000)
            .checkpointEverySteps(null)
            .checkpointEveryMinutes(60.0) // so that only the stop causes one within a stage
            .build();
    FutureTask<Boolean> end = new FutureTask<>(training(config).build()::train);
    Thread thread = new Thread(end, "training");
    thread.start();
    RunStore store = storeWithSnapshot();

    thread.interrupt();

    assertThatThrownBy(end::get).hasCauseInstanceOf(InterruptedException.class);
    assertThat(spark.statusTracker().getActiveJobIds()).isEmpty();
    assertThat(store.newest())
        .get()
        .matches(saved -> saved.step() > 20 && saved.step() < 420, "saved at the stop");
  }

  @Test
  @Tag("nightly")
  void aTrainingThatDivergesIsNotTriedAgain() throws Exception {
    TrainingConfig config = TinyTraining.of(50).lr(1e30).build();

    assertThatThrownBy(() -> training(config).build().train())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("Training stopped at step");
    assertThat(news).noneMatch(line -> line.startsWith("An attempt failed"));
  }

  /** Gradients rounded to bfloat16: the loss stays within 1 % after a dozen updates. */
  @Test
  @Tag("nightly")
  void gradientsInBfloat16TrainAlmostAlike() throws Exception {
    TrainingConfig config = TinyTraining.of(6, 3, 4).build();

    assertThat(training(config).wire(Wire.BF16).build().train()).isTrue();

    double loss = RunSummary.read(directory("spark").evaluation()).getLoss();
    double exact = RunSummary.read(trainedHere(config).evaluation()).getLoss();
    assertThat(loss).isNotEqualTo(exact);
    assertThat(Math.abs(loss - exact)).isLessThan(0.01 * exact);
  }

  /** At the end it would replace the files of the run that is there. */
  @Test
  @SuppressWarnings("try") // the lock is not used in the code
  void aDirectoryOfARunThatIsTrainingIsRefused() throws Exception {
    SparkTraining training = training(TinyTraining.of(2, 2, 2).build()).build();

    try (RunLock other = RunLock.of(directory("spark").path())) {
      assertThatThrownBy(training::train)
          .isInstanceOf(ConfigException.class)
          .hasMessageContaining("another run is writing to");
    }
    assertThat(temporary.resolve("store")).doesNotExist();
  }

  @Test
  void whatCannotBeSharedOutIsRefusedBeforeAnythingRuns() {
    assertThatThrownBy(
            () -> training(TinyTraining.of(4).gradientAccumulationSteps(3).build()).build())
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("a multiple of the number of ranks, 2");
    assertThatThrownBy(() -> training(TinyTraining.of(4).threads(2).build()).build())
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("at most spark.task.cpus, 1");
  }
}
