package io.github.coconut4j.analyze.thought;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Applied to the hidden states that latents are about to be fed.
 *
 * <p>Shapes: R sequences of the batch, D width.
 */
@FunctionalInterface
public interface LatentIntervention {

  /** Leaves every thought as it is. */
  LatentIntervention NONE = (thought, problems, states) -> states;

  /**
   * What the latents are fed instead.
   *
   * @param thought number of the latent, from 0
   * @param problems the number of each sequence's problem [R]
   * @param states final hidden states of the positions before the latents [R, D]
   * @return their replacement [R, D]; may be {@code states} itself
   */
  INDArray replace(int thought, int[] problems, INDArray states);

  /** This intervention at one latent, the others left as they are. */
  default LatentIntervention onlyAt(int position) {
    return (thought, problems, states) ->
        thought == position ? replace(thought, problems, states) : states;
  }
}
