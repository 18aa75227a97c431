package io.github.coconut4j.model.objective;

import io.github.coconut4j.model.latent.LatentBatch;
import io.github.coconut4j.model.latent.Supervision;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The decoder's batch of {@link StepSupervision}: one sequence for each group of latents that has a
 * step, with the group's latents followed by the step's tokens, except the last: the decoder only
 * has to predict it. The last latent predicts the first token.
 *
 * <p>Shapes: S sequences, C latents per group, U tokens that are read of the longest step.
 */
final class StepBatch {

  private final List<Step> steps;
  private final int groupSize;
  private final int read;
  private final double[] weights;

  /**
   * One sequence.
   *
   * @param group index of the latents' group
   * @param latents positions b · T + t of the hidden states that are the latents' inputs [C]
   * @param tokens tokens of the step, at least one
   */
  private record Step(int group, int[] latents, int[] tokens) {

    /** Number of tokens that a token is predicted from. */
    int read() {
      return tokens.length - 1;
    }
  }

  private StepBatch(List<Step> steps, int groupSize, double[] weights) {
    this.steps = steps;
    this.groupSize = groupSize;
    this.weights = weights;
    int longest = steps.stream().mapToInt(Step::read).max().orElse(0);
    read = Math.max(1, longest); // ND4J's concatenation needs a time step
  }

  /** The steps of a batch; if there are none, one sequence with weight 0. */
  static StepBatch of(LatentBatch batch, int groupSize, StepMean mean) {
    List<Step> steps = steps(batch, groupSize);
    if (steps.isEmpty()) {
      Step nothing = new Step(0, new int[groupSize], new int[1]);
      return new StepBatch(List.of(nothing), groupSize, new double[1]);
    }
    return new StepBatch(steps, groupSize, weights(steps, mean));
  }

  private static List<Step> steps(LatentBatch batch, int groupSize) {
    List<Step> steps = new ArrayList<>();
    Supervision supervision = batch.getSupervision();
    int[][] latents = LatentPositions.of(batch);
    for (int b = 0; supervision != null && b < latents.length; b++) {
      for (int group = 0; group < supervision.groups(); group++) {
        int[] tokens = supervision.step(b, group);
        if (tokens.length > 0) {
          steps.add(new Step(group, sources(latents[b], group, groupSize, b), tokens));
        }
      }
    }
    return steps;
  }

  /**
   * Positions of the hidden states that a group reads: those before its latents. A group that
   * reaches past the last latent reads the last latent's own.
   */
  private static int[] sources(int[] latents, int group, int groupSize, int b) {
    int[] sources = new int[groupSize];
    for (int i = 0; i < groupSize; i++) {
      int latent = group * groupSize + i;
      if (latents.length == 0 || latent > latents.length) {
        throw new IllegalArgumentException(
            String.format(
                Locale.ROOT,
                "A step needs latents that it is written from, but sequence %d has %d latents and a step for group %d of %d each. Leave out the steps of latents that are not there.",
                b,
                latents.length,
                group,
                groupSize));
      }
      sources[i] = latents[0] - 1 + latent;
    }
    return sources;
  }

  /** The weight of each token: 1 / K, divided by the number of tokens or of steps of its group. */
  private static double[] weights(List<Step> steps, StepMean mean) {
    int groups = steps.stream().mapToInt(Step::group).max().orElse(0) + 1;
    double[] sizes = new double[groups];
    for (Step step : steps) {
      sizes[step.group()] += mean == StepMean.TOKENS ? step.tokens().length : 1;
    }
    long used = Arrays.stream(sizes).filter(size -> size > 0).count();
    return steps.stream()
        .flatMapToDouble(
            step ->
                IntStream.range(0, step.tokens().length)
                    .mapToDouble(token -> 1 / sizes[step.group()] / used))
        .toArray();
  }

  /**
   * Checks that all tokens are in a decoder's vocabulary.
   *
   * @throws IllegalArgumentException if its vocabulary is smaller
   */
  void requireTokensBelow(int vocabulary) {
    for (int token : labels()) {
      if (token >= vocabulary) {
        throw new IllegalArgumentException(
            String.format(
                Locale.ROOT,
                "The decoder must have every token of the steps in its vocabulary of %d, but a step has the token %d. Take a decoder with the model's tokenizer.",
                vocabulary,
                token));
      }
    }
  }

  /** Positions of the hidden states that are the latents' inputs [S · C]. */
  int[] latents() {
    return steps.stream().flatMapToInt(step -> IntStream.of(step.latents())).toArray();
  }

  /** Tokens after the latents [S, U], 0 after those that are read. */
  int[][] tokens() {
    return steps.stream()
        .map(step -> Arrays.copyOf(Arrays.copyOf(step.tokens(), step.read()), read))
        .toArray(int[][]::new);
  }

  /** Position ids [S, C + U]. */
  int[][] positions(int first) {
    int[] ids = IntStream.range(first, first + groupSize + read).toArray();
    return Stream.generate(ids::clone).limit(steps.size()).toArray(int[][]::new);
  }

  /** 1 for latents and tokens, 0 for padding [S, C + U]. */
  int[][] mask() {
    return steps.stream()
        .map(
            step ->
                IntStream.range(0, groupSize + read)
                    .map(i -> i < groupSize + step.read() ? 1 : 0)
                    .toArray())
        .toArray(int[][]::new);
  }

  /** Positions before the tokens, s · (C + U) + u. */
  int[] queried() {
    return IntStream.range(0, steps.size())
        .flatMap(
            s -> {
              int first = s * (groupSize + read) + groupSize - 1;
              return IntStream.range(first, first + steps.get(s).tokens().length);
            })
        .toArray();
  }

  /** All tokens, to be predicted. */
  int[] labels() {
    return steps.stream().flatMapToInt(step -> IntStream.of(step.tokens())).toArray();
  }

  /** Their weights. */
  double[] weights() {
    return weights.clone();
  }
}
