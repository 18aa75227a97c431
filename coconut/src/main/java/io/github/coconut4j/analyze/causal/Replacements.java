package io.github.coconut4j.analyze.causal;

import io.github.coconut4j.analyze.thought.LatentIntervention;
import io.github.coconut4j.analyze.thought.ThoughtRecord;
import io.github.coconut4j.analyze.thought.TokenScores;
import io.github.coconut4j.generate.TokenSampler;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Makes the interventions. The replacement of a problem's thought depends on the seed and the
 * problem's index, not on batches.
 *
 * <p>Shapes: R rows, D width.
 */
public final class Replacements {

  private final ThoughtRecord record;
  private final INDArray tokenTable;
  private final INDArray outputTable;
  private final long noiseSeed;
  private final int[] partners;

  /**
   * Prepares replacements for recorded problems.
   *
   * @param record the problems' thoughts; of at least two problems for another problem's
   * @param problems number of recorded problems that are tested
   * @param tokenTable the model's token embeddings [V, D]
   * @param outputTable its output embeddings [V, D], which read a thought as a token
   */
  public Replacements(
      ThoughtRecord record, int problems, INDArray tokenTable, INDArray outputTable, long seed) {
    this.record = record;
    this.tokenTable = tokenTable;
    this.outputTable = outputTable;
    this.noiseSeed = new SplittableRandom(seed).nextLong();
    this.partners = partners(problems, seed);
  }

  /** The intervention that replaces every thought. */
  public LatentIntervention of(Replacement replacement) {
    return switch (replacement) {
      case ZERO -> (thought, problems, states) -> Nd4j.zerosLike(states);
      case NOISE -> this::noise;
      case MEAN -> this::mean;
      case OTHER_PROBLEM -> this::otherProblem;
      case NEAREST_TOKEN -> this::nearestToken;
    };
  }

  private INDArray noise(int thought, int[] problems, INDArray states) {
    INDArray noise = Nd4j.createUninitialized(states.dataType(), states.shape());
    for (int row = 0; row < problems.length; row++) {
      SplittableRandom random =
          new SplittableRandom(noiseSeed ^ ((long) problems[row] << Integer.SIZE | thought));
      double[] direction =
          DoubleStream.generate(random::nextGaussian).limit(states.size(1)).toArray();
      INDArray vector = Nd4j.createFromArray(direction).castTo(states.dataType());
      double norm = states.getRow(row).norm2Number().doubleValue();
      noise.putRow(row, vector.muli(norm / vector.norm2Number().doubleValue()));
    }
    return noise;
  }

  private INDArray mean(int thought, int[] problems, INDArray states) {
    INDArray mean = record.thought(thought).mean(0).castTo(states.dataType());
    return Nd4j.zerosLike(states).addiRowVector(mean);
  }

  private INDArray otherProblem(int thought, int[] problems, INDArray states) {
    int[] others = IntStream.of(problems).map(problem -> partners[problem]).toArray();
    return Nd4j.pullRows(record.thought(thought), 1, others).castTo(states.dataType());
  }

  private INDArray nearestToken(int thought, int[] problems, INDArray states) {
    float[][] scores = TokenScores.of(states, outputTable).toFloatMatrix();
    TokenSampler greedy = TokenSampler.greedy();
    int[] nearest =
        IntStream.range(0, scores.length)
            .map(row -> greedy.next(scores[row], problems[row]))
            .toArray();
    return Nd4j.pullRows(tokenTable, 1, nearest).castTo(states.dataType());
  }

  /** A random cycle through all problems, so that none is its own partner. */
  private static int[] partners(int problems, long seed) {
    List<Integer> order =
        IntStream.range(0, problems).boxed().collect(Collectors.toCollection(ArrayList::new));
    Collections.shuffle(order, new Random(seed));
    int[] partners = new int[problems];
    for (int i = 0; i < problems; i++) {
      partners[order.get(i)] = order.get((i + 1) % problems);
    }
    return partners;
  }
}
