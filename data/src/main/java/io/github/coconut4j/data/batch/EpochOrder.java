package io.github.coconut4j.data.batch;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
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
  private List<List<IndexedSequence>> poolBatches = List.of();

  EpochOrder(SequenceSource source, int batchSize, long seed, int epoch) {
    this.source = source;
    this.batchSize = batchSize;
    this.epoch = epoch;
    epochSeed = mixed(seed, epoch);
    int batches = (source.size() - 1) / batchSize + 1;
    batchesInPool =
        Math.max(1, Math.min(BucketedIterator.MAX_BATCHES_IN_POOL, batches / LEAST_POOLS));
    indices = shuffled(source.size(), new Random(epochSeed));
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

  /** The sequences of one batch. */
  List<IndexedSequence> batch(int batch) {
    int wanted = batch / batchesInPool;
    if (wanted != pool) {
      poolBatches = batchesOf(wanted);
      pool = wanted;
    }
    return poolBatches.get(batch % batchesInPool);
  }

  private List<List<IndexedSequence>> batchesOf(int wanted) {
    long size = (long) batchSize * batchesInPool;
    int from = (int) (wanted * size);
    int to = (int) Math.min(from + size, indices.length);
    List<IndexedSequence> sequences = new ArrayList<>(to - from);
    for (int i = from; i < to; i++) {
      sequences.add(new IndexedSequence(indices[i], source.get(epoch, indices[i])));
    }
    sequences.sort(Comparator.comparingInt(indexed -> indexed.sequence().length()));
    List<List<IndexedSequence>> batches = new ArrayList<>();
    for (int start = 0; start < sequences.size(); start += batchSize) {
      batches.add(sequences.subList(start, Math.min(start + batchSize, sequences.size())));
    }
    Collections.shuffle(batches, new Random(mixed(epochSeed, wanted)));
    return batches;
  }

  private static long mixed(long seed, int index) {
    return new SplittableRandom(new SplittableRandom(seed).nextLong() + index).nextLong();
  }
}
