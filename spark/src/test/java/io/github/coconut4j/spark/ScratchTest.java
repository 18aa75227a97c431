package io.github.coconut4j.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkEnv;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.Test;

class ScratchTest {

  /** What an executor does that has lost its driver, before the Java VM ends. */
  @Test
  void theDirectoryIsThereAfterSparkHasDeletedItsBlocks() throws IOException {
    SparkConf conf =
        new SparkConf(false)
            .setMaster("local")
            .setAppName("scratch")
            .set("spark.ui.enabled", "false")
            .set("spark.driver.host", "127.0.0.1")
            .set("spark.driver.bindAddress", "127.0.0.1");
    Path path;
    try (JavaSparkContext spark = new JavaSparkContext(conf);
        Scratch scratch = Scratch.create()) {
      path = scratch.path();
      assertThat(spark.isLocal()).isTrue();

      SparkEnv.get().blockManager().diskBlockManager().stop();

      assertThat(SparkEnv.get().blockManager().diskBlockManager().localDirs()[0]).doesNotExist();
      assertThat(path).isEmptyDirectory();
    }
    assertThat(path).doesNotExist();
  }
}
