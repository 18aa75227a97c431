package io.github.coconut4j.vocabulary;

import io.github.coconut4j.data.tokenizer.TextTokenizer;
import io.github.coconut4j.data.tokenizer.UnknownTokenException;
import io.github.coconut4j.model.Weights;
import java.util.List;
import java.util.OptionalInt;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * Adds rows for tokens that a pretrained model does not know, which may be new or use spare rows of
 * a table with more rows than tokens. They are initialized with the embedding of {@code <<}, as in
 * the published implementation, or with the mean embedding if {@code <<} is not one token.
 */
final class VocabularyExtension {

  private static final String MODEL_TOKEN = "<<";

  private static final long ROWS_AT_A_TIME = 4096;

  private final TextTokenizer tokenizer;
  private final List<Integer> fresh;

  /**
   * @param tokenizer all tokens
   * @param fresh ids of tokens that the model was not trained with
   */
  VocabularyExtension(TextTokenizer tokenizer, List<Integer> fresh) {
    this.tokenizer = tokenizer;
    this.fresh = fresh;
  }

  /**
   * Returns weights whose tables of tokens and outputs have a row for every token of the tokenizer,
   * and at least as many rows as before; other parameters are shared.
   */
  Weights extend(Weights weights) {
    INDArray known = weights.tokenTable();
    boolean isComplete = fresh.isEmpty() && tokenizer.vocabularySize() <= known.size(0);
    return isComplete ? weights : withRows(weights);
  }

  private Weights withRows(Weights weights) {
    INDArray tokens = table(weights.tokenTable());
    return weights.withTables(
        tokens, weights.hasTiedTables() ? tokens : table(weights.outputTable()));
  }

  private INDArray table(INDArray known) {
    long rows = known.size(0);
    long all = Math.max(rows, tokenizer.vocabularySize());
    INDArray table =
        Nd4j.createUninitialized(known.dataType(), new long[] {all, known.size(1)}, 'c');
    INDArray start = start(known);
    table.get(NDArrayIndex.interval(0, rows), NDArrayIndex.all()).assign(known);
    for (long row = rows; row < all; row++) {
      table.getRow(row).assign(start);
    }
    for (int row : fresh) {
      table.getRow(row).assign(start);
    }
    return table;
  }

  private INDArray start(INDArray known) {
    OptionalInt id = modelToken();
    return id.isPresent() && id.getAsInt() < known.size(0)
        ? known.getRow(id.getAsInt())
        : mean(known);
  }

  /** In the table's type, but not in BFLOAT16, in which long sums are inaccurate. */
  private static INDArray mean(INDArray known) {
    if (known.dataType() != DataType.BFLOAT16) {
      return known.mean(0);
    }
    INDArray sum = Nd4j.zeros(DataType.DOUBLE, known.size(1));
    for (long from = 0; from < known.size(0); from += ROWS_AT_A_TIME) {
      long to = Math.min(known.size(0), from + ROWS_AT_A_TIME);
      INDArray rows = known.get(NDArrayIndex.interval(from, to), NDArrayIndex.all());
      try (INDArray wide = rows.castTo(DataType.DOUBLE)) {
        sum.addi(wide.sum(0));
      }
    }
    return sum.divi(known.size(0));
  }

  /** Its entry in the vocabulary may differ from its text. */
  private OptionalInt modelToken() {
    OptionalInt named = tokenizer.findId(MODEL_TOKEN);
    if (named.isPresent()) {
      return named;
    }
    try {
      int[] ids = tokenizer.encode(MODEL_TOKEN);
      return ids.length == 1 ? OptionalInt.of(ids[0]) : OptionalInt.empty();
    } catch (UnknownTokenException e) {
      return OptionalInt.empty();
    }
  }
}
