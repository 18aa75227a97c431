package io.github.coconut4j.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.report.RunSummary;
import io.github.coconut4j.train.RunDirectory;
import io.github.coconut4j.tuning.Search;
import io.github.coconut4j.tuning.SearchFile;
import io.github.coconut4j.tuning.TinySearch;
import io.github.coconut4j.tuning.candidate.CandidateException;
import io.github.coconut4j.tuning.candidate.CandidateJob;
import io.github.coconut4j.tuning.candidate.CandidateTrainer;
import io.github.coconut4j.tuning.candidate.InProcessTrainer;
import io.github.coconut4j.tuning.record.CandidateRecord;
import io.github.coconut4j.tuning.record.SearchDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerTaskStart;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Searches on executors in separate processes, compared with searches in this process. */
@Timeout(900)
class SparkCandidateTrainerTest {

  private static final String HALVED =
      "{candidates: 4, seed: 7, parallel: 2, halving: {factor: 2, min_share: 0.5},"
          + " space: {lr: {log_uniform: [0.001, 0.01]}}}";

  private static JavaSparkContext spark;

  @TempDir private Path temporary;

  @BeforeAll
  static void start() throws IOException {
    spark = LocalCluster.shared();
  }

  private SparkCandidateTrainer trainer() {
    return SparkCandidateTrainer.builder()
        .spark(spark)
        .store(temporary.resolve("store").toUri().toString())
        .searched(List.of("lr"))
        .build();
  }

  private static List<String> lines(SearchFile file, Path directory, CandidateTrainer trainer)
      throws IOException {
    try (Search search =
        Search.builder()
            .file(file)
            .directory(new SearchDirectory(directory))
            .trainer(trainer)
            .build()) {
      search.run();
      return search.candidates().stream()
          .sorted(Comparator.comparingInt(CandidateRecord::getCandidate))
          .map(one -> one.toBuilder().seconds(0).finished(null).build().toString())
          .toList();
    }
  }

  @Test
  void aHalvedSearchIsTheLocalOneLineByLine() throws IOException {
    SearchFile file = SearchFile.parse("test", TinySearch.yaml(HALVED), 1);
    List<String> local = lines(file, temporary.resolve("local"), new InProcessTrainer());
    List<String> remote;
    try (SparkCandidateTrainer trainer = trainer()) {
      remote = lines(file, temporary.resolve("spark"), trainer);
    }

    assertThat(remote).hasSize(4).isEqualTo(local);
    for (int candidate = 0; candidate < 4; candidate++) {
      Path model = Path.of("candidates", candidate + "", "model", "model.safetensors");
      assertThat(temporary.resolve("spark").resolve(model))
          .hasSameBinaryContentAs(temporary.resolve("local").resolve(model));
    }
  }

  private CandidateJob job(String name, TrainingConfig config) {
    return CandidateJob.builder()
        .config(config)
        .directory(new RunDirectory(temporary.resolve(name)))
        .build();
  }

  private static TrainingConfig config(String stageSteps) {
    return SearchFile.parse(
            "test", TinySearch.yaml("{candidates: 1, space: {lr: {fixed: 0.005}}}", stageSteps), 1)
        .getSpace()
        .getValue(new double[0]);
  }

  /** Long enough to be interrupted. */
  private static TrainingConfig longer() {
    return config("[60, 60, 60]");
  }

  private byte[] modelTrainedHere(TrainingConfig config) throws Exception {
    CandidateJob local = job("local", config);
    new InProcessTrainer().train(local);
    return model(local);
  }

  private static byte[] model(CandidateJob job) throws IOException {
    return Files.readAllBytes(job.getDirectory().model().resolve("model.safetensors"));
  }

  private FutureTask<RunSummary> train(CandidateTrainer trainer, CandidateJob job) {
    return new FutureTask<>(() -> trainer.train(job));
  }

  private static Thread started(FutureTask<?> training) {
    Thread thread = new Thread(training, "search");
    thread.start();
    return thread;
  }

  @Test
  @Tag("nightly")
  @EnabledOnOs(OS.LINUX)
  void aCandidateWhoseExecutorIsKilledGoesOnElsewhereToTheSameModel() throws Exception {
    LocalCluster.NewestTask task = new LocalCluster.NewestTask();
    spark.sc().addSparkListener(task);
    CandidateJob remote = job("spark", longer());
    FutureTask<RunSummary> training = train(trainer(), remote);
    started(training);
    awaitSnapshot(remote);

    task.kill();

    assertThat(training.get().getUpdates()).isEqualTo(180);
    assertThat(model(remote)).isEqualTo(modelTrainedHere(longer()));
    spark.sc().removeSparkListener(task);
  }

  private void awaitSnapshot(CandidateJob job) throws IOException, InterruptedException {
    while (snapshot(job).isEmpty()) {
      Thread.sleep(20);
    }
  }

  private Optional<SnapshotName> snapshot(CandidateJob job) throws IOException {
    Path folder =
        temporary.resolve("store/candidates").resolve(job.getDirectory().path().getFileName());
    return new RunStore(folder.toUri().toString(), spark.hadoopConfiguration()).newest();
  }

  private static TrainingConfig savedAtStagesAlone() {
    return config("[30, 300, 5]").toBuilder()
        .checkpointEverySteps(null)
        .checkpointEveryMinutes(60.0)
        .build();
  }

  /** The signal is sent to the executor, not to the command. */
  @Test
  @Tag("nightly")
  @EnabledOnOs(OS.LINUX)
  void anExecutorThatIsToldToEndSavesItsCandidateWhichGoesOnElsewhere() throws Exception {
    LocalCluster.NewestTask task = new LocalCluster.NewestTask();
    spark.sc().addSparkListener(task);
    CandidateJob remote = job("spark", savedAtStagesAlone());
    FutureTask<RunSummary> training = train(trainer(), remote);
    started(training);
    awaitSnapshot(remote);

    task.terminate();

    boolean saved = false;
    while (!training.isDone()) {
      saved |= snapshot(remote).filter(newest -> isWithinTheSecondStage(newest)).isPresent();
      Thread.sleep(20);
    }
    assertThat(training.get().getUpdates()).isEqualTo(335);
    assertThat(saved).as("saved within the second stage").isTrue();
    assertThat(model(remote)).isEqualTo(modelTrainedHere(savedAtStagesAlone()));
    spark.sc().removeSparkListener(task);
  }

  private static boolean isWithinTheSecondStage(SnapshotName saved) {
    return saved.step() > 30 && saved.step() < 330;
  }

  @Test
  @Tag("nightly")
  void aCandidateThatIsStoppedHasSavedItsStateAndGoesOnToTheSameModel() throws Exception {
    CandidateJob remote = job("spark", savedAtStagesAlone());
    FutureTask<RunSummary> training = train(trainer(), remote);
    Thread search = started(training);
    awaitSnapshot(remote);

    search.interrupt();

    assertThatThrownBy(training::get).hasCauseInstanceOf(InterruptedException.class);
    assertThat(snapshot(remote))
        .get()
        .matches(SparkCandidateTrainerTest::isWithinTheSecondStage, "within the second stage");
    assertThat(trainer().train(remote).getUpdates()).isEqualTo(335);
    assertThat(model(remote)).isEqualTo(modelTrainedHere(savedAtStagesAlone()));
  }

  @Test
  void aCandidateThatDivergesIsTriedOnce() throws IOException {
    AtomicInteger tasks = new AtomicInteger();
    SparkListener counter =
        new SparkListener() {
          @Override
          public void onTaskStart(SparkListenerTaskStart start) {
            tasks.incrementAndGet();
          }
        };
    spark.sc().addSparkListener(counter);
    CandidateJob diverging = job("spark", config("[4]").toBuilder().lr(1e30).build());

    assertThatThrownBy(() -> trainer().train(diverging))
        .isInstanceOf(CandidateException.class)
        .hasMessageContaining("Training stopped at step");
    assertThat(tasks).hasValue(1);
    spark.sc().removeSparkListener(counter);
  }

  @Test
  void problemsInAFileReachExecutorsThatDoNotSeeIt() throws Exception {
    Path file = temporary.resolve("problems+more.json");
    Files.copy(Path.of("../data/src/test/resources/prosqa/prosqa_valid.json"), file);
    TrainingConfig config =
        config("[2]").toBuilder().nPositions(512).trainPath(file + "+prosqa:4:1").build();

    CandidateJob remote = job("spark", config);
    assertThat(trainer().train(remote).getUpdates()).isEqualTo(2);
    assertThat(model(remote)).isEqualTo(modelTrainedHere(config));
  }
}
