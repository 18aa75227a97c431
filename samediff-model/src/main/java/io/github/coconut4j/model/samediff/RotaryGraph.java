package io.github.coconut4j.model.samediff;

import io.github.coconut4j.model.TransformerConfig;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Rotary positions (Su et al. 2021, section 3.2.2) as SameDiff operations: the pair (x[j], x[j +
 * S/2]) of a head is rotated by position · frequency[j].
 */
final class RotaryGraph {

  private final SameDiff sameDiff;

  /** [B, 1, t, S/2]. */
  private final SDVariable cosine;

  private final SDVariable sine;

  /**
   * The angles of some positions.
   *
   * @param positionIds INT32 [B, t]
   * @param like a variable of the model's type
   */
  RotaryGraph(TransformerConfig config, SDVariable positionIds, SDVariable like) {
    sameDiff = positionIds.getSameDiff();
    double[] frequencies = config.getRotary().frequencies(config.headSize());
    // In double, since an angle in float has an error in its fourth digit at position 10,000.
    SDVariable positions =
        sameDiff.expandDims(sameDiff.expandDims(positionIds.castTo(DataType.DOUBLE), 1), 3);
    SDVariable angles =
        positions.mul(
            sameDiff.constant(
                Nd4j.createFromArray(frequencies).reshape(1, 1, 1, frequencies.length)));
    cosine = sameDiff.math().cos(angles).castTo(like.dataType());
    sine = sameDiff.math().sin(angles).castTo(like.dataType());
  }

  /** Rotates every head of [B, heads, t, S]. */
  SDVariable rotate(SDVariable x) {
    SDVariable[] halves = sameDiff.split(x, 2, 3);
    return sameDiff.concat(
        3,
        halves[0].mul(cosine).sub(halves[1].mul(sine)),
        halves[1].mul(cosine).add(halves[0].mul(sine)));
  }
}
