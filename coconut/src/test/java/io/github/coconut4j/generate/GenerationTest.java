package io.github.coconut4j.generate;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GenerationTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "none",
      quoteCharacter = '"',
      value = {
        "<<1+1=2>>### 2          | 2",
        "### 1,234,567           | 1234567",
        "### -5                  | -5",
        "### -1,250.75           | -1250.75",
        "### 3.50                | 3.50",
        "a # b ## c              | c",
        "###                     | \"\"",
        "no mark at all          | none",
        "### Sally is a sterpus. | Sally is a sterpus.",
      })
  void theAnswerFollowsTheLastMark(String output, String answer) {
    assertThat(Generation.answer(output)).isEqualTo(answer);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {"a b ### c|a b", "### c|\"\"", "x # y # z|x", "none|none"})
  void theChainEndsAtTheFirstMark(String output, String chain) {
    assertThat(Generation.chain(output)).isEqualTo(chain);
  }
}
