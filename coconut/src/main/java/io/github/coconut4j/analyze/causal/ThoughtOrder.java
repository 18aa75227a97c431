package io.github.coconut4j.analyze.causal;

import io.github.coconut4j.analyze.thought.LatentIntervention;
import io.github.coconut4j.analyze.thought.ThoughtRecord;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Feeds a problem its own thoughts in another order. The order depends on the seed and the
 * problem's index, not on batches.
 */
public final class ThoughtOrder implements LatentIntervention {

  /** The thoughts in their order, at least two. */
  private final ThoughtRecord record;

  private final long mixedSeed;

  /**
   * Makes the orders of a seed.
   *
   * @param record the problems' own thoughts, at least two
   */
  public ThoughtOrder(ThoughtRecord record, long seed) {
    this.record = record;
    this.mixedSeed = new SplittableRandom(seed).nextLong();
  }

  @Override
  public INDArray replace(int thought, int[] problems, INDArray latents) {
    INDArray others = Nd4j.createUninitialized(latents.dataType(), latents.shape());
    for (int row = 0; row < problems.length; row++) {
      int other = order(problems[row]).get(thought);
      others.putRow(row, record.thought(other).getRow(problems[row]).castTo(latents.dataType()));
    }
    return others;
  }

  /** Sampled until it differs from the original order. */
  List<Integer> order(int problem) {
    List<Integer> own = IntStream.range(0, record.thoughts()).boxed().toList();
    List<Integer> drawn = new ArrayList<>(own);
    // The first values of Java's Random are similar for neighbouring seeds.
    Random random = new Random(new SplittableRandom(mixedSeed ^ problem).nextLong());
    do {
      Collections.shuffle(drawn, random);
    } while (drawn.equals(own));
    return drawn;
  }
}
