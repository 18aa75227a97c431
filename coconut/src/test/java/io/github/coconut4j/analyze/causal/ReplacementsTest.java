package io.github.coconut4j.analyze.causal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.coconut4j.analyze.thought.ThoughtRecord;
import io.github.coconut4j.generate.NonFiniteScoreException;
import io.github.coconut4j.model.ArrayDifference;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class ReplacementsTest {

  private static final int PROBLEMS = 4;
  private static final INDArray STATES =
      Nd4j.createFromArray(new float[][] {{3, 4, 0}, {0, 1, 0}, {0, 0, 2}, {1, 1, 1}});
  private static final INDArray TABLE = Nd4j.eye(3).castTo(STATES.dataType());

  private Replacements replacements;

  @BeforeEach
  void record() {
    replacements = replacements(TABLE);
  }

  private static Replacements replacements(INDArray outputTable) {
    ThoughtRecord record = new ThoughtRecord(PROBLEMS, 1, 3);
    record.recorder().replace(0, new int[] {0, 1, 2, 3}, STATES);
    return new Replacements(record, PROBLEMS, TABLE, outputTable, 11);
  }

  /** The output embedding reads the thought, the token embedding is what is fed. */
  @Test
  void theNearestTokenOfAnUntiedModelIsTheOneThatItWouldWrite() {
    INDArray outputs = TABLE.getRows(1, 2, 0); // token 0 is written from the second direction, …
    replacements = replacements(outputs);

    assertThat(replaced(Replacement.NEAREST_TOKEN, 0, 2).toFloatMatrix())
        .isDeepEqualTo(new float[][] {{1, 0, 0}, {0, 1, 0}});
  }

  private INDArray replaced(Replacement replacement, int... problems) {
    return replacements.of(replacement).replace(0, problems, STATES.getRows(problems));
  }

  @Test
  void noiseKeepsTheNormAndBelongsToTheProblem() {
    INDArray noise = replaced(Replacement.NOISE, 0, 1, 2, 3);

    assertThat(noise.norm2(1).toDoubleVector())
        .containsExactly(STATES.norm2(1).toDoubleVector(), within(1e-5));
    assertThat(noise.distance2(STATES)).isFinite().isGreaterThan(1);
    assertThat(differs(replaced(Replacement.NOISE, 3, 0).getRow(1), noise.getRow(0))).isFalse();
  }

  @Test
  void everyProblemGetsAnothersThought() {
    INDArray exchanged = replaced(Replacement.OTHER_PROBLEM, 0, 1, 2, 3);

    assertThat(ArrayDifference.between(exchanged.sum(0), STATES.sum(0)).isWithin(1e-5)).isTrue();
    for (int problem = 0; problem < PROBLEMS; problem++) {
      assertThat(differs(exchanged.getRow(problem), STATES.getRow(problem))).isTrue();
    }
  }

  private static boolean differs(INDArray actual, INDArray other) {
    double largest = ArrayDifference.between(actual, other).getLargest();
    assertThat(largest).isFinite();
    return largest > 0;
  }

  @Test
  void meanZeroAndNearestTokenAreWhatTheySay() {
    assertThat(replaced(Replacement.MEAN, 2).toFloatMatrix())
        .isDeepEqualTo(new float[][] {{1, 1.5f, 0.75f}});
    assertThat(replaced(Replacement.ZERO, 2).toFloatMatrix())
        .isDeepEqualTo(new float[][] {{0, 0, 0}});
    assertThat(replaced(Replacement.NEAREST_TOKEN, 0, 2).toFloatMatrix())
        .isDeepEqualTo(new float[][] {{0, 1, 0}, {0, 0, 1}});
  }

  @Test
  void aStateThatIsNoNumberHasNoNearestToken() {
    INDArray states = STATES.dup();
    states.putScalar(2, 1, Float.NaN);

    assertThatThrownBy(
            () ->
                replacements
                    .of(Replacement.NEAREST_TOKEN)
                    .replace(0, new int[] {0, 1, 2, 3}, states))
        .isInstanceOf(NonFiniteScoreException.class)
        .hasMessageContaining("prompt 2 a score of NaN");
  }
}
