package io.github.coconut4j.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.coconut4j.train.RunDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunFilesTest {

  @TempDir private Path temporary;
  private RunDirectory run;
  private RunStore store;

  @BeforeEach
  void create() throws IOException {
    run = new RunDirectory(temporary.resolve("run"));
    store = new RunStore(temporary.resolve("store").toUri().toString(), new Configuration());
    Path checkpoint = Files.createDirectories(run.checkpoints().resolve("step-3"));
    Files.writeString(checkpoint.resolve("weights"), "weights");
    Files.writeString(run.config(), "config");
  }

  @Test
  void theNewestCheckpointIsPublishedWithItsConfiguration() throws IOException {
    Path there = temporary.resolve("there");

    assertThat(new RunFiles(run).publishNewest(store)).isEqualTo(store.fetchNewest(there));

    assertThat(there.resolve("checkpoints/step-3/weights")).hasContent("weights");
    assertThat(there.resolve("config.yaml")).hasContent("config");
  }

  /** As where the directory is being deleted meanwhile. */
  @Test
  void aRunThatLacksItsConfigurationIsNotPublished() throws IOException {
    Files.delete(run.config());

    assertThatThrownBy(() -> new RunFiles(run).publishNewest(store))
        .isInstanceOf(NoSuchFileException.class)
        .hasMessageContaining("config.yaml");
    assertThat(store.newest()).isEmpty();
  }
}
