package io.github.coconut4j.train;

import io.github.coconut4j.data.tokenizer.TextTokenizer;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.Weights;
import lombok.RequiredArgsConstructor;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * Rows for tokens that a pretrained model does not know. They start as the embedding of {@code <<},
 * as in the published implementation, or as the mean embedding where the vocabulary lacks it.
 */
@RequiredArgsConstructor
final class VocabularyExtension {

  private static final String TABLE = "transformer.wte.weight";
  private static final String MODEL_TOKEN = "<<";

  private final TextTokenizer tokenizer;

  /**
   * Copies weights into a model with a larger vocabulary.
   *
   * @param larger the architecture with the new vocabulary size
   */
  Weights extend(Weights weights, TransformerConfig larger) {
    Weights extended = Weights.initial(larger, 0);
    extended
        .asMap()
        .forEach(
            (name, array) -> {
              if (name.equals(TABLE)) {
                fillTable(weights.get(TABLE), array);
              } else {
                array.assign(weights.get(name));
              }
            });
    return extended;
  }

  private void fillTable(INDArray known, INDArray table) {
    long rows = known.size(0);
    INDArray start =
        tokenizer.findId(MODEL_TOKEN).isPresent()
            ? known.getRow(tokenizer.id(MODEL_TOKEN))
            : known.mean(0);
    table.get(NDArrayIndex.interval(0, rows), NDArrayIndex.all()).assign(known);
    for (long row = rows; row < table.size(0); row++) {
      table.getRow(row).assign(start);
    }
  }
}
