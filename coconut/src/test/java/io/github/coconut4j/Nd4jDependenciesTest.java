package io.github.coconut4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.compressors.gzip.GzipCompressorOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.common.util.ArchiveUtils;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.serde.base64.Nd4jBase64;

/** ND4J with newer versions of what it depends on than those that it names. */
class Nd4jDependenciesTest {

  @TempDir private Path directory;

  /** Of commons-net, from 3.11 on, it could not read what it had written. */
  @Test
  void readsItsOwnBase64() throws IOException {
    INDArray array = Nd4j.linspace(0, 1, 100).reshape(10, 10);

    INDArray read = Nd4jBase64.fromBase64(Nd4jBase64.base64String(array));

    assertThat(read.data().asFloat()).isEqualTo(array.data().asFloat());
  }

  @Test
  void unpacksArchives() throws IOException {
    Path archive = directory.resolve("text.tar.gz");
    byte[] text = {'n', 'd', '4', 'j'};
    try (TarArchiveOutputStream tar =
        new TarArchiveOutputStream(
            new GzipCompressorOutputStream(Files.newOutputStream(archive)))) {
      TarArchiveEntry entry = new TarArchiveEntry("text");
      entry.setSize(text.length);
      tar.putArchiveEntry(entry);
      tar.write(text);
      tar.closeArchiveEntry();
    }
    File unpacked = Files.createDirectory(directory.resolve("unpacked")).toFile();

    ArchiveUtils.unzipFileTo(archive.toString(), unpacked.toString());

    assertThat(new File(unpacked, "text")).hasBinaryContent(text);
  }
}
