package io.github.coconut4j.config;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.exc.InputCoercionException;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import java.util.Arrays;
import java.util.Collection;
import java.util.Optional;
import java.util.stream.Collectors;

/** Describes the type that a value should have had, in terms of YAML. */
final class ExpectedValue {

  private ExpectedValue() {}

  /** The expected type, if the failure has it. */
  static Optional<String> of(JsonProcessingException error) {
    if (error instanceof MismatchedInputException mismatch && mismatch.getTargetType() != null) {
      return Optional.of(words(mismatch.getTargetType()));
    }
    return error.getCause() instanceof InputCoercionException range && range.getTargetType() != null
        ? Optional.of(words(range.getTargetType()))
        : Optional.empty();
  }

  private static String words(Class<?> type) {
    if (type.isEnum()) {
      return "one of " + constants(type);
    }
    if (type == boolean.class || type == Boolean.class) {
      return "true or false";
    }
    if (type == int.class || type == Integer.class) {
      return "a whole number from " + Integer.MIN_VALUE + " to " + Integer.MAX_VALUE;
    }
    if (type == long.class || type == Long.class) {
      return "a whole number of 64 bits";
    }
    if (type.isPrimitive() || Number.class.isAssignableFrom(type)) {
      return "a number";
    }
    if (CharSequence.class.isAssignableFrom(type)) {
      return "a text";
    }
    return Collection.class.isAssignableFrom(type) || type.isArray()
        ? "a list"
        : "a mapping of keys to values";
  }

  private static String constants(Class<?> type) {
    return Arrays.stream(type.getEnumConstants())
        .map(constant -> ConfigMappers.YAML.valueToTree(constant).asText())
        .collect(Collectors.joining(", "));
  }
}
