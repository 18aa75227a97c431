package io.github.coconut4j.data.batch;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;

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
  private final List<Integer> indices;
  private final int batchesInPool;

  private int pool = -1;
  private List<List<TokenSequence>> poolBatches = List.of();

  EpochOrder(SequenceSource source, int batchSize, long seed, int epoch) {
    this.source = source;
    this.batchSize = batchSize;
    this.epoch = epoch;
    epochSeed = mixed(seed, epoch);
    int batches = (source.size() - 1) / batchSize + 1;
    batchesInPool =
        Math.max(1, Math.min(BucketedIterator.MAX_BATCHES_IN_POOL, batches / LEAST_POOLS));
    indices = new ArrayList<>(source.size());
    for (int i = 0; i < source.size(); i++) {
      indices.add(i);
    }
    Collections.shuffle(indices, new Random(epochSeed));
  }

  List<TokenSequence> batch(int batch) {
    int wanted = batch / batchesInPool;
    if (wanted != pool) {
      poolBatches = batchesOf(wanted);
      pool = wanted;
    }
    return poolBatches.get(batch % batchesInPool);
  }

  private List<List<TokenSequence>> batchesOf(int wanted) {
    long size = (long) batchSize * batchesInPool;
    int from = (int) (wanted * size);
    int to = (int) Math.min(from + size, indices.size());
    List<TokenSequence> sequences = new ArrayList<>(to - from);
    for (int index : indices.subList(from, to)) {
      sequences.add(source.get(epoch, index));
    }
    sequences.sort(Comparator.comparingInt(TokenSequence::length));
    List<List<TokenSequence>> batches = new ArrayList<>();
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
