package io.github.coconut4j.analyze.thought;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Applied to what latents are about to be fed: hidden states, after the model's map of thoughts.
 *
 * <p>Shapes: R sequences of the batch, D width.
 */
@FunctionalInterface
public interface LatentIntervention {

  /** Leaves every thought as it is. */
  LatentIntervention NONE = (thought, problems, latents) -> latents;

  /**
   * What the latents are fed instead.
   *
   * @param thought number of the latent, from 0
   * @param problems the number of each sequence's problem [R]
   * @param latents the map of the final hidden states of the positions before the latents [R, D]
   * @return their replacement [R, D]; may be {@code latents} itself
   */
  INDArray replace(int thought, int[] problems, INDArray latents);

  /** This intervention at one latent, the others left as they are. */
  default LatentIntervention onlyAt(int position) {
    return (thought, problems, latents) ->
        thought == position ? replace(thought, problems, latents) : latents;
  }

  /** This intervention at the first so many latents, the others left as they are. */
  default LatentIntervention onlyFirst(int count) {
    return (thought, problems, latents) ->
        thought < count ? replace(thought, problems, latents) : latents;
  }
}
