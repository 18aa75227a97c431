package io.github.coconut4j.train;

import io.github.coconut4j.config.ConfigException;
import io.github.coconut4j.config.TrainingConfig;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * Sums the gradients of all ranks of a training run. A rank is a process with all weights that
 * computes its part of each update's micro-batches; then all ranks make the same update.
 *
 * <p>Sums must be bit-identical in every rank, or the ranks' weights diverge. If they are formed in
 * pairs (ranks 0 and 1, 2 and 3, then those pairs, and so on; {@code mid = from + (to - from) / 2}
 * for an odd number), a power of two of ranks gives exactly the sums of one process with the same
 * {@code gradient_accumulation_steps}.
 */
public interface GradientExchange {

  /** This process's number, from 0. Rank 0 writes the run's files. */
  int rank();

  /** Number of ranks, at least 1. */
  int size();

  /**
   * Waits for all ranks and sums their values.
   *
   * @param floats direct buffers of float32 in native byte order, of the same sizes in every rank;
   *     each value between position and limit is replaced by the ranks' sum
   * @param values values, as many in every rank
   * @return the ranks' sums of the values
   * @throws IOException if a rank is lost
   */
  double[] sum(List<ByteBuffer> floats, double[] values) throws IOException;

  /**
   * Rejects a run whose updates cannot be divided evenly among ranks.
   *
   * @param ranks number of ranks, at least 1
   * @throws ConfigException if the number does not divide {@code gradient_accumulation_steps}
   */
  static void requireShares(TrainingConfig config, int ranks) {
    int group = config.getGradientAccumulationSteps();
    if (group % ranks != 0) {
      throw ConfigException.of(
          "gradient_accumulation_steps",
          "a multiple of the number of ranks, " + ranks + ", which share the micro-batches out,",
          group,
          "Set it to a multiple and `batch_size_training` so that their product stays, or take"
              + " another number of ranks.");
    }
  }
}
