package io.github.coconut4j.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.train.RunDirectory;
import io.github.coconut4j.train.TrainingRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;

/** A store on a real HDFS, whose daemons are processes; needs {@code mvn -Pnightly}. */
@Tag("nightly")
@Timeout(900)
@EnabledIf(
    value = "io.github.coconut4j.spark.Hdfs#isHere",
    disabledReason = "HDFS is brought by the profile nightly")
class HdfsStoreTest extends RunStoreContract {

  @TempDir private static Path disk;
  private static Hdfs hdfs;

  private final String folder = hdfs.uri() + "/" + UUID.randomUUID();

  @BeforeAll
  static void start() throws Exception {
    hdfs = Hdfs.start(disk.resolve("hdfs"));
  }

  @AfterAll
  static void stop() {
    if (hdfs != null) {
      hdfs.close();
    }
  }

  @Override
  String folder() {
    return folder;
  }

  /** HDFS has its own checksums, and here no second replica. */
  @Test
  void aBlockThatIsDamagedOnItsDiskIsPassedOver() throws IOException {
    SnapshotName whole = publish(1);
    String content = UUID.randomUUID().toString();
    write("weights", content);
    publish(2);
    List<Path> blocks = hdfs.blocks(content);
    assertThat(blocks).hasSize(1);
    Files.writeString(blocks.get(0), content.replace('-', '+'));

    assertThat(store().newest()).contains(whole);
    assertThat(fetchedWeights()).isEqualTo("weights");
  }

  /** If the store were taken for empty, training would start over. */
  @Test
  void aStoreWhoseDataNodeIsGoneIsNotEmpty() throws Exception {
    SnapshotName whole = publish(1);

    hdfs.killDataNode();
    assertThatThrownBy(() -> store().newest()).isInstanceOf(IOException.class);

    hdfs.startDataNode();
    hdfs.awaitStoring();
    assertThat(store().newest()).contains(whole);
  }

  @Test
  void aTrainingThatIsStoppedGoesOnFromHdfsToTheSameModel() throws Exception {
    TrainingConfig config = TinyTraining.of(20, 200, 5).checkpointEverySteps(20).build();
    SparkTraining training = training(config, "spark").build();
    FutureTask<Boolean> end = new FutureTask<>(training::train);
    new Thread(end, "training").start();
    RunStore run = new RunStore(folder + "/run", LocalCluster.shared().hadoopConfiguration());
    while (run.newest().isEmpty()) {
      Thread.sleep(50);
    }
    training.requestStop();
    assertThat(end.get()).isFalse();

    assertThat(training(config, "elsewhere").resume(true).build().train()).isTrue();

    RunDirectory here = new RunDirectory(temporary.resolve("here"));
    try (TrainingRun alone = TrainingRun.builder().config(config).directory(here).build()) {
      alone.train();
    }
    assertThat(temporary.resolve("elsewhere/model/model.safetensors"))
        .hasSameBinaryContentAs(here.model().resolve("model.safetensors"));
  }

  private SparkTraining.SparkTrainingBuilder training(TrainingConfig config, String directory)
      throws IOException {
    return SparkTraining.builder()
        .spark(LocalCluster.shared())
        .config(config)
        .directory(new RunDirectory(temporary.resolve(directory)))
        .store(folder);
  }
}
