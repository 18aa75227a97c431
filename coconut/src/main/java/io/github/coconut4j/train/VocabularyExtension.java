package io.github.coconut4j.train;

import io.github.coconut4j.data.tokenizer.TextTokenizer;
import io.github.coconut4j.model.Weights;
import lombok.RequiredArgsConstructor;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * Rows for tokens that a pretrained model does not know. They start as the embedding of {@code <<},
 * as in the published implementation, or as the mean embedding where the vocabulary lacks it.
 */
@RequiredArgsConstructor
final class VocabularyExtension {

  private static final String MODEL_TOKEN = "<<";

  private final TextTokenizer tokenizer;

  /** A token table with a row for every token of the tokenizer; other parameters are shared. */
  Weights extend(Weights weights) {
    return weights.withTokenTable(table(weights.get(Weights.TOKEN_TABLE)));
  }

  private INDArray table(INDArray known) {
    long rows = known.size(0);
    INDArray table =
        Nd4j.createUninitialized(
            known.dataType(), new long[] {tokenizer.vocabularySize(), known.size(1)}, 'c');
    INDArray start =
        tokenizer.findId(MODEL_TOKEN).isPresent()
            ? known.getRow(tokenizer.id(MODEL_TOKEN))
            : known.mean(0);
    table.get(NDArrayIndex.interval(0, rows), NDArrayIndex.all()).assign(known);
    for (long row = rows; row < table.size(0); row++) {
      table.getRow(row).assign(start);
    }
    return table;
  }
}
