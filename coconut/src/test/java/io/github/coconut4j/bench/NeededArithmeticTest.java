package io.github.coconut4j.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.coconut4j.model.Architecture;
import io.github.coconut4j.model.ParameterLayout;
import io.github.coconut4j.model.ParameterLayout.Role;
import io.github.coconut4j.model.RotaryPositions;
import io.github.coconut4j.model.TransformerConfig;
import java.util.Arrays;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The count of a step's arithmetic against a count by hand and one position by position. */
class NeededArithmeticTest {

  private static final Set<Role> OTHERS =
      Set.of(
          Role.QUERY,
          Role.ATTENTION_OUTPUT,
          Role.FEED_FORWARD_GATE,
          Role.FEED_FORWARD_UP,
          Role.FEED_FORWARD_DOWN);

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
    NeededArithmetic arithmetic = new NeededArithmetic(new BenchSizes(gpt2(), 1, 1, 1, 1, 1));
    assertThat(arithmetic.forwardMultiplications()).isEqualTo(192 + 40 + 32 + 80 + 24 + 10);
    assertThat(arithmetic.trainingOperations()).isEqualTo(6 * 378);
  }

  private static TransformerConfig gpt2() {
    return TransformerConfig.builder()
        .vocabSize(5)
        .nPositions(1)
        .nEmbd(2)
        .nLayer(2)
        .nHead(1)
        .build();
  }

  /**
   * The same row with 3 heads of 2 queries, 1 of keys and values, and a gated feed-forward of 7: q
   * = 6, k = 2.
   *
   * <pre>
   * first layer: 4 columns · (2 d q + 2 d k + 3 d f) = 4 · (24 + 8 + 42);  10 keys · 2 q = 120
   * last layer:  4 columns · 2 d k = 32;  2 columns · (2 d q + 3 d f) = 132;  6 keys · 2 q = 72
   * logits:      1 label · d · V = 10
   * </pre>
   */
  @Test
  void countsGroupedHeadsAndTheGate() {
    TransformerConfig llama =
        gpt2().toBuilder()
            .architecture(Architecture.LLAMA)
            .nHead(3)
            .nKvHead(1)
            .headDim(2)
            .nInner(7)
            .rotary(RotaryPositions.of(10_000))
            .build();

    assertThat(new NeededArithmetic(new BenchSizes(llama, 1, 1, 1, 1, 1)).forwardMultiplications())
        .isEqualTo(296 + 120 + 32 + 132 + 72 + 10);
  }

  @ParameterizedTest
  @EnumSource
  void agreesWithACountPositionByPosition(BenchShape shape) {
    BenchSizes sizes = shape.getSizes();
    int[] labels = BenchBatches.training(sizes).getLabels().getRow(0).toIntVector();
    int[] latents = BenchBatches.training(sizes).getLatentMask().getRow(0).toIntVector();
    TransformerConfig config = sizes.config();
    // What a column costs is what its matrices hold.
    long keys = columnProducts(config, Set.of(Role.KEY, Role.VALUE), Role.QUERY_KEY_VALUE, 2);
    long others = columnProducts(config, OTHERS, Role.QUERY_KEY_VALUE, 1);
    long row = 0;
    for (int layer = 0; layer < config.getNLayer(); layer++) {
      for (int column = 0; column + 1 < labels.length; column++) {
        boolean used = labels[column + 1] >= 0 || latents[column + 1] == 1;
        row += keys;
        if (layer < config.getNLayer() - 1 || used) {
          row += others + 2L * config.getNHead() * config.headSize() * (column + 1);
        }
      }
    }
    row +=
        Arrays.stream(labels).filter(label -> label >= 0).count()
            * config.getNEmbd()
            * config.getVocabSize();
    assertThat(new NeededArithmetic(sizes).forwardMultiplications())
        .isEqualTo(row * sizes.getRows());
  }

  /** Sizes of a layer's matrices of some roles, and some thirds of GPT-2's packed one. */
  private static long columnProducts(
      TransformerConfig config, Set<Role> roles, Role packed, int thirds) {
    return (long)
        ParameterLayout.of(config).parameters().stream()
            .filter(parameter -> parameter.layer() == 0 && !parameter.bias())
            .mapToDouble(
                parameter ->
                    parameter.role() == packed
                        ? parameter.size() / 3 * thirds
                        : roles.contains(parameter.role()) ? parameter.size() : 0)
            .sum();
  }
}
