package io.github.coconut4j.model.internal.file;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;

/** JSON of files that may come from anywhere: bounded, without duplicate keys or coercions. */
public final class StrictJson {

  private static final int MAX_NESTING = 64;
  private static final int MAX_NAME_LENGTH = 1000;

  private StrictJson() {}

  /**
   * A mapper that rejects documents beyond {@code maxLength} bytes or nested deeper than 64 levels,
   * a key that occurs twice, trailing content, and a value of a type other than the requested one.
   */
  public static JsonMapper mapper(long maxLength) {
    StreamReadConstraints constraints =
        StreamReadConstraints.builder()
            .maxDocumentLength(maxLength)
            .maxNestingDepth(MAX_NESTING)
            .maxNameLength(MAX_NAME_LENGTH)
            .build();
    JsonFactory factory =
        JsonFactory.builder()
            .streamReadConstraints(constraints)
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            // Names come from the file: neither interned nor kept in Jackson's shared symbol table.
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
            .build();
    return JsonMapper.builder(factory)
        .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
        .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
        .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
        .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
        .build();
  }
}
