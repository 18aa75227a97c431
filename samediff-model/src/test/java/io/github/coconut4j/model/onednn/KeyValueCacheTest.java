package io.github.coconut4j.model.onednn;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.coconut4j.model.Precision;
import io.github.coconut4j.model.loop.Matrix;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.javacpp.Loader;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Keys and values are written to native memory, which has no bounds of its own. */
class KeyValueCacheTest {

  private static final int HEADS = 2;
  private static final int HEAD_SIZE = 4;

  @BeforeAll
  static void load() {
    Loader.load(dnnl.class);
  }

  @Test
  void noTimeStepIsStoredBeyondTheRoom() {
    int steps = AttentionBlocks.KEY_STEP + 1;
    try (OneDnnOperations operations = new OneDnnOperations(Precision.FLOAT32);
        KeyValueCache cache = new KeyValueCache(operations, HEADS, HEAD_SIZE);
        NativeFloats rows = new NativeFloats()) {
      int width = HEADS * HEAD_SIZE;
      Matrix given = Matrix.dense(rows.requireZeroed((long) steps * width), steps, width);
      cache.start(1, AttentionBlocks.KEY_STEP, false);
      cache.store(0, AttentionBlocks.KEY_STEP - 1, given, given);

      assertThatThrownBy(() -> cache.store(AttentionBlocks.KEY_STEP - 1, steps, given, given))
          .isExactlyInstanceOf(IllegalStateException.class)
          .hasMessageContaining("33 steps and room for 32");
      assertThatCode(
              () ->
                  cache.store(AttentionBlocks.KEY_STEP - 1, AttentionBlocks.KEY_STEP, given, given))
          .doesNotThrowAnyException();
    }
  }
}
