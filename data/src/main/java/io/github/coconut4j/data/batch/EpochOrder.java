package io.github.coconut4j.data.batch;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * The batches of one epoch. Sequences are built pool by pool, when the first batch of the pool is
 * requested.
 *
 * <p>Batches of a group are consecutive, each from its own lane: a pool's sequences are divided
 * among the lanes, and each lane is sorted and cut separately, so a consumer of one lane builds no
 * other sequences. All lanes have the same order, so the batches of a group have similar lengths.
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

  private final int batches;
  private final int groupsInPool;

  private int pool = -1;

  /** The order in which the pool's groups come. */
  private final List<Integer> order = new ArrayList<>();

  /** Batches of the pool by lane, in the order of their lengths: those that were asked for. */
  private final Map<Integer, List<Map<Integer, TokenSequence>>> lanes = new HashMap<>();

  EpochOrder(SequenceSource source, int batchSize, int group, long seed, int epoch) {
    this.source = source;
    this.batchSize = batchSize;
    this.group = group;
    this.epoch = epoch;
    epochSeed = mixed(seed, epoch);
    batches = quotient(source.size(), batchSize);
    groupsInPool = groupsInPool(quotient(batches, group));
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
    int before = lastPool * inPool;
    List<Integer> order = order(batches - before * group, group, mixed(seed, epoch), lastPool);
    int place = before + order.indexOf(groups - 1 - before);
    return place * group + (batches - 1) % group;
  }

  /**
   * The order of a pool's groups. One with fewer batches stays last: else others would begin within
   * an update.
   *
   * @param batches of the pool
   */
  private static List<Integer> order(int batches, int group, long epochSeed, int pool) {
    List<Integer> groups = new ArrayList<>();
    for (int i = 0; i < quotient(batches, group); i++) {
      groups.add(i);
    }
    List<Integer> whole = groups.subList(0, batches % group == 0 ? groups.size() : batches / group);
    Collections.shuffle(whole, new Random(mixed(epochSeed, pool)));
    return groups;
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
      pool = wanted;
      lanes.clear();
      order.clear();
      order.addAll(order(batchesOfPool(), group, epochSeed, pool));
    }
    int cut = order.get(batch / group % groupsInPool);
    return lanes.computeIfAbsent(batch % group, this::lane).get(cut);
  }

  private int batchesOfPool() {
    int most = group * groupsInPool; // no more than a group or a quarter of all
    return Math.min(most, batches - pool * most);
  }

  private List<Map<Integer, TokenSequence>> lane(int lane) {
    int start = pool * group * groupsInPool * batchSize;
    for (int before = 0; before < lane; before++) {
      start += sizeOf(before);
    }
    Map<Integer, TokenSequence> sequences = new LinkedHashMap<>();
    for (int i = start; i < start + sizeOf(lane); i++) {
      sequences.put(indices[i], source.get(epoch, indices[i]));
    }
    List<Integer> byLength = new ArrayList<>(sequences.keySet());
    byLength.sort(Comparator.comparingInt(index -> sequences.get(index).rowLength()));
    List<Map<Integer, TokenSequence>> cuts = new ArrayList<>();
    for (int from = 0; from < byLength.size(); from += batchSize) {
      Map<Integer, TokenSequence> batch = new LinkedHashMap<>();
      byLength.stream()
          .skip(from)
          .limit(batchSize)
          .forEach(index -> batch.put(index, sequences.get(index)));
      cuts.add(batch);
    }
    return cuts;
  }

  /** Sequences of a lane of the pool; that of the pool's last batch may have fewer. */
  private int sizeOf(int lane) {
    int inPool = batchesOfPool();
    int whole = batchSize * (inPool / group + (lane < inPool % group ? 1 : 0));
    boolean hasLast = lane == (inPool - 1) % group;
    boolean isLastPool = (pool + 1) * group * groupsInPool >= batches;
    return hasLast && isLastPool ? whole - (batchSize * batches - source.size()) : whole;
  }

  private static long mixed(long seed, int index) {
    return new SplittableRandom(new SplittableRandom(seed).nextLong() + index).nextLong();
  }
}
