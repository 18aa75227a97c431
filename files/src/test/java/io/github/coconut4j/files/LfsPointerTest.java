package io.github.coconut4j.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LfsPointerTest {

  private static final String POINTER =
      "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 548105171\n";

  @Test
  void knowsAPointer() {
    assertThat(LfsPointer.begins(POINTER)).isTrue();
    assertThat(LfsPointer.begins(POINTER.getBytes(StandardCharsets.UTF_8))).isTrue();
    for (String other : new String[] {"", "version 1", POINTER.substring(1), "{}"}) {
      assertThat(LfsPointer.begins(other)).isFalse();
      assertThat(LfsPointer.begins(other.getBytes(StandardCharsets.UTF_8))).isFalse();
    }
  }

  @Test
  void refusesAPointerAlone(@TempDir Path directory) throws IOException {
    Path pointer = Files.writeString(directory.resolve("pointer"), POINTER);
    Path model = Files.writeString(directory.resolve("model"), "version");

    assertThatThrownBy(() -> LfsPointer.refuse(pointer, IllegalArgumentException::new))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll(pointer.toString(), "git-lfs pointer", "git lfs pull");
    assertThatCode(() -> LfsPointer.refuse(model, IllegalArgumentException::new))
        .doesNotThrowAnyException();
  }
}
