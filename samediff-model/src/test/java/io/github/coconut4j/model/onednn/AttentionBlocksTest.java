package io.github.coconut4j.model.onednn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.coconut4j.model.loop.Layouts;
import io.github.coconut4j.model.loop.WorkerLayout;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.javacpp.Loader;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Masks grow with the square of a prompt's length, and have to stop somewhere. */
class AttentionBlocksTest {

  private static WorkerLayout layout(int steps) {
    return new WorkerLayout(Layouts.of("t".repeat(steps - 1) + "y"));
  }

  @BeforeAll
  static void load() {
    Loader.load(dnnl.class);
  }

  @Test
  void masksThatAreTooLargeAreRefusedAndOthersMadeAfterwards() {
    try (AttentionBlocks blocks = new AttentionBlocks(2, 1, 2100)) {
      assertThatThrownBy(() -> blocks.start(layout(70)))
          .isExactlyInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("1 sequences of 70 positions must have at most 2100 values")
          .hasMessageContaining("Use shorter sequences");

      WorkerLayout small = layout(33);
      blocks.start(small);
      assertThat(blocks.of(small.passes().get(0), false)).isNotEmpty();
    }
  }
}
