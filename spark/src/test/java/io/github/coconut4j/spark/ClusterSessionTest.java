package io.github.coconut4j.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.coconut4j.config.ConfigException;
import io.github.coconut4j.train.RunDirectory;
import io.github.coconut4j.train.TrainingRun;
import java.io.IOException;
import java.nio.file.Path;
import org.apache.spark.SparkConf;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ClusterSessionTest {

  @TempDir private Path temporary;

  @AfterEach
  void clear() {
    System.clearProperty("spark.master");
  }

  /** What spark-submit was given is a property of the driver's process. */
  @Test
  void sparkSubmitAndTheOptionNeedOneMaster() {
    System.setProperty("spark.master", "spark://h:7077");

    assertThat(ClusterSession.conf("spark://h:7077", "x").get("spark.master"))
        .isEqualTo("spark://h:7077");
    assertThatThrownBy(() -> ClusterSession.conf("spark://other:7077", "x"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("Give both the same.");
  }

  /** As {@code spark-submit} does with an address that has none. */
  @ParameterizedTest
  @CsvSource({
    "k8s://h:6443, k8s://https://h:6443",
    "k8s://https://h:6443, k8s://https://h:6443",
    "k8s://http://h:8080, k8s://http://h:8080",
    "spark://h:7077, spark://h:7077",
    "yarn, yarn"
  })
  void anAddressOfKubernetesHasAProtocol(String given, String expected) {
    assertThat(ClusterSession.withProtocol(given)).isEqualTo(expected);
  }

  /** Hadoop does not decode the escapes of a URI that is given as text. */
  @Test
  void theDefaultStoreIsInTheDirectoryWhateverItsName() throws IOException {
    Path directory = temporary.resolve("a run of 100 %");

    String store = ClusterSession.store(new SparkConf(false), directory, true);

    assertThat(Path.of(new org.apache.hadoop.fs.Path(store).toUri().getPath()).getParent())
        .isEqualTo(directory.resolve("store"));
  }

  /** The run that was there may be ahead, and the new one would continue from it. */
  @Test
  void aRunThatIsReplacedWithoutTheClusterLosesItsStore() throws IOException {
    SparkConf conf = new SparkConf(false);
    String before = ClusterSession.store(conf, temporary, true);

    trainHere(true);
    assertThat(ClusterSession.store(conf, temporary, false)).isEqualTo(before);
    trainHere(false);
    assertThat(ClusterSession.store(conf, temporary, false)).isNotEqualTo(before);
  }

  private void trainHere(boolean resume) throws IOException {
    try (TrainingRun run =
        TrainingRun.builder()
            .config(TinyTraining.of(1).valPath(null).build())
            .directory(new RunDirectory(temporary))
            .resume(resume)
            .build()) {
      run.train();
    }
  }

  /** The executors' default file system may be another than the driver's. */
  @ParameterizedTest
  @ValueSource(strings = {"hdfs:///shared", "hdfs://127.0.0.1:9/shared", "/shared"})
  void theStoreNamesItsFileSystem(String folder) throws IOException {
    SparkConf conf =
        new SparkConf(false)
            .set("spark.hadoop.fs.defaultFS", "hdfs://127.0.0.1:9")
            .set(SparkSettings.STORE, folder);

    String store = ClusterSession.store(conf, temporary, true);

    assertThat(store).startsWith("hdfs://127.0.0.1:9/shared/");
    assertThat(ClusterSession.store(conf, temporary, false)).isEqualTo(store);
  }
}
