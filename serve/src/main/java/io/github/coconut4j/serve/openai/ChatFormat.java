package io.github.coconut4j.serve.openai;

import java.util.List;
import java.util.Map;

/** The JSON of {@code /v1/chat/completions}. */
final class ChatFormat extends CompletionFormat {

  ChatFormat(String model) {
    super("chatcmpl-", model);
  }

  @Override
  String type() {
    return "chat.completion";
  }

  @Override
  String chunkType() {
    return "chat.completion.chunk";
  }

  @Override
  void putText(Map<String, Object> choice, String text) {
    choice.put("message", Map.of("role", "assistant", "content", text));
  }

  @Override
  void putPart(Map<String, Object> choice, String text) {
    choice.put("delta", Map.of("content", text));
  }

  @Override
  void putEnd(Map<String, Object> choice) {
    choice.put("delta", Map.of());
  }

  /** One chunk with the role. */
  @Override
  List<Map<String, Object>> opening() {
    Map<String, Object> choice = choice(null);
    choice.put("delta", Map.of("role", "assistant", "content", ""));
    return List.of(chunk(choice));
  }
}
