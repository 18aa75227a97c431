package io.github.coconut4j.convert;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.coconut4j.config.ConfigFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Checkpoints of the published implementation have no map of thoughts. */
class CheckpointConversionTest {

  @TempDir private Path directory;

  private AbstractThrowableAssert<?, ?> assertConversion(String training) throws IOException {
    Path checkpoint = Files.writeString(directory.resolve("model.safetensors"), "no tensors");
    CheckpointConversion conversion =
        CheckpointConversion.builder()
            .checkpoint(checkpoint)
            .training(
                ConfigFile.parse("t.yaml", "train_path: t.json\n" + training).toTrainingConfig())
            .build();
    return assertThatThrownBy(conversion::convert);
  }

  /** Some methods project thoughts unless the key says otherwise. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "method: codi",
        "method: simcot\nsimcot_on: codi",
        "method: coconut\nthought_map: scale",
        "method: coconut\nthought_map: projection"
      })
  void aModelWithAnotherMapIsRefused(String training) throws IOException {
    assertConversion(training).hasMessageContaining("needs `thought_map: identity`");
  }

  /** The file is read, and is none. */
  @ParameterizedTest
  @ValueSource(
      strings = {"method: coconut", "method: pccot", "method: codi\nthought_map: identity"})
  void aModelWithoutAMapIsRead(String training) throws IOException {
    assertConversion(training).hasMessageContaining("The header of");
  }
}
