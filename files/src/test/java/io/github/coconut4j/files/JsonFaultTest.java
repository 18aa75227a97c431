package io.github.coconut4j.files;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JsonFaultTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "Unexpected end-of-input: expected close marker for Object (start marker at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: 1, column: 3])"
            + "|Unexpected end-of-input: expected close marker for Object (begun at line: 1, column: 3)",
        "Document nesting depth (65) exceeds the maximum allowed (64, from `StreamReadConstraints.getMaxNestingDepth()`)"
            + "|Document nesting depth (65) exceeds the maximum allowed (64)",
        "Non-standard token 'NaN': enable `JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS` to allow"
            + "|Non-standard token 'NaN'",
        "Duplicate field 'a'|Duplicate field 'a'",
      })
  void keepsWhatConcernsTheFile(String message, String described) {
    assertThat(JsonFault.described(message)).isEqualTo(described);
  }
}
