package io.github.coconut4j.analyze.thought;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * Scores of every token after hidden states: H · Eᵀ. Output embeddings in BFLOAT16 are converted
 * some rows at a time.
 *
 * <p>Shapes: R states, V vocabulary, D width.
 */
public final class TokenScores {

  private static final long ROWS_AT_A_TIME = 8192;

  private TokenScores() {}

  /**
   * The scores [R, V].
   *
   * @param states hidden states [R, D]
   * @param outputTable the model's output embeddings [V, D]
   */
  public static INDArray of(INDArray states, INDArray outputTable) {
    if (outputTable.dataType() != DataType.BFLOAT16) {
      return states.mmul(outputTable.transpose());
    }
    long vocabulary = outputTable.size(0);
    INDArray scores = Nd4j.createUninitialized(states.dataType(), states.size(0), vocabulary);
    for (long from = 0; from < vocabulary; from += ROWS_AT_A_TIME) {
      long to = Math.min(vocabulary, from + ROWS_AT_A_TIME);
      INDArray narrow = outputTable.get(NDArrayIndex.interval(from, to), NDArrayIndex.all());
      try (INDArray wide = narrow.castTo(states.dataType())) {
        scores
            .get(NDArrayIndex.all(), NDArrayIndex.interval(from, to))
            .assign(states.mmul(wide.transpose()));
      }
    }
    return scores;
  }
}
