package io.github.coconut4j.data.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.AsyncMultiDataSetIterator;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.dataset.api.iterator.MultiDataSetIterator;

class BucketedIteratorTest {

  private static final int SIZE = 1003;
  private static final int BATCH = 8;
  private static final SequenceBatcher BATCHER = new SequenceBatcher(0);

  /** Sequence i consists of i + 1, between 1 and 60 times. */
  private static final SequenceSource SOURCE = SequenceSource.of(sequences());

  private final BucketedIterator iterator = new BucketedIterator(SOURCE, BATCHER, BATCH, 7);

  @Test
  void givesEverySequenceOnceAnEpoch() {
    for (int epoch = 0; epoch < 2; epoch++) {
      List<List<Integer>> batches = epoch(iterator);
      assertThat(batches).hasSize(126).hasSize(iterator.batchesPerEpoch());
      assertThat(batches.stream().flatMap(List::stream).sorted().toList())
          .isEqualTo(IntStream.rangeClosed(1, SIZE).boxed().toList());
      iterator.reset();
    }
  }

  @Test
  void groupsSimilarLengths() {
    long bucketed = 0;
    long positions = 0;
    while (iterator.hasNext()) {
      INDArray mask = iterator.next().getFeatures(SequenceBatcher.ATTENTION_MASK);
      bucketed += mask.sumNumber().longValue();
      positions += mask.length();
    }
    long unsorted = 0;
    List<TokenSequence> all = sequences();
    for (int i = 0; i < SIZE; i += BATCH) {
      List<TokenSequence> batch = all.subList(i, Math.min(SIZE, i + BATCH));
      unsorted +=
          batch.size() * (long) batch.stream().mapToInt(TokenSequence::length).max().orElse(0);
    }
    assertThat((double) bucketed / positions).isGreaterThan(0.95);
    assertThat((double) bucketed / unsorted).as("what it takes without").isLessThan(0.65);
  }

  @Test
  void staysRandom() {
    List<List<Integer>> first = epoch(iterator);
    iterator.reset();
    List<List<Integer>> second = epoch(iterator);
    assertThat(second).isNotEqualTo(first);
    assertThat(epoch(new BucketedIterator(SOURCE, BATCHER, BATCH, 8))).isNotEqualTo(first);
    Set<Set<Integer>> together = new HashSet<>();
    first.forEach(batch -> together.add(new HashSet<>(batch)));
    assertThat(second)
        .as("sequences meet others in each epoch")
        .noneMatch(batch -> batch.size() == BATCH && together.contains(new HashSet<>(batch)));
    List<Integer> lengths = lengths(first);
    assertThat(lengths).isNotEqualTo(lengths.stream().sorted().toList());
  }

  @Test
  void continuesExactlyWhereItWas() {
    for (int taken : new int[] {0, 1, 49, 50, 51, 125, 126}) {
      BucketedIterator whole = new BucketedIterator(SOURCE, BATCHER, BATCH, 7);
      epoch(whole);
      whole.reset();
      for (int i = 0; i < taken; i++) {
        whole.next();
      }
      assertThat(whole.epoch()).isEqualTo(1);
      assertThat(whole.batch()).isEqualTo(taken);
      BucketedIterator resumed = new BucketedIterator(SOURCE, BATCHER, BATCH, 7);
      resumed.restore(1, taken);
      assertThat(epoch(resumed)).isEqualTo(epoch(whole));
    }
  }

  @Test
  void batchesOfAGroupHaveSimilarLengths() {
    double ofGroups = differenceOfPairs(new BucketedIterator(SOURCE, BATCHER, BATCH, 2, 7));

    assertThat(ofGroups).isLessThan(3);
    assertThat(differenceOfPairs(iterator)).as("of batches by themselves").isGreaterThan(15);
  }

  /** Mean difference in length of batches 0 and 1, 2 and 3, and so on. */
  private static double differenceOfPairs(BucketedIterator iterator) {
    List<Long> columns = new ArrayList<>();
    while (iterator.hasNext()) {
      columns.add(iterator.next().getFeatures(SequenceBatcher.INPUT_IDS).size(1));
    }
    return IntStream.range(0, columns.size() / 2)
        .mapToLong(i -> Math.abs(columns.get(2 * i) - columns.get(2 * i + 1)))
        .average()
        .orElseThrow();
  }

  @Test
  void whoTakesOneBatchOfEachGroupHasNoOtherSequencesBuilt() {
    Set<Integer> built = new HashSet<>();
    SequenceSource counted =
        new SequenceSource() {
          @Override
          public int size() {
            return SIZE;
          }

          @Override
          public TokenSequence get(int epoch, int index) {
            built.add(index + 1);
            return SOURCE.get(epoch, index);
          }
        };
    List<List<Integer>> all = epoch(new BucketedIterator(SOURCE, BATCHER, BATCH, 2, 7));
    BucketedIterator half = new BucketedIterator(counted, BATCHER, BATCH, 2, 7);
    Set<Integer> taken = new HashSet<>();
    while (half.hasNext()) {
      int batch = half.batch();
      List<Integer> sequences = firstTokens(half.next());
      assertThat(sequences).isEqualTo(all.get(batch));
      taken.addAll(sequences);
      half.skip();
    }

    assertThat(built).isEqualTo(taken);
  }

  /** Of 1003 sequences, 33 groups of 30 and two batches, of 10 and 3. */
  @Test
  void aGroupWithFewerBatchesIsLast() {
    BucketedIterator grouped = new BucketedIterator(SOURCE, BATCHER, 10, 3, 7);
    List<Integer> sizes = epoch(grouped).stream().map(List::size).toList();

    assertThat(sizes).hasSize(101).endsWith(10, 3);
    assertThat(sizes.subList(0, 100)).containsOnly(10);
  }

  /** As DL4J's AsyncMultiDataSetIterator does it in its constructor. */
  @Test
  void resettingBeforeTheFirstBatchSkipsNothing() {
    iterator.reset();
    assertAt(0, 0);
    iterator.restore(3, 5);
    iterator.reset();
    assertAt(3, 5);
    iterator.next();
    iterator.reset();
    assertAt(4, 0);
    assertThat(iterator.resetSupported()).isTrue();
    assertThat(iterator.asyncSupported()).isTrue();
  }

  private void assertAt(int epoch, int batch) {
    assertThat(iterator.epoch()).isEqualTo(epoch);
    assertThat(iterator.batch()).isEqualTo(batch);
  }

  @Test
  void givesTheSameBatchesThroughTheAsynchronousIterator() {
    BucketedIterator plain = new BucketedIterator(SOURCE, BATCHER, BATCH, 7);
    plain.restore(2, 100);
    iterator.restore(2, 100);
    AsyncMultiDataSetIterator async = new AsyncMultiDataSetIterator(iterator, 4);
    try {
      assertThat(epoch(async)).isEqualTo(epoch(plain)).hasSize(26);
      async.reset();
      plain.reset();
      assertThat(epoch(async)).isEqualTo(epoch(plain)).hasSize(126);
    } finally {
      async.shutdown();
    }
  }

  @Test
  void buildsItsSequencesInEachEpoch() {
    Set<String> asked = new HashSet<>();
    SequenceSource source =
        new SequenceSource() {
          @Override
          public int size() {
            return 3;
          }

          @Override
          public TokenSequence get(int epoch, int index) {
            assertThat(asked.add(epoch + "," + index)).as("built once").isTrue();
            return TokenSequence.prompt(new int[] {10 * epoch + index}, new boolean[1]);
          }
        };
    BucketedIterator few = new BucketedIterator(source, BATCHER, 2, 7);
    assertThat(epoch(few).stream().flatMap(List::stream)).containsExactlyInAnyOrder(0, 1, 2);
    few.reset();
    assertThat(epoch(few).stream().flatMap(List::stream)).containsExactlyInAnyOrder(10, 11, 12);
    assertThat(asked).hasSize(6);
  }

  @Test
  void appliesThePreProcessor() {
    iterator.setPreProcessor(batch -> batch.getFeatures(0).assign(5));
    assertThat(iterator.getPreProcessor()).isNotNull();
    assertThat(iterator.next(BATCH).getFeatures(0).meanNumber().doubleValue()).isEqualTo(5);
  }

  @Test
  void saysWhatItCannotDo() {
    epoch(iterator);
    assertThatThrownBy(iterator::next)
        .isInstanceOf(NoSuchElementException.class)
        .hasMessageContaining("Epoch 0 has no more batches");
    assertThatThrownBy(() -> iterator.next(3))
        .isInstanceOf(UnsupportedOperationException.class)
        .hasMessageContaining("found a request for 3");
    assertThatThrownBy(() -> iterator.restore(0, 127))
        .hasMessageContaining("126 batches of an epoch, found epoch 0 and batch 127");
    assertThatThrownBy(() -> iterator.restore(0, -1)).hasMessageContaining("batch -1");
    assertThatThrownBy(() -> iterator.restore(-1, 0)).hasMessageContaining("epoch -1");
    assertThatThrownBy(() -> new BucketedIterator(SOURCE, BATCHER, 0, 7))
        .hasMessageContaining("batch size 0");
    assertThatThrownBy(() -> new BucketedIterator(SequenceSource.of(List.of()), BATCHER, BATCH, 7))
        .hasMessageContaining("found 0 sequences");
  }

  private static List<TokenSequence> sequences() {
    SplittableRandom random = new SplittableRandom(1);
    List<TokenSequence> sequences = new ArrayList<>();
    for (int i = 0; i < SIZE; i++) {
      int[] tokens = new int[1 + random.nextInt(60)];
      Arrays.fill(tokens, i + 1);
      sequences.add(TokenSequence.prompt(tokens, new boolean[tokens.length]));
    }
    return sequences;
  }

  /** The first token of each sequence, batch by batch, to the epoch's end. */
  private static List<List<Integer>> epoch(MultiDataSetIterator iterator) {
    List<List<Integer>> batches = new ArrayList<>();
    while (iterator.hasNext()) {
      batches.add(firstTokens(iterator.next()));
    }
    return batches;
  }

  private static List<Integer> firstTokens(MultiDataSet batch) {
    return Arrays.stream(batch.getFeatures(SequenceBatcher.INPUT_IDS).toIntMatrix())
        .map(row -> row[0])
        .toList();
  }

  private static List<Integer> lengths(List<List<Integer>> batches) {
    return batches.stream().map(batch -> SOURCE.get(0, batch.get(0) - 1).length()).toList();
  }
}
