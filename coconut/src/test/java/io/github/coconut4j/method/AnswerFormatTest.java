package io.github.coconut4j.method;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AnswerFormatTest {

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
    assertThat(AnswerFormat.PUBLISHED.answer(output)).isEqualTo(answer);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {"a b ### c|a b", "### c|\"\"", "x # y # z|x", "none|none"})
  void theChainEndsAtTheFirstMark(String output, String chain) {
    assertThat(AnswerFormat.PUBLISHED.chain(output)).isEqualTo(chain);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "none",
      value = {
        "1+1=2 The answer is: 2      | 2     | 1+1=2",
        "The answer is:2             | 2     | ''",
        "a # b The answer is: 1,000  | 1000  | a # b",
        "The answer is: 1 The answer is: 3 | 3 | ''",
        "### 4                       | none  | ### 4",
      })
  void anotherPrefixIsTheMark(String output, String answer, String chain) {
    AnswerFormat format = new AnswerFormat("The answer is: ");

    assertThat(format.answer(output)).isEqualTo(answer);
    assertThat(format.chain(output)).isEqualTo(chain);
  }
}
