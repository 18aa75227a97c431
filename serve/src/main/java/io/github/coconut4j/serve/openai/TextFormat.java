package io.github.coconut4j.serve.openai;

import java.util.List;
import java.util.Map;

/** The JSON of {@code /v1/completions}. */
final class TextFormat extends CompletionFormat {

  private static final String TYPE = "text_completion";

  TextFormat(String model) {
    super("cmpl-", model);
  }

  @Override
  String type() {
    return TYPE;
  }

  @Override
  String chunkType() {
    return TYPE;
  }

  @Override
  void putText(Map<String, Object> choice, String text) {
    choice.put("text", text);
  }

  @Override
  void putPart(Map<String, Object> choice, String text) {
    choice.put("text", text);
  }

  @Override
  void putEnd(Map<String, Object> choice) {
    choice.put("text", "");
  }

  @Override
  List<Map<String, Object>> opening() {
    return List.of();
  }
}
