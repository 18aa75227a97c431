package io.github.coconut4j.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** A store on local disks. */
class RunStoreTest extends RunStoreContract {

  @Override
  String folder() {
    return temporary.resolve("store").toUri().toString();
  }

  private Path directory(SnapshotName name) {
    return temporary.resolve("store").resolve(name.toString());
  }

  /** The sums have the format and values of the command {@code sha256sum}. */
  @Test
  void sumsAreThoseOfTheCommand() throws Exception {
    Process check =
        new ProcessBuilder("sha256sum", "--check", "--strict", "SHA256SUMS")
            .directory(directory(publish(1)).toFile())
            .redirectErrorStream(true)
            .start();
    String output = new String(check.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

    assertThat(check.waitFor()).as(output).isZero();
    assertThat(output).contains("checkpoints/step-1/weights: OK", "metrics.jsonl: OK");
  }

  /** Hadoop's own checksums of local files detect it first. */
  @Test
  void damageThatHadoopFindsIsPassedOverToo() throws IOException {
    SnapshotName whole = publish(1);
    Files.writeString(directory(publish(2)).resolve(METRICS), "mettics");

    assertThat(store().newest()).contains(whole);
  }
}
