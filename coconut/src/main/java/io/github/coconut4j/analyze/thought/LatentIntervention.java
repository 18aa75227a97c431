package io.github.coconut4j.analyze.thought;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * An intervention on the inputs of latents: hidden states, after the model's map of thoughts.
 *
 * <p>Shapes: R sequences of the batch, D width.
 */
@FunctionalInterface
public interface LatentIntervention {

  /** Leaves every thought unchanged. */
  LatentIntervention NONE = (thought, problems, latents) -> latents;

  /**
   * Returns the new inputs of the latents.
   *
   * @param thought index of the latent, from 0
   * @param problems index of each sequence's problem [R]
   * @param latents the original inputs: the map of the final hidden states of the positions before
   *     the latents [R, D]
   * @return their replacement [R, D]; may be {@code latents} itself
   */
  INDArray replace(int thought, int[] problems, INDArray latents);

  /** This intervention at only one latent; the others are unchanged. */
  default LatentIntervention onlyAt(int position) {
    return (thought, problems, latents) ->
        thought == position ? replace(thought, problems, latents) : latents;
  }

  /** This intervention at only the first {@code count} latents; the others are unchanged. */
  default LatentIntervention onlyFirst(int count) {
    return (thought, problems, latents) ->
        thought < count ? replace(thought, problems, latents) : latents;
  }
}
