package io.github.coconut4j.bench;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.coconut4j.model.Precision;
import io.github.coconut4j.model.latent.LatentLoops;
import org.junit.jupiter.api.Test;

class BenchmarkTest {

  /** 1,235,814,400 parameters, their gradients and two moments. */
  @Test
  void aShapeThatCannotFitIsRefusedWithItsFigures() {
    BenchShape shape = BenchShape.LLAMA_1B;
    Benchmark benchmark = new Benchmark(shape, null, LatentLoops.AUTO, Precision.FLOAT32, 0, 1);

    assertThatThrownBy(() -> benchmark.requireRoom(shape.getSizes().config(), 16L << 30))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("llama-1b", "at least 18.4 GiB", "may use 16.0 GiB");
    assertThatCode(() -> benchmark.requireRoom(shape.getSizes().config(), 20L << 30))
        .doesNotThrowAnyException();
  }

  @Test
  void rowsThatCannotFitAreRefused() {
    BenchShape shape = BenchShape.TINY;
    Benchmark many =
        new Benchmark(shape, Integer.MAX_VALUE, LatentLoops.AUTO, Precision.FLOAT32, 0, 1);

    assertThatThrownBy(() -> many.requireRoom(shape.getSizes().config(), 1L << 40))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("2147483647 rows", "may use 1024.0 GiB", "fewer --rows");
  }
}
