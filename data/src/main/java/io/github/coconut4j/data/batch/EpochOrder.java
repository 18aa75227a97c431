package io.github.coconut4j.data.batch;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * The batches of one epoch. Sequences are built pool by pool, when the first batch of the pool is
 * asked for.
 */
final class EpochOrder {

  /** Fewer pools would put nearly the same sequences into a batch in every epoch. */
  private static final int LEAST_POOLS = 4;

  private final SequenceSource source;
  private final int batchSize;
  private final int epoch;
  private final long epochSeed;
  private final int[] indices;
  private final int batchesInPool;

  private int pool = -1;
  private List<Map<Integer, TokenSequence>> poolBatches = List.of();

  EpochOrder(SequenceSource source, int batchSize, long seed, int epoch) {
    this.source = source;
    this.batchSize = batchSize;
    this.epoch = epoch;
    epochSeed = mixed(seed, epoch);
    batchesInPool = batchesInPool((source.size() - 1) / batchSize + 1);
    indices = shuffled(source.size(), new Random(epochSeed));
  }

  private static int batchesInPool(int batches) {
    return Math.max(1, Math.min(BucketedIterator.MAX_BATCHES_IN_POOL, batches / LEAST_POOLS));
  }

  /**
   * Index of the batch that would be cut last, were batches not shuffled: it alone may be smaller
   * than the others. Nothing is built for this.
   *
   * @param batches of the epoch
   */
  static int lastCut(int batches, long seed, int epoch) {
    int inPool = batchesInPool(batches);
    int lastPool = (batches - 1) / inPool;
    List<Integer> cut = new ArrayList<>();
    for (int batch = lastPool * inPool; batch < batches; batch++) {
      cut.add(batch);
    }
    List<Integer> shuffled = new ArrayList<>(cut);
    Collections.shuffle(shuffled, new Random(mixed(mixed(seed, epoch), lastPool)));
    return cut.get(shuffled.indexOf(batches - 1));
  }

  /** As {@link Collections#shuffle} would, in 4 bytes a sequence. */
  private static int[] shuffled(int size, Random random) {
    int[] indices = IntStream.range(0, size).toArray();
    for (int i = size; i > 1; i--) {
      int other = random.nextInt(i);
      int last = indices[i - 1];
      indices[i - 1] = indices[other];
      indices[other] = last;
    }
    return indices;
  }

  /** The sequences of one batch by their index in the source, in the batch's order. */
  Map<Integer, TokenSequence> batch(int batch) {
    int wanted = batch / batchesInPool;
    if (wanted != pool) {
      poolBatches = batchesOf(wanted);
      pool = wanted;
    }
    return poolBatches.get(batch % batchesInPool);
  }

  private List<Map<Integer, TokenSequence>> batchesOf(int wanted) {
    Map<Integer, TokenSequence> sequences = new LinkedHashMap<>();
    int size = batchSize * batchesInPool; // no more than a batch or a quarter of the sequences
    Arrays.stream(indices)
        .skip((long) wanted * size)
        .limit(size)
        .forEach(index -> sequences.put(index, source.get(epoch, index)));
    List<Integer> byLength = new ArrayList<>(sequences.keySet());
    byLength.sort(Comparator.comparingInt(index -> sequences.get(index).rowLength()));
    List<Map<Integer, TokenSequence>> batches = new ArrayList<>();
    for (int start = 0; start < byLength.size(); start += batchSize) {
      Map<Integer, TokenSequence> batch = new LinkedHashMap<>();
      byLength.stream()
          .skip(start)
          .limit(batchSize)
          .forEach(index -> batch.put(index, sequences.get(index)));
      batches.add(batch);
    }
    Collections.shuffle(batches, new Random(mixed(epochSeed, wanted)));
    return batches;
  }

  private static long mixed(long seed, int index) {
    return new SplittableRandom(new SplittableRandom(seed).nextLong() + index).nextLong();
  }
}
