package io.github.coconut4j.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.coconut4j.bench.BenchShape;
import io.github.coconut4j.bench.BenchSizes;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Costs read off curves of a made-up machine: 1 ms a column, 4 ms a pass, forward half of it. */
class LatentCostTest {

  private static final BenchSizes BASE = BenchShape.TINY.getSizes();

  @Test
  void readsThePriceOfALatentOffTheCurves() {
    List<CurvePoint> points =
        Stream.of(Curve.values())
            .flatMap(curve -> curve.values(BASE).mapToObj(value -> point(curve, value)))
            .toList();

    LatentCost step = LatentCost.of(points).get(1);

    assertThat(step.part()).isEqualTo("step");
    assertThat(step.latent()).isCloseTo(1 + 4, within(1e-9));
    assertThat(step.positionPass()).isCloseTo(4, within(1e-9));
    assertThat(step.token()).isCloseTo(1, within(1e-9));
    assertThat(step.questionPass()).isEqualTo(BASE.getQuestion() + 3 + 4);
    assertThat(LatentCost.of(points).get(0).latent()).isCloseTo(2.5, within(1e-9));
  }

  private static CurvePoint point(Curve curve, int value) {
    BenchSizes sizes = curve.at(BASE, value);
    double step = sizes.columns() + 4 * (sizes.getLatents() + 1);
    return new CurvePoint(
        "tiny", 2, curve, value, sizes.getRows(), sizes.columns(), step / 2, 0, 0, step);
  }
}
