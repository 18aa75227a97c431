package io.github.coconut4j.model.objective;

import io.github.coconut4j.model.latent.LatentBatch;
import java.util.stream.IntStream;

/** The positions of a batch's latents. */
final class LatentPositions {

  private LatentPositions() {}

  /** Positions b · T + t of the latents of each sequence, in order. */
  static int[][] of(LatentBatch batch) {
    int[] latent = batch.getLatentMask().reshape(-1).toIntVector();
    int steps = batch.steps();
    return IntStream.range(0, batch.sequences())
        .mapToObj(
            b ->
                IntStream.range(b * steps, (b + 1) * steps)
                    .filter(position -> latent[position] != 0)
                    .toArray())
        .toArray(int[][]::new);
  }
}
