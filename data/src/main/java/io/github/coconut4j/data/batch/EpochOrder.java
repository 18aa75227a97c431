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
 * requested. Batches of a group are consecutive; sorting, cutting and shuffling apply to groups.
 */
final class EpochOrder {

  /** With fewer pools, a batch would have nearly the same sequences in every epoch. */
  private static final int LEAST_POOLS = 4;

  private final SequenceSource source;
  private final int batchSize;
  private final int group;
  private final int epoch;
  private final long epochSeed;
  private final int[] indices;

  /** Number of sequences of a group. */
  private final int inGroup;

  private final int groupsInPool;

  private int pool = -1;

  /** Groups of the pool, each as a list of its sequences sorted by length. */
  private List<List<Integer>> poolGroups = List.of();

  private Map<Integer, TokenSequence> poolSequences = Map.of();

  EpochOrder(SequenceSource source, int batchSize, int group, long seed, int epoch) {
    this.source = source;
    this.batchSize = batchSize;
    this.group = group;
    this.epoch = epoch;
    epochSeed = mixed(seed, epoch);
    inGroup = (int) Math.min(source.size(), (long) batchSize * group);
    groupsInPool = groupsInPool(quotient(source.size(), inGroup));
    indices = shuffled(source.size(), new Random(epochSeed));
  }

  /** The quotient, rounded up. */
  private static int quotient(int dividend, int divisor) {
    return (dividend - 1) / divisor + 1;
  }

  private static int groupsInPool(int groups) {
    return Math.max(1, Math.min(BucketedIterator.MAX_BATCHES_IN_POOL, groups / LEAST_POOLS));
  }

  /**
   * Index of the batch that is cut last, before groups are shuffled; only this batch may be smaller
   * than the others. No sequence is built for this.
   *
   * @param batches number of batches of the epoch
   */
  static int lastCut(int batches, int group, long seed, int epoch) {
    int groups = quotient(batches, group);
    int inPool = groupsInPool(groups);
    int lastPool = (groups - 1) / inPool;
    List<Integer> cut = new ArrayList<>();
    for (int i = lastPool * inPool; i < groups; i++) {
      cut.add(i);
    }
    int before = cut.get(0);
    int lastCut = groups - 1;
    int inLastGroup = batches - lastCut * group;
    shuffle(cut, inLastGroup < group, mixed(mixed(seed, epoch), lastPool));
    return (before + cut.indexOf(lastCut)) * group + inLastGroup - 1;
  }

  /**
   * Shuffles groups; one with fewer batches stays last, since otherwise later groups would begin
   * within an update.
   */
  private static void shuffle(List<?> groups, boolean isLastShorter, long seed) {
    int end = groups.size() - (isLastShorter ? 1 : 0);
    Collections.shuffle(groups.subList(0, end), new Random(seed));
  }

  /** The same order as {@link Collections#shuffle}, with 4 bytes per sequence. */
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
    int wanted = batch / group / groupsInPool;
    if (wanted != pool) {
      readPool(wanted);
      pool = wanted;
    }
    Map<Integer, TokenSequence> sequences = new LinkedHashMap<>();
    poolGroups.get(batch / group % groupsInPool).stream()
        .skip((long) batch % group * batchSize)
        .limit(batchSize)
        .forEach(index -> sequences.put(index, poolSequences.get(index)));
    return sequences;
  }

  private void readPool(int wanted) {
    int size = inGroup * groupsInPool; // at most a group or a quarter of all
    Map<Integer, TokenSequence> sequences = new LinkedHashMap<>();
    Arrays.stream(indices)
        .skip((long) wanted * size)
        .limit(size)
        .forEach(index -> sequences.put(index, source.get(epoch, index)));
    List<Integer> byLength = new ArrayList<>(sequences.keySet());
    byLength.sort(Comparator.comparingInt(index -> sequences.get(index).rowLength()));
    List<List<Integer>> groups = new ArrayList<>();
    for (int start = 0; start < byLength.size(); start += inGroup) {
      groups.add(byLength.subList(start, Math.min(byLength.size(), start + inGroup)));
    }
    int last = groups.get(groups.size() - 1).size();
    shuffle(groups, quotient(last, batchSize) < group, mixed(epochSeed, wanted));
    poolGroups = groups;
    poolSequences = sequences;
  }

  private static long mixed(long seed, int index) {
    return new SplittableRandom(new SplittableRandom(seed).nextLong() + index).nextLong();
  }
}
