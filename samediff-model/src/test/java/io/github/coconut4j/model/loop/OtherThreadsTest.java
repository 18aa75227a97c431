package io.github.coconut4j.model.loop;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.coconut4j.model.Precision;
import io.github.coconut4j.model.latent.BatchLayout;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Operations run on other threads than those that compiled them, and with other numbers of oneDNN's
 * threads: the caller's thread is whichever calls, and few sequences leave threads to divide
 * operations.
 */
class OtherThreadsTest {

  private static final int POSITIONS = 48;

  private static BatchLayout layout(int sequences) {
    return Layouts.of(
        Stream.generate(() -> "ttttll" + "ty".repeat(18)).limit(sequences).toArray(String[]::new));
  }

  @ParameterizedTest
  @ValueSource(ints = {32, 512})
  void everyCallerGetsTheSame(int width) {
    ReferenceTransformer model = new ReferenceTransformer(1, width, 4, 64, 1e-5, POSITIONS, 3);
    List<float[]> one;
    List<float[]> two;
    try (LoopRun fresh = loop(model)) {
      one = fresh.step(layout(1));
    }
    try (LoopRun fresh = loop(model)) {
      two = fresh.step(layout(2));
    }
    LoopRun shared = onNewThread(() -> loop(model));
    for (int round = 0; round < 2; round++) {
      assertThat(onNewThread(() -> shared.step(layout(1))))
          .usingElementComparator(Arrays::compare)
          .isEqualTo(one);
      assertThat(onNewThread(() -> shared.step(layout(2))))
          .usingElementComparator(Arrays::compare)
          .isEqualTo(two);
    }
    onNewThread(
        () -> {
          shared.close();
          return null;
        });
  }

  private static <T> T onNewThread(Supplier<T> call) {
    return CompletableFuture.supplyAsync(call, task -> new Thread(task).start()).join();
  }

  private static LoopRun loop(ReferenceTransformer model) {
    return new LoopRun(model, "onednn", 2, Precision.FLOAT32);
  }
}
