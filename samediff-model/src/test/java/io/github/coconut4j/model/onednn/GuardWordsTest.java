package io.github.coconut4j.model.onednn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a kernel writes outside its buffer is reported; the tests of this module run so. */
class GuardWordsTest {

  @Test
  void theTestsRunWithGuardWordsAndFilledMemory() {
    assertThat(GuardWords.ON).isTrue();
    assertThat(System.getenv("MALLOC_PERTURB_")).isEqualTo("165");
  }

  @ParameterizedTest
  @ValueSource(ints = {-16, -1, 5, 20})
  void aWordWrittenOverIsReportedWithTheBuffersSize(int index) {
    NativeFloats floats = new NativeFloats();
    write(floats.require(5), index);

    assertThatThrownBy(floats::close)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContainingAll(
            "outside a buffer of 20 bytes",
            index < 0 ? -index * 4 + " bytes before" : (index - 5) * 4 + " bytes after");
    floats.close();
  }

  @Test
  void growthReportsIt() {
    try (NativeFloats floats = new NativeFloats()) {
      write(floats.require(5), 5);

      assertThatThrownBy(() -> floats.require(6)).isInstanceOf(IllegalStateException.class);
      floats.require(6);
    }
  }

  @Test
  void newMemoryIsNoNumber() {
    try (NativeFloats floats = new NativeFloats()) {
      FloatAddress pointer = new FloatAddress().at(floats.require(5));
      for (int i = 0; i < 5; i++) {
        assertThat(pointer.get(i)).isNaN();
        write(pointer.address(), i);
      }
    }
  }

  private static void write(long start, int index) {
    new FloatAddress().at(start + (long) index * Float.BYTES).put(1.5f);
  }
}
