package io.github.coconut4j.serve.openai;

import io.github.coconut4j.batch.Answer;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;

/** Formats one answer as OpenAI's JSON, complete or in chunks. */
final class CompletionForm {

  private final boolean chat;
  private final String model;
  private final String id;
  private final long created = Instant.now().getEpochSecond();

  CompletionForm(boolean chat, String model) {
    this.chat = chat;
    this.model = model;
    id = (chat ? "chatcmpl-" : "cmpl-") + UUID.randomUUID().toString().replace("-", "");
  }

  /** The complete answer. */
  Map<String, Object> whole(Answer answer) {
    Map<String, Object> choice = choice(end(answer));
    if (chat) {
      choice.put("message", Map.of("role", "assistant", "content", answer.getText()));
    } else {
      choice.put("text", answer.getText());
    }
    Map<String, Object> body = body(chat ? "chat.completion" : "text_completion", choice);
    body.put("usage", usage(answer));
    return body;
  }

  /** The first chunk of a chat, without text. */
  Map<String, Object> first() {
    Map<String, Object> choice = choice(null);
    choice.put("delta", Map.of("role", "assistant", "content", ""));
    return piece(choice);
  }

  /** A chunk of the text. */
  Map<String, Object> text(String text) {
    Map<String, Object> choice = choice(null);
    if (chat) {
      choice.put("delta", Map.of("content", text));
    } else {
      choice.put("text", text);
    }
    return piece(choice);
  }

  /** The chunk with the reason of the end. */
  Map<String, Object> last(Answer answer) {
    Map<String, Object> choice = choice(end(answer));
    if (chat) {
      choice.put("delta", Map.of());
    } else {
      choice.put("text", "");
    }
    return piece(choice);
  }

  /** The chunk with the usage and no choice. */
  Map<String, Object> usagePiece(Answer answer) {
    Map<String, Object> body = piece(null);
    body.put("usage", usage(answer));
    return body;
  }

  private Map<String, Object> piece(Map<String, Object> choice) {
    return body(chat ? "chat.completion.chunk" : "text_completion", choice);
  }

  private static String end(Answer answer) {
    return answer.getEnd().name().toLowerCase(Locale.ROOT);
  }

  private static Map<String, Object> choice(String end) {
    Map<String, Object> choice = new LinkedHashMap<>();
    choice.put("index", 0);
    choice.put("finish_reason", end);
    choice.put("logprobs", null);
    return choice;
  }

  private Map<String, Object> body(String object, Map<String, Object> choice) {
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("id", id);
    body.put("object", object);
    body.put("created", created);
    body.put("model", model);
    body.put("choices", choice == null ? List.of() : List.of(choice));
    return body;
  }

  /** Thoughts count as tokens, as in the paper. */
  private static Map<String, Object> usage(Answer answer) {
    int completion = answer.getThoughts() + answer.getWords();
    return Map.of(
        "prompt_tokens",
        answer.getPromptTokens(),
        "completion_tokens",
        completion,
        "total_tokens",
        answer.getPromptTokens() + completion,
        "completion_tokens_details",
        Map.of("reasoning_tokens", answer.getThoughts()));
  }
}
