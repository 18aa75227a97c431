package io.github.coconut4j.serve.page;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.coconut4j.CoconutModel;
import io.github.coconut4j.analyze.causal.Replacement;
import io.github.coconut4j.data.InvalidProblemException;
import io.github.coconut4j.data.ReasoningProblem;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.problems.ProblemSource;
import io.github.coconut4j.serve.ServerLimits;
import io.github.coconut4j.serve.http.Client;
import io.github.coconut4j.serve.http.HttpError;
import io.github.coconut4j.serve.http.JsonBodies;
import io.github.coconut4j.serve.http.JsonFields;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.io.IOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** The web page's requests about models: the list of models, problems, and thoughts. */
public final class ModelApi {

  private static final int WATCHERS = 2;
  private static final int MOST_STEPS = 8;

  private final Map<String, CoconutModel> models;
  private final JsonBodies json;
  private final ServerLimits limits;
  private final Semaphore watchers = new Semaphore(WATCHERS, true);

  /** Makes the routes for models by id. */
  public ModelApi(Map<String, CoconutModel> models, JsonBodies json, ServerLimits limits) {
    this.models = models;
    this.json = json;
    this.limits = limits;
  }

  /** Adds the page's routes. */
  public void addTo(RoutesConfig routes) {
    routes.get("/api/models", this::models);
    routes.post("/api/problem", this::problem);
    routes.post("/api/graph", this::graph);
    routes.post("/api/think", this::think);
  }

  private void models(Context context) {
    json.respond(
        context,
        Map.of(
            "models",
            models.entrySet().stream()
                .map(model -> described(model.getKey(), model.getValue()))
                .toList()));
  }

  private Map<String, Object> described(String id, CoconutModel model) {
    TransformerConfig config = model.getTransformer().getConfig();
    Map<String, Object> described = new LinkedHashMap<>();
    described.put("id", id);
    described.put("method", model.getConfig().getMethod().key());
    described.put("thinks", model.getConfig().getMethod().hasLatents());
    described.put("thoughts", model.getConfig().getDefaultLatents());
    described.put("most_thoughts", Math.min(limits.getThoughts(), config.longestSequence() / 4));
    described.put("layers", config.getNLayer());
    described.put("width", config.getNEmbd());
    described.put("positions", config.longestSequence());
    described.put("vocabulary", config.getVocabSize());
    return described;
  }

  private void problem(Context context) throws IOException {
    JsonFields fields = json.read(context);
    Integer seed = fields.integer("seed", 0, Integer.MAX_VALUE);
    Integer steps = fields.integer("steps", 2, MOST_STEPS);
    String source =
        String.format(Locale.ROOT, "prosqa-balanced:1:%d", seed == null ? 0 : seed)
            + (steps == null
                ? ""
                : String.format(Locale.ROOT, ":min_steps=%d,max_steps=%d", steps, steps));
    ReasoningProblem problem = ProblemSource.of(source).problems(Set.of()).get(0);
    Map<String, Object> found = new LinkedHashMap<>();
    found.put("question", problem.getQuestion());
    found.put("steps", problem.getSteps());
    found.put("answer", problem.getAnswer());
    json.respond(context, found);
  }

  private void graph(Context context) {
    Map<String, Object> found = new LinkedHashMap<>();
    try {
      found.put("graph", QuestionGraph.of(json.read(context).text("question")));
    } catch (InvalidProblemException e) {
      found.put("graph", null);
      found.put("reason", e.getMessage());
    }
    json.respond(context, found);
  }

  private void think(Context context) throws IOException, InterruptedException {
    JsonFields fields = json.read(context);
    CoconutModel model = models.get(fields.text("model"));
    if (model == null) {
      throw HttpError.notFound(
          "model", "model_not_found", "There is no model of that name. Reload the page.");
    }
    String question = fields.text("question");
    Integer asked = fields.integer("thoughts", 0, limits.getThoughts());
    int thoughts = asked == null ? model.getConfig().getDefaultLatents() : asked;
    Long seed = fields.longInteger("seed");
    Map<Integer, Replacement> replaced = replaced(fields, thoughts);
    ThoughtWatch watch = new ThoughtWatch(model, question, thoughts, replaced);
    requirePossible(watch);
    if (!watchers.tryAcquire(limits.getArrival().toMillis(), TimeUnit.MILLISECONDS)) {
      throw new HttpError(
          429,
          "rate_limit_error",
          null,
          "rate_limit_exceeded",
          "As many thoughts are watched as may be. Ask again in a moment.");
    }
    try {
      if (new Client(context).isGone()) { // the page has asked for something else meanwhile
        throw HttpError.clientGone();
      }
      json.respond(context, watch.think(graph(question), seed == null ? 1 : seed));
    } catch (Error e) { // which the server would not answer in JSON
      throw new IllegalStateException(
          "The thoughts could not be computed: " + e + ". The log shows more.", e);
    } finally {
      watchers.release();
    }
  }

  /** Rejects what the model cannot do; whatever is thrown later is the server's fault. */
  private static void requirePossible(ThoughtWatch watch) throws IOException {
    try {
      watch.requireReadable();
    } catch (IllegalArgumentException e) {
      throw HttpError.badRequest("question", e.getMessage());
    }
    try {
      watch.requireOthersReadable();
    } catch (IllegalArgumentException e) {
      throw HttpError.badRequest(
          "replaced",
          "The mean thought and another problem's thought need ProsQA's problems in the model's"
              + " vocabulary and positions but: "
              + e.getMessage()
              + " Choose another replacement.");
    }
  }

  private static QuestionGraph graph(String question) {
    try {
      return QuestionGraph.of(question);
    } catch (InvalidProblemException e) {
      return null; // thoughts can be shown without it
    }
  }

  /** Parses replacements such as {@code {"0": "zero", "2": "noise"}}. */
  private static Map<Integer, Replacement> replaced(JsonFields fields, int thoughts) {
    Map<Integer, Replacement> replaced = new HashMap<>();
    JsonNode node = fields.get("replaced");
    if (node == null) {
      return replaced;
    }
    if (!node.isObject()) {
      throw fields.refused("replaced", "an object of replacements by thoughts", "Send one.");
    }
    for (Map.Entry<String, JsonNode> entry : node.properties()) {
      replaced.put(thought(entry.getKey(), thoughts), replacement(entry.getValue().asText()));
    }
    return replaced;
  }

  private static int thought(String key, int thoughts) {
    if (!key.matches("\\d{1,4}") || Integer.parseInt(key) >= thoughts) {
      throw HttpError.badRequest(
          "replaced", "`replaced` needs numbers of thoughts, from 0, as its names. Change it.");
    }
    return Integer.parseInt(key);
  }

  private static Replacement replacement(String key) {
    List<Replacement> all = Arrays.asList(Replacement.values());
    return all.stream()
        .filter(replacement -> replacement.key().equals(key))
        .findFirst()
        .orElseThrow(
            () ->
                HttpError.badRequest(
                    "replaced",
                    "A thought is replaced by one of "
                        + all.stream().map(Replacement::key).toList()
                        + ". Choose one."));
  }
}
