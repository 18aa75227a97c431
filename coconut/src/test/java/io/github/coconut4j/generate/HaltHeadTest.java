package io.github.coconut4j.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A stop signal's file can be read whatever its numbers are. */
class HaltHeadTest {

  @TempDir private Path directory;

  @Test
  void theSmallestThresholdStaysAboveZero() throws IOException {
    new HaltHead(new double[] {1, -2}, 3, 1e-50).write(directory);

    assertThat(HaltHead.read(directory, 2).getThreshold()).isEqualTo(Float.MIN_VALUE);
  }

  @Test
  void numbersThatAreInfiniteInTheFileAreRefused() {
    assertThatThrownBy(() -> new HaltHead(new double[] {1e300}, 0, 0.5))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("1.0E300");
    assertThatThrownBy(() -> new HaltHead(new double[] {1}, -1e39, 0.5))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("-1.0E39");
  }
}
