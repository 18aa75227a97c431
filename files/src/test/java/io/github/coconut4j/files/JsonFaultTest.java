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
        "Unexpected character ('/' (code 47)): maybe a (non-standard) comment? (not recognized as one since Feature 'ALLOW_COMMENTS' not enabled for parser)"
            + "|Unexpected character ('/' (code 47)): maybe a (non-standard) comment?",
        "Trailing token (of type START_OBJECT) found after value (bound as `com.fasterxml.jackson.databind.JsonNode`): not allowed as per `DeserializationFeature.FAIL_ON_TRAILING_TOKENS`"
            + "|Trailing token (of type START_OBJECT) found after value",
        "Cannot map `null` into type `int` (set DeserializationConfig.DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES to 'false' to allow)"
            + "|Cannot map `null` into type `int`",
        "Cannot coerce String value (\"x\") to `int` (but might if coercion using `CoercionConfig` was enabled)"
            + "|Cannot coerce String value (\"x\") to `int`",
        "Illegal character ((CTRL-CHAR, code 30)): only regular white space (\\r, \\n, \\t) is allowed between tokens (consider enabling `JsonReadFeature.ALLOW_RS_CONTROL_CHAR`)"
            + "|Illegal character ((CTRL-CHAR, code 30)): only regular white space (\\r, \\n, \\t) is allowed between tokens",
      })
  void keepsWhatConcernsTheFile(String message, String described) {
    assertThat(JsonFault.described(message)).isEqualTo(described);
  }
}
