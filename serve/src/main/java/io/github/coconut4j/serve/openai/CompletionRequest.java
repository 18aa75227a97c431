package io.github.coconut4j.serve.openai;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.coconut4j.batch.AnswerRequest;
import io.github.coconut4j.generate.GenerationOptions;
import io.github.coconut4j.serve.ServerLimits;
import io.github.coconut4j.serve.http.HttpError;
import io.github.coconut4j.serve.http.JsonFields;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import lombok.Value;

/** A request to OpenAI's API. */
@Value
class CompletionRequest {

  private static final int MOST_STOPS = 4;

  /** Unsupported fields that would change the answer. */
  private static final List<String> NOT_SUPPORTED =
      List.of(
          "tools",
          "functions",
          "logit_bias",
          "logprobs",
          "top_logprobs",
          "echo",
          "suffix",
          "audio",
          "prediction");

  /** Id of the model. */
  String model;

  /** The request to the batch. */
  AnswerRequest answer;

  /** Whether the answer is streamed. */
  boolean streamed;

  /** Whether a stream ends with the usage. */
  boolean withUsage;

  /** Reads the body of a chat: the question is the only message of the user. */
  static CompletionRequest ofChat(JsonFields fields, ServerLimits limits) {
    return of(fields, question(fields), limits);
  }

  /** Reads the body of a completion: the question is the prompt. */
  static CompletionRequest ofPrompt(JsonFields fields, ServerLimits limits) {
    return of(fields, prompt(fields), limits);
  }

  private static CompletionRequest of(JsonFields fields, String question, ServerLimits limits) {
    String model = fields.text("model");
    refuseNotSupported(fields);
    String tokens = fields.has("max_completion_tokens") ? "max_completion_tokens" : "max_tokens";
    Integer most = fields.integer(tokens, 1, limits.getNewTokens());
    Long seed = fields.longInteger("seed");
    GenerationOptions options =
        GenerationOptions.builder()
            .latents(fields.integer("thoughts", 0, limits.getThoughts()))
            .temperature(fields.number("temperature", 0, 2, 0))
            .topP(fields.share("top_p"))
            .seed(seed == null ? ThreadLocalRandom.current().nextLong() : seed)
            .maxNewTokens(
                most == null
                    ? Math.min(limits.getNewTokens(), GenerationOptions.DEFAULT.getMaxNewTokens())
                    : most)
            .build();
    AnswerRequest answer =
        AnswerRequest.builder()
            .question(question)
            .options(options)
            .stops(stops(fields))
            .deadline(limits.getAnswer())
            .build();
    JsonNode streaming = fields.get("stream_options");
    boolean withUsage =
        streaming != null
            && streaming.isObject()
            && new JsonFields(streaming).flag("include_usage");
    return new CompletionRequest(model, answer, fields.flag("stream"), withUsage);
  }

  private static void refuseNotSupported(JsonFields fields) {
    fields.integer("n", 1, 1);
    fields.integer("best_of", 1, 1);
    for (String name : NOT_SUPPORTED) {
      JsonNode value = fields.get(name);
      if (value != null && !isNothing(value)) {
        throw HttpError.badRequest(
            name, "`" + name + "` is not supported: the models here have none. Leave it out.");
      }
    }
    for (String penalty : List.of("frequency_penalty", "presence_penalty")) {
      if (fields.number(penalty, -2, 2, 0) != 0) {
        throw HttpError.badRequest(
            penalty, "`" + penalty + "` is not supported unless it is 0. Leave it out.");
      }
    }
    JsonNode format = fields.get("response_format");
    if (format != null && !"text".equals(format.path("type").asText())) {
      throw HttpError.badRequest(
          "response_format", "`response_format` is not supported but as text. Leave it out.");
    }
  }

  private static boolean isNothing(JsonNode value) {
    return value.isContainerNode() ? value.isEmpty() : value.isBoolean() && !value.booleanValue();
  }

  private static List<String> stops(JsonFields fields) {
    JsonNode value = fields.get("stop");
    List<String> stops = new ArrayList<>();
    if (value == null) {
      return stops;
    }
    for (JsonNode stop : value.isArray() ? value : List.of(value)) {
      if (!stop.isTextual() || stop.textValue().isEmpty() || stops.size() == MOST_STOPS) {
        throw fields.refused(
            "stop", "a text, not an empty one, or up to " + MOST_STOPS + " of them", "Change it.");
      }
      stops.add(stop.textValue());
    }
    return stops;
  }

  /** OpenAI's API also accepts a list of prompts; here the list may have only one. */
  private static String prompt(JsonFields fields) {
    JsonNode value = fields.get("prompt");
    if (value == null || !value.isArray()) {
      return fields.text("prompt");
    }
    if (value.size() != 1 || !value.get(0).isTextual() || value.get(0).textValue().isBlank()) {
      throw fields.refused("prompt", "one text with words", "Send one request a prompt.");
    }
    return value.get(0).textValue();
  }

  private static String question(JsonFields fields) {
    JsonNode messages = fields.get("messages");
    if (messages == null || !messages.isArray() || messages.isEmpty()) {
      throw HttpError.badRequest(
          "messages", "`messages` needs to be a list with the user's message. Send one.");
    }
    if (messages.size() > 1) {
      throw HttpError.badRequest(
          "messages",
          "A model here answers one question and knows no earlier turns and no system message, but"
              + " there are "
              + messages.size()
              + " messages. Send only the user's last message.");
    }
    JsonNode message = messages.get(0);
    if (!message.isObject() || !"user".equals(message.path("role").asText())) {
      throw HttpError.badRequest(
          "messages[0].role", "The message needs the role `user`. Change it.");
    }
    JsonNode content = message.path("content");
    String text = content.isArray() ? joined(content) : content.isTextual() ? content.asText() : "";
    if (text.isBlank()) {
      throw HttpError.badRequest(
          "messages[0].content", "The message needs a text with words. Send one.");
    }
    return text;
  }

  private static String joined(JsonNode parts) {
    StringBuilder text = new StringBuilder();
    for (JsonNode part : parts) {
      if (!"text".equals(part.path("type").asText()) || !part.path("text").isTextual()) {
        throw HttpError.badRequest(
            "messages[0].content",
            "A message's parts need to be of type `text`. Leave others out.");
      }
      text.append(part.get("text").textValue());
    }
    return text.toString();
  }
}
