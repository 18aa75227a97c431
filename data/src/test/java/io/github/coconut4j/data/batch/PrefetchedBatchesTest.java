package io.github.coconut4j.data.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.nd4j.linalg.dataset.api.MultiDataSet;

@Timeout(20)
class PrefetchedBatchesTest {

  private static final int SIZE = 103;
  private static final int BATCH = 4;

  /** Sequence i of an epoch: its tokens tell both. */
  private static TokenSequence sequence(int epoch, int index) {
    int[] tokens = new int[1 + index % 7];
    int[] labels = new int[tokens.length];
    Arrays.fill(tokens, 1000 * epoch + index);
    Arrays.fill(labels, TokenSequence.IGNORED);
    return new TokenSequence(tokens, labels, new boolean[tokens.length]);
  }

  private static BucketedIterator batches(int failingIndex) {
    SequenceSource source =
        new SequenceSource() {
          @Override
          public int size() {
            return SIZE;
          }

          @Override
          public TokenSequence get(int epoch, int index) {
            if (index == failingIndex) {
              throw new IllegalArgumentException("Sequence " + index + " is too long.");
            }
            return sequence(epoch, index);
          }
        };
    return new BucketedIterator(source, new SequenceBatcher(0), BATCH, 7);
  }

  private static BucketedIterator batches(int epoch, int batch) {
    BucketedIterator iterator = batches(-1);
    iterator.restore(epoch, batch);
    return iterator;
  }

  private static long prefetchThreads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.isAlive() && thread.getName().equals(PrefetchedBatches.THREAD))
        .count();
  }

  /** Else the test's time runs out. */
  @AfterEach
  void awaitTheThreadsEnd() {
    while (prefetchThreads() > 0) {
      Thread.onSpinWait();
    }
  }

  @Test
  void givesTheSameBatchesFromAnyPosition() {
    for (int[] position : new int[][] {{0, 0}, {2, 5}}) {
      BucketedIterator expected = batches(position[0], position[1]);
      try (PrefetchedBatches ahead = new PrefetchedBatches(batches(position[0], position[1]))) {
        while (expected.hasNext()) {
          MultiDataSet batch = expected.next();
          MultiDataSet other = ahead.next();
          assertThat(other).isEqualTo(batch);
          assertThat(other.getExampleMetaData()).isEqualTo(batch.getExampleMetaData());
        }
        assertThat(ahead.hasNext()).isFalse();
        assertThatThrownBy(ahead::next).isInstanceOf(NoSuchElementException.class);
      }
    }
  }

  @Test
  void metadataNameTheSequences() {
    try (PrefetchedBatches ahead = new PrefetchedBatches(batches(3, 0))) {
      MultiDataSet batch = ahead.next();
      List<Integer> indices = new ArrayList<>();
      for (int row = 0; row < batch.getFeatures(SequenceBatcher.INPUT_IDS).size(0); row++) {
        indices.add(batch.getFeatures(SequenceBatcher.INPUT_IDS).getInt(row, 0) - 3000);
      }
      assertThat(batch.getExampleMetaData()).hasSize(BATCH).isEqualTo(indices);
    }
  }

  @Test
  void atItsEndAnEpochStaysOver() {
    try (PrefetchedBatches ahead = new PrefetchedBatches(batches(1, 26))) {
      assertThat(ahead.hasNext()).isFalse();
    }
  }

  @Test
  void throwsWhatTheThreadFailedWith() {
    try (PrefetchedBatches ahead = new PrefetchedBatches(batches(50))) {
      assertThatThrownBy(() -> ahead.forEachRemaining(batch -> {}))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("Sequence 50 is too long.");
    }
  }

  @Test
  void afterAFailureNoBatchIsLeftOut() {
    try (PrefetchedBatches ahead = new PrefetchedBatches(batches(50))) {
      assertThatThrownBy(() -> ahead.forEachRemaining(batch -> {}))
          .hasMessage("Sequence 50 is too long.");
      assertThatThrownBy(ahead::next).hasMessage("Sequence 50 is too long.");
    }
  }

  @Test
  void interruptedTheConsumerLearnsIt() {
    try (PrefetchedBatches ahead = new PrefetchedBatches(batches(-1))) {
      Thread.currentThread().interrupt();
      assertThatThrownBy(() -> ahead.forEachRemaining(batch -> {}))
          .isInstanceOf(CancellationException.class);
    }
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void closedEarlyItsThreadEnds() {
    try (PrefetchedBatches ahead = new PrefetchedBatches(batches(-1))) {
      assertThat(ahead.next().getExampleMetaData()).hasSize(BATCH);
      assertThat(prefetchThreads()).isEqualTo(1);
    }
  }
}
