package io.github.coconut4j.model.onednn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.coconut4j.model.backend.CompiledOperations;
import org.bytedeco.javacpp.FloatPointer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Compiled operations that are given up are compiled again when they are needed. */
class PrimitivesTest {

  private static final int MOST = 64;

  private final int before = CompiledOperations.most();

  @AfterEach
  void restore() {
    CompiledOperations.setMost(before);
  }

  @Test
  void theLastUsedAreKept() {
    CompiledOperations.setMost(MOST);
    try (Primitives primitives = new Primitives()) {
      for (int round = 0; round < 2; round++) {
        for (int rows = 1; rows <= 2 * MOST; rows++) {
          assertThat(sumOfProduct(primitives, rows)).isEqualTo(rows * 3 * 10);
          assertThat(primitives.size()).isLessThanOrEqualTo(MOST);
        }
      }
      assertThat(primitives.size()).isEqualTo(MOST);
    }
  }

  /** Work that is divided among one, two or three threads is compiled for each number. */
  @Test
  void theLimitHoldsForAllNumbersOfThreadsTogether() {
    CompiledOperations.setMost(MOST);
    try (Primitives primitives = new Primitives()) {
      for (int threads = 1; threads <= 3; threads++) {
        primitives.useThreads(threads);
        for (int rows = 1; rows <= MOST / 2; rows++) {
          assertThat(sumOfProduct(primitives, rows)).isEqualTo(rows * 3 * 10);
        }
      }
      assertThat(primitives.size()).isEqualTo(MOST);
    }
  }

  /** Of ones [rows, 3] by twos [3, 5]. */
  private static double sumOfProduct(Primitives primitives, int rows) {
    try (FloatPointer a = filled(rows * 3, 1);
        FloatPointer b = filled(3 * 5, 2);
        FloatPointer c = NativeTensors.unwritten(rows * 5L)) {
      Product.of(rows, 5, 3, Layout.matrix(3), Layout.matrix(5), Layout.matrix(5))
          .run(primitives, a.address(), b.address(), c.address());
      double sum = 0;
      for (int i = 0; i < rows * 5; i++) {
        sum += c.get(i);
      }
      return sum;
    }
  }

  private static FloatPointer filled(int count, float value) {
    FloatPointer values = new FloatPointer(count);
    for (int i = 0; i < count; i++) {
      values.put(i, value);
    }
    return values;
  }

  @Test
  void fewerThanAStepNeedsAreRefused() {
    assertThatThrownBy(() -> CompiledOperations.setMost(63))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("at least 64, but are 63");
  }
}
