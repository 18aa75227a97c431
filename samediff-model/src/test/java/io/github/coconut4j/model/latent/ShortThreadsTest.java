package io.github.coconut4j.model.latent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.coconut4j.model.ArrayDifference;
import io.github.coconut4j.model.op.JavaOpSession;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Threads that use a model and end leave nothing behind. */
class ShortThreadsTest {

  private static final int PROCESSORS = Runtime.getRuntime().availableProcessors();
  private static final LatentBatch BATCH = Batches.of(11, 1, "wwwwww**wll.", ".wwwww*wllll");

  private static long workerThreads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith("latent-loop"))
        .count();
  }

  @Test
  void leaveNoSessionsAndFewWorkers() throws InterruptedException {
    long before = workerThreads();
    try (LatentTransformer model = ResidentMemory.model()) {
      ShortThreads.use(model, 60);
      SameDiff graph = model.getSameDiff();
      assertThat(graph.getSessions()).hasSizeLessThanOrEqualTo(1); // of this thread
      assertThat(JavaOpSession.gradientGraph(graph).getSessions()).hasSizeLessThanOrEqualTo(1);
      // Each kept session has three kernels and each kept decoder two, of so many workers each.
      long most = PROCESSORS * (2L * 3 + 2) * (PROCESSORS - 1);
      assertThat(workerThreads() - before).isLessThanOrEqualTo(most);
    }
    for (int wait = 0; wait < 100 && workerThreads() > before; wait++) {
      TimeUnit.MILLISECONDS.sleep(20);
    }
    assertThat(workerThreads()).isLessThanOrEqualTo(before);
  }

  /** The same where a caller runs SameDiff's graph without the model. */
  @Test
  void leaveNoSessionsOfGraphsThatTheyRunThemselves() throws InterruptedException {
    try (LatentTransformer model = ResidentMemory.model()) {
      model.loss(BATCH);
      SameDiff graph = model.getSameDiff();
      Map<String, INDArray> placeholders = Batches.placeholders(BATCH);
      double expected = model.loss(BATCH);
      List<Double> losses = new ArrayList<>();
      for (int i = 0; i < 15; i++) {
        Thread thread =
            new Thread(
                () -> losses.add(graph.output(placeholders, "loss").get("loss").getDouble()));
        thread.start();
        thread.join();
      }
      assertThat(losses).hasSize(15).containsOnly(expected);
      assertThat(graph.getSessions()).hasSizeLessThanOrEqualTo(2); // the last one's, and ours
    }
  }

  @Test
  void giveWhatOneThreadGives() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(6);
    try (LatentTransformer model = ResidentMemory.model()) {
      List<LatentBatch> batches =
          List.of(BATCH, Batches.of(600, 2, "w*ll"), Batches.of(600, 3, "wwlll", "wwwll", ".wlll"));
      List<Double> losses = batches.stream().map(model::loss).toList();
      List<INDArray> gradients = batches.stream().map(batch -> gradient(model, batch)).toList();
      List<Future<INDArray>> found = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        LatentBatch batch = batches.get(i % 3);
        double expected = losses.get(i % 3);
        found.add(
            threads.submit(
                () -> {
                  assertThat(model.loss(batch)).isEqualTo(expected);
                  return gradient(model, batch);
                }));
      }
      for (int i = 0; i < found.size(); i++) {
        assertSame(found.get(i).get(), gradients.get(i % 3));
      }
    } finally {
      threads.shutdownNow();
    }
  }

  private static INDArray gradient(LatentTransformer model, LatentBatch batch) {
    try (LossGradients gradients = model.gradients(batch)) {
      return gradients.getGradients().get("transformer.wte.weight").dup();
    }
  }

  private static void assertSame(INDArray actual, INDArray expected) {
    assertThat(ArrayDifference.between(actual, expected)).matches(d -> d.isWithin(0), "equal");
  }

  @Test
  void gradientsMayBeClosedByAnotherThreadWhileTheModelRuns() throws Exception {
    ExecutorService closer = Executors.newSingleThreadExecutor();
    List<Future<?>> closed = new ArrayList<>();
    try (LatentTransformer model = ResidentMemory.model()) {
      INDArray expected = gradient(model, BATCH);
      for (int i = 0; i < 30; i++) {
        LossGradients gradients = model.gradients(BATCH);
        assertSame(gradients.getGradients().get("transformer.wte.weight"), expected);
        closed.add(closer.submit(gradients::close));
      }
      for (Future<?> each : closed) {
        each.get();
      }
    } finally {
      closer.shutdown();
      assertThat(closer.awaitTermination(1, TimeUnit.MINUTES)).isTrue();
    }
  }

  /** Whatever a caller does with the map of gradients, only what was lent comes back, and once. */
  @Test
  void gradientsComeBackOnce() {
    try (LatentTransformer model = ResidentMemory.model()) {
      INDArray expected = gradient(model, BATCH);
      LossGradients one = model.gradients(BATCH);
      LossGradients other = model.gradients(BATCH);
      one.getGradients().putAll(other.getGradients());
      one.getGradients().putAll(model.getWeights().asMap());
      double loss = model.loss(BATCH);
      one.close();
      other.close();
      other.close();
      try (LossGradients first = model.gradients(BATCH);
          LossGradients second = model.gradients(Batches.of(600, 2, "w*ll"))) {
        assertThat(second.getLoss()).isFinite();
        assertSame(first.getGradients().get("transformer.wte.weight"), expected);
      }
      assertThat(model.loss(BATCH)).isEqualTo(loss);
    }
  }

  @Test
  void aModelIsClosedOnceItsRunsHaveEnded() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(3);
    LatentTransformer model = ResidentMemory.model();
    double expected = model.loss(BATCH);
    CountDownLatch started = new CountDownLatch(3);
    List<Future<Integer>> runs = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      runs.add(threads.submit(() -> runsUntilClosed(model, expected, started)));
    }
    started.await();
    model.close();
    for (Future<Integer> run : runs) {
      assertThat(run.get()).isPositive();
    }
    threads.shutdown();
  }

  private static int runsUntilClosed(
      LatentTransformer model, double expected, CountDownLatch started) {
    int runs = 0;
    while (true) {
      try {
        assertThat(model.loss(BATCH)).isEqualTo(expected);
      } catch (IllegalStateException e) {
        assertThat(e).hasMessageContaining("closed");
        return runs;
      }
      runs++;
      if (runs == 1) { // once a thread, or a fast one would stand for another
        started.countDown();
      }
    }
  }

  @Test
  void failedRunsLeaveNothingAndDoNotDisturbLaterOnes() {
    try (LatentTransformer model = ResidentMemory.model()) {
      double expected = model.loss(BATCH);
      INDArray ids = BATCH.getInputIds().dup();
      ids.putScalar(0, 0, 600);
      LatentBatch wrong =
          LatentBatch.builder()
              .inputIds(ids)
              .positionIds(BATCH.getPositionIds())
              .attentionMask(BATCH.getAttentionMask())
              .latentMask(BATCH.getLatentMask())
              .labels(BATCH.getLabels())
              .build();
      long before = workerThreads();
      for (int i = 0; i < 5; i++) {
        assertThatThrownBy(() -> model.loss(wrong)).hasMessageContaining("600");
        assertThatThrownBy(() -> model.gradients(wrong)).hasMessageContaining("600");
        assertThat(model.loss(BATCH)).isEqualTo(expected);
      }
      assertThat(workerThreads() - before).isLessThanOrEqualTo(6L * PROCESSORS * PROCESSORS);
    }
  }
}
