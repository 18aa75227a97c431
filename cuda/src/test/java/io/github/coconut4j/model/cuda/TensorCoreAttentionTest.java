package io.github.coconut4j.model.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.coconut4j.model.Precision;
import io.github.coconut4j.model.latent.LatentBatch;
import io.github.coconut4j.model.loop.AttentionShape;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Compares attention on tensor cores, in bfloat16, with the kernels of one warp per query, in
 * float32, on the same inputs. They differ by the rounding of probabilities and dS, 2^-9.
 */
@OnCudaShim
class TensorCoreAttentionTest {

  private static final int ORDERS = 5;

  /** The scale of the scores gives keys very different weights. */
  private static AttentionShape shape(int heads, int keyValueHeads, int headSize) {
    return new AttentionShape(heads, keyValueHeads, headSize, 0.2f);
  }

  static Stream<Arguments> cases() {
    return Stream.of(
        Arguments.of("Tiles32", shape(2, 1, 16), AttentionRun.LONG, 0.2, false),
        Arguments.of("Tiles32", shape(2, 2, 32), AttentionRun.SHORT, 0, false),
        Arguments.of("Tiles32", shape(2, 1, 16), AttentionRun.CONTINUED, 0.2, false),
        Arguments.of("Tiles64", shape(2, 2, 64), AttentionRun.CONTINUED, 0, true),
        Arguments.of("Tiles64", shape(2, 1, 48), AttentionRun.SHORT, 0, true),
        Arguments.of("Tiles64", shape(2, 2, 64), AttentionRun.LONG, 0, true),
        Arguments.of("Tiles128", shape(2, 1, 128), AttentionRun.SHORT, 0.3, false),
        Arguments.of("Tiles128", shape(1, 1, 80), AttentionRun.LONG, 0.1, true));
  }

  @AfterEach
  void restoreOrder() {
    CudaShim.load().shim_order(0);
    CudaShim.load().shim_find_races(0);
  }

  @ParameterizedTest(name = "{0}, {1}, dropout {3}, only queried {4}")
  @MethodSource("cases")
  void agreesWithTheOneWarpKernelsWithinRounding(
      String kernels,
      AttentionShape shape,
      LatentBatch batch,
      double dropout,
      boolean queriedOnly) {
    CudaShim.Driver driver = CudaShim.load();
    Map<String, float[]> expected =
        new AttentionRun(shape, batch, dropout, queriedOnly).run(Precision.FLOAT32);
    driver.shim_clear_log();
    Map<String, float[]> actual =
        new AttentionRun(shape, batch, dropout, queriedOnly).run(Precision.BF16);

    assertThat(driver.shim_log().lines())
        .contains(
            "launch attend" + kernels,
            "launch attentionStatistics" + kernels,
            "launch attentionQueryGradients" + kernels,
            "launch attentionKeyGradients" + kernels)
        .anyMatch(line -> line.matches("launch attend[1248]")); // passes of one column
    assertThat(actual.keySet()).isEqualTo(expected.keySet());
    actual.forEach(
        (name, values) ->
            assertThat(DeviceCheck.difference(values, expected.get(name)))
                .as(name)
                .isLessThan(AttentionRun.ROUNDING));
    assertThat(actual.get("output of pass 0")).isNotEqualTo(expected.get("output of pass 0"));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void theBitsAreTheSameInEveryOrder(boolean queriedOnly) {
    Map<String, float[]> first = null;
    for (int order = 0; order < ORDERS; order++) {
      CudaShim.load().shim_order(order);
      CudaShim.load().shim_find_races(order == 0 ? 1 : 0);
      Map<String, float[]> values =
          new AttentionRun(shape(2, 1, 48), AttentionRun.SHORT, 0.2, queriedOnly)
              .run(Precision.BF16);
      first = first == null ? values : first;
      for (Map.Entry<String, float[]> each : first.entrySet()) {
        assertThat(values.get(each.getKey()))
            .as("%s in order %d", each.getKey(), order)
            .containsExactly(each.getValue());
      }
    }
  }

  /** Heads that are no multiple of 16 values, or larger than 128, and short passes. */
  @ParameterizedTest
  @ValueSource(ints = {8, 24, 72, 144})
  void otherHeadsUseTheOneWarpKernels(int headSize) {
    CudaShim.Driver driver = CudaShim.load();
    AttentionShape shape = shape(1, 1, headSize);
    Map<String, float[]> expected =
        new AttentionRun(shape, AttentionRun.SHORT, 0, false).run(Precision.FLOAT32);
    driver.shim_clear_log();
    Map<String, float[]> actual =
        new AttentionRun(shape, AttentionRun.SHORT, 0, false).run(Precision.BF16);
    List<String> log = driver.shim_log().lines().toList();

    assertThat(log).noneMatch(line -> line.contains("Tiles"));
    expected.forEach((name, values) -> assertThat(actual.get(name)).containsExactly(values));
  }
}
