package io.github.coconut4j.model.internal.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.coconut4j.model.Precision;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.bytedeco.javacpp.FloatPointer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Operations run on other threads than those that compiled them, and with other numbers of oneDNN's
 * threads: the caller's thread is whichever calls, and few rows leave threads to divide operations.
 */
class OtherThreadsTest {

  private static final int POSITIONS = 48;

  private static LatentPlan plan(int rows) {
    return FusedTransformerTest.plan(
        Stream.generate(() -> "ttttll" + "ty".repeat(18)).limit(rows).toArray(String[]::new));
  }

  @ParameterizedTest
  @ValueSource(ints = {32, 512})
  void everyCallerGetsTheSame(int width) {
    ReferenceTransformer model = new ReferenceTransformer(1, width, 4, 64, 1e-5, POSITIONS, 3);
    List<float[]> one;
    List<float[]> two;
    try (FusedTransformer fresh = transformer(width)) {
      one = step(fresh, model, 1);
    }
    try (FusedTransformer fresh = transformer(width)) {
      two = step(fresh, model, 2);
    }
    FusedTransformer shared = onNewThread(() -> transformer(width));
    for (int round = 0; round < 2; round++) {
      assertThat(onNewThread(() -> step(shared, model, 1)))
          .usingElementComparator(Arrays::compare)
          .isEqualTo(one);
      assertThat(onNewThread(() -> step(shared, model, 2)))
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

  private static FusedTransformer transformer(int width) {
    return new FusedTransformer(1, width, 4, 64, 1e-5f, Precision.FLOAT32, 2);
  }

  private static List<float[]> step(
      FusedTransformer transformer, ReferenceTransformer model, int rows) {
    LatentPlan plan = plan(rows);
    int cells = rows * plan.columns() * model.width;
    TransformerParameters weights = NativeTensors.weights(model);
    FloatPointer hidden = NativeTensors.unwritten((long) plan.hiddenCount() * model.width);
    FloatPointer inputGradients = NativeTensors.unwritten(cells);
    List<FloatPointer> tensors = new ArrayList<>(NativeTensors.gradientTensors(model));
    transformer.forward(plan, random(1, cells), weights, hidden, true);
    transformer.backward(
        random(2, plan.hiddenCount() * model.width),
        weights,
        inputGradients,
        NativeTensors.parameters(tensors),
        POSITIONS);
    tensors.add(hidden);
    tensors.add(inputGradients);
    return tensors.stream().map(NativeTensors::toArray).toList();
  }

  private static FloatPointer random(long seed, int count) {
    return NativeTensors.of(ReferenceTransformer.normal(new Random(seed), count, 0, 1));
  }
}
