package io.github.coconut4j.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The count of a step's arithmetic against a count by hand and one cell by cell. */
class NeededArithmeticTest {

  /**
   * One row [question, start, latent, end, label] with d = 2, V = 5: four columns are read; the
   * states of columns 1, before the latent, and 3, before the label, are used.
   *
   * <pre>
   * first layer: 4 columns · 12 d² = 192;  1 + 2 + 3 + 4 keys · 2 d = 40
   * last layer:  4 columns ·  2 d² =  32;  2 columns · 10 d² = 80;  2 + 4 keys · 2 d = 24
   * logits:      1 label · d · V   =  10
   * </pre>
   */
  @Test
  void agreesWithACountByHand() {
    NeededArithmetic arithmetic = new NeededArithmetic(new BenchSizes(2, 2, 1, 5, 1, 1, 1, 1, 1));
    assertThat(arithmetic.forwardMultiplications()).isEqualTo(192 + 40 + 32 + 80 + 24 + 10);
    assertThat(arithmetic.trainingOperations()).isEqualTo(6 * 378);
  }

  @ParameterizedTest
  @EnumSource
  void agreesWithACountCellByCell(BenchShape shape) {
    BenchSizes sizes = shape.getSizes();
    int[] labels = BenchBatches.training(sizes).getLabels().getRow(0).toIntVector();
    int[] latents = BenchBatches.training(sizes).getLatentMask().getRow(0).toIntVector();
    long width = sizes.getWidth();
    long row = 0;
    for (int layer = 0; layer < sizes.getLayers(); layer++) {
      for (int column = 0; column + 1 < labels.length; column++) {
        boolean used = labels[column + 1] >= 0 || latents[column + 1] == 1;
        row += 2 * width * width;
        if (layer < sizes.getLayers() - 1 || used) {
          row += 10 * width * width + 2 * width * (column + 1);
        }
      }
    }
    row +=
        Arrays.stream(labels).filter(label -> label >= 0).count() * width * sizes.getVocabulary();
    assertThat(new NeededArithmetic(sizes).forwardMultiplications())
        .isEqualTo(row * sizes.getRows());
  }
}
