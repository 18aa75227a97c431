package io.github.coconut4j.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import org.apache.spark.SparkEnv;
import org.junit.jupiter.api.Test;

class ScratchTest {

  /**
   * An executor that has lost its driver deletes its directories for blocks before its training
   * saves its state.
   */
  @Test
  void theDirectoryIsInNoneThatSparkDeletesWithItsBlocks() throws IOException {
    LocalCluster.shared();
    File[] blocks = SparkEnv.get().blockManager().diskBlockManager().localDirs();
    Path path;
    try (Scratch scratch = Scratch.create()) {
      path = scratch.path();

      assertThat(path).isEmptyDirectory();
      assertThat(blocks).isNotEmpty().noneMatch(folder -> path.startsWith(folder.toPath()));
      assertThat(path.getParent()).isEqualTo(blocks[0].toPath().getParent());
    }
    assertThat(path).doesNotExist();
  }
}
