package io.github.coconut4j.serve.openai;

import io.github.coconut4j.batch.Answer;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;

/** Formats one answer as OpenAI's JSON, complete or in chunks. */
abstract class CompletionFormat {

  private final String model;
  private final String id;
  private final long created = Instant.now().getEpochSecond();

  CompletionFormat(String idPrefix, String model) {
    this.model = model;
    id = idPrefix + UUID.randomUUID().toString().replace("-", "");
  }

  /** The type of a complete answer. */
  abstract String type();

  /** The type of a chunk. */
  abstract String chunkType();

  /** Puts the text of a complete answer into its choice. */
  abstract void putText(Map<String, Object> choice, String text);

  /** Puts a part of the text into a chunk's choice. */
  abstract void putPart(Map<String, Object> choice, String text);

  /** Puts what the last choice has instead of text into it. */
  abstract void putEnd(Map<String, Object> choice);

  /** The chunks before those with text. */
  abstract List<Map<String, Object>> opening();

  /** The complete answer. */
  final Map<String, Object> whole(Answer answer) {
    Map<String, Object> choice = choice(end(answer));
    putText(choice, answer.getText());
    Map<String, Object> body = body(type(), choice);
    body.put("usage", usage(answer));
    return body;
  }

  /** A chunk of the text. */
  final Map<String, Object> text(String text) {
    Map<String, Object> choice = choice(null);
    putPart(choice, text);
    return chunk(choice);
  }

  /** The chunk with the reason of the end. */
  final Map<String, Object> last(Answer answer) {
    Map<String, Object> choice = choice(end(answer));
    putEnd(choice);
    return chunk(choice);
  }

  /** The chunk with the usage and no choice. */
  final Map<String, Object> usageChunk(Answer answer) {
    Map<String, Object> body = chunk(null);
    body.put("usage", usage(answer));
    return body;
  }

  final Map<String, Object> chunk(Map<String, Object> choice) {
    return body(chunkType(), choice);
  }

  private static String end(Answer answer) {
    return answer.getEnd().name().toLowerCase(Locale.ROOT);
  }

  /** A choice without text; {@code end} is null before the end. */
  static Map<String, Object> choice(String end) {
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
