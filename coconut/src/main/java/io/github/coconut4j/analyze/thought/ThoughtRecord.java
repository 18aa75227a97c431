package io.github.coconut4j.analyze.thought;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The inputs of latents, problem by problem, without any intervention.
 *
 * <p>Shapes: P problems, N thoughts, D width.
 */
public final class ThoughtRecord {

  private final INDArray[] states;

  /**
   * Makes room for thoughts.
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

  /** The thought with one index, from 0, of every problem; [P, D]. */
  public INDArray thought(int number) {
    return states[number];
  }

  /** An intervention that records thoughts and leaves them unchanged. */
  public LatentIntervention recorder() {
    return (thought, problems, passing) -> {
      for (int row = 0; row < problems.length; row++) {
        states[thought].putRow(problems[row], passing.getRow(row).castTo(DataType.FLOAT));
      }
      return passing;
    };
  }
}
