package io.github.coconut4j.files;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PickleFileTest {

  @ParameterizedTest
  @ValueSource(
      strings = {"pytorch_model.bin", "last.ckpt", "runs/model.pkl", "a.pt", "checkpoint_1.pth"})
  void namesOfPicklesAreRecognised(String name) {
    assertThat(PickleFile.is(name)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"model.safetensors", "checkpoint_50", "a.pt/model", "bin", ""})
  void othersAreNot(String name) {
    assertThat(PickleFile.is(name)).isFalse();
  }
}
