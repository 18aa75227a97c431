package io.github.coconut4j.analyze.thought;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * What latents were fed, problem by problem, as it was without any intervention.
 *
 * <p>Shapes: P problems, N thoughts, D width.
 */
public final class ThoughtRecord {

  private final INDArray[] states;

  /**
   * Room for thoughts.
   *
   * @param problems P
   * @param thoughts N
   * @param width D
   */
  public ThoughtRecord(int problems, int thoughts, int width) {
    states = new INDArray[thoughts];
    for (int thought = 0; thought < thoughts; thought++) {
      states[thought] = Nd4j.create(DataType.FLOAT, problems, width);
    }
  }

  /** Number of thoughts of a problem, N. */
  public int thoughts() {
    return states.length;
  }

  /** Every problem's thought of one number, from 0; [P, D]. */
  public INDArray thought(int number) {
    return states[number];
  }

  /** Records what passes by and leaves it as it is. */
  public LatentIntervention recorder() {
    return (thought, problems, passing) -> {
      for (int row = 0; row < problems.length; row++) {
        states[thought].putRow(problems[row], passing.getRow(row).castTo(DataType.FLOAT));
      }
      return passing;
    };
  }
}
