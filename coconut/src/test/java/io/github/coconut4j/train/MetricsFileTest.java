package io.github.coconut4j.train;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.coconut4j.data.NotUtf8Exception;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MetricsFileTest {

  @TempDir private Path directory;

  @Test
  void aDamagedFileThatIsAppendedToIsNamed() throws IOException {
    Path file = directory.resolve("metrics.jsonl");
    Files.write(file, new byte[] {'{', '}', '\n', (byte) 0xff, '\n'});

    assertThatThrownBy(() -> MetricsFile.append(file))
        .isInstanceOf(NotUtf8Exception.class)
        .hasMessageContainingAll(file.toString(), "the byte FF at offset 3");
  }
}
