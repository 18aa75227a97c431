package io.github.coconut4j.train;

import io.github.coconut4j.data.batch.TokenSequence;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.random.RandomGenerator;

/**
 * Batches of sequences of like length, which need little padding: sequences are shuffled, sorted by
 * length within windows of many batches, cut into batches, and the batches shuffled.
 */
final class LengthBuckets {

  private static final int BATCHES_IN_WINDOW = 32;

  private LengthBuckets() {}

  static List<List<TokenSequence>> batches(
      List<TokenSequence> sequences, int batchSize, RandomGenerator random) {
    Random shuffler = new Random(random.nextLong());
    List<TokenSequence> shuffled = new ArrayList<>(sequences);
    Collections.shuffle(shuffled, shuffler);
    int window = Math.multiplyExact(batchSize, BATCHES_IN_WINDOW);
    for (int from = 0; from < shuffled.size(); from += window) {
      shuffled
          .subList(from, Math.min(shuffled.size(), from + window))
          .sort(Comparator.comparingInt(TokenSequence::length));
    }
    List<List<TokenSequence>> batches = new ArrayList<>();
    for (int from = 0; from < shuffled.size(); from += batchSize) {
      batches.add(shuffled.subList(from, Math.min(shuffled.size(), from + batchSize)));
    }
    Collections.shuffle(batches, shuffler);
    return batches;
  }
}
