package io.github.coconut4j.vocabulary;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.coconut4j.bench.BenchShape;
import io.github.coconut4j.data.tokenizer.Gpt2Tokenizer;
import io.github.coconut4j.data.tokenizer.HuggingFaceTextTokenizer;
import io.github.coconut4j.data.tokenizer.SpecialTokens;
import io.github.coconut4j.data.tokenizer.TextTokenizer;
import io.github.coconut4j.data.tokenizer.WordTokenizer;
import io.github.coconut4j.model.ArrayDifference;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.Weights;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.ndarray.INDArray;

class VocabularyExtensionTest {

  private static final Path QWEN = Path.of("../data/src/test/resources/tokenizers/qwen2");

  /** GPT-2's id of {@code <<}, from its published vocabulary. */
  private static final int MODEL_TOKEN = 16791;

  private static Weights weights(int vocabulary) {
    return Weights.initial(
        TransformerConfig.builder()
            .vocabSize(vocabulary)
            .nPositions(4)
            .nEmbd(4)
            .nLayer(1)
            .nHead(1)
            .build(),
        3);
  }

  @Test
  void newTokensStartAsTheEmbeddingOfTheModelToken() {
    Weights known = weights(50257);
    try (HuggingFaceTextTokenizer gpt2 = Gpt2Tokenizer.create();
        TextTokenizer tokenizer = gpt2.withSpecialTokens(SpecialTokens.COCONUT)) {
      INDArray before = known.tokenTable();
      INDArray after = new VocabularyExtension(tokenizer, List.of()).extend(known).tokenTable();

      assertThat(after.shape()).containsExactly(50260, 4);
      assertEqual(after.getRow(50256), before.getRow(50256));
      assertEqual(after.getRow(0), before.getRow(0));
      for (int row = 50257; row < 50260; row++) {
        assertEqual(after.getRow(row), before.getRow(MODEL_TOKEN));
      }
    }
  }

  private static void assertEqual(INDArray actual, INDArray expected) {
    assertThat(ArrayDifference.between(actual, expected))
        .matches(difference -> difference.isWithin(0), "equal");
  }

  @Test
  void withoutThatTokenTheyStartAsTheMeanAndTheRestIsKept() {
    try (TextTokenizer tokenizer = WordTokenizer.of(List.of("one two three"))) {
      Weights known = weights(tokenizer.vocabularySize() - 1);
      Weights extended = new VocabularyExtension(tokenizer, List.of()).extend(known);

      INDArray table = known.tokenTable();
      float[] sums = new float[4];
      for (int row = 0; row < table.rows(); row++) {
        for (int column = 0; column < 4; column++) {
          sums[column] += table.getFloat(row, column) / table.rows();
        }
      }
      INDArray added = extended.tokenTable().getRow(table.rows());
      assertThat(added.toFloatVector()).containsExactly(sums, within(1e-6f));
      assertEqual(extended.get("transformer.wpe.weight"), known.get("transformer.wpe.weight"));
    }
  }

  /** 50304 rows, as many training programs have for GPT-2's 50257 tokens. */
  @Test
  void rowsLeftOverInAPaddedTableServeTheNewTokens() {
    Weights known = weights(50304);
    try (HuggingFaceTextTokenizer gpt2 = Gpt2Tokenizer.create();
        TextTokenizer tokenizer = gpt2.withSpecialTokens(SpecialTokens.COCONUT)) {
      INDArray before = known.tokenTable();
      INDArray after =
          new VocabularyExtension(tokenizer, List.of(50257, 50258, 50259))
              .extend(known)
              .tokenTable();

      assertThat(after.shape()).containsExactly(50304, 4);
      for (int row = 50250; row < 50304; row++) {
        boolean isNew = row >= 50257 && row < 50260;
        assertThat(after.getRow(row)).isEqualTo(before.getRow(isNew ? MODEL_TOKEN : row));
      }
    }
  }

  /** As for Qwen: an output table of its own, with more rows than there are tokens. */
  @ParameterizedTest
  @CsvSource({"264, 267", "266, 267", "300, 300"})
  void bothTablesHaveTheNewTokens(int rows, int extendedRows) throws IOException {
    TransformerConfig untied =
        BenchShape.LLAMA_SMALL.getSizes().config().toBuilder()
            .vocabSize(rows)
            .nEmbd(16)
            .nLayer(1)
            .tieWordEmbeddings(false)
            .build();
    Weights known = Weights.initial(untied, 3);
    try (HuggingFaceTextTokenizer qwen = HuggingFaceTextTokenizer.open(QWEN);
        TextTokenizer tokenizer = qwen.withSpecialTokens(SpecialTokens.COCONUT)) {
      int first = qwen.vocabularySize();
      assertThat(first).isEqualTo(264);
      List<Integer> fresh = List.of(first, first + 1, first + 2);

      Weights extended = new VocabularyExtension(tokenizer, fresh).extend(known);

      int model = tokenizer.id("<<");
      assertThat(extended.hasTiedTables()).isFalse();
      assertRows(extended.tokenTable(), known.tokenTable(), extendedRows, model, fresh);
      assertRows(extended.outputTable(), known.outputTable(), extendedRows, model, fresh);
      extended.requireShapes(untied.toBuilder().vocabSize(extendedRows).build());
    }
  }

  private static void assertRows(
      INDArray after, INDArray before, int rows, int model, List<Integer> fresh) {
    assertThat(after.rows()).isEqualTo(rows);
    for (int row = 0; row < rows; row++) {
      assertEqual(after.getRow(row), before.getRow(fresh.contains(row) ? model : row));
    }
  }
}
