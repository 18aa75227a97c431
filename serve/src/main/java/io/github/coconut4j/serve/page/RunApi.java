package io.github.coconut4j.serve.page;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.github.coconut4j.config.ConfigFile;
import io.github.coconut4j.files.JsonFault;
import io.github.coconut4j.json.JsonLines;
import io.github.coconut4j.serve.http.HttpError;
import io.github.coconut4j.serve.http.JsonBodies;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The web page's requests about runs and searches, which other processes may be writing. */
public final class RunApi {

  private static final int TAIL_BYTES = 64 * 1024;
  private static final List<String> LOGS = List.of("log.txt", "metrics.jsonl");

  private final RunIndex files;
  private final JsonBodies json;

  /**
   * Makes the routes for runs.
   *
   * @param directory directory with the runs, or null for none
   */
  public RunApi(Path directory, JsonBodies json) {
    files = directory == null ? null : new RunIndex(directory);
    this.json = json;
  }

  /** Adds the page's routes. */
  public void addTo(RoutesConfig routes) {
    routes.get("/api/runs", this::list);
    routes.get("/api/runs/metrics", this::metrics);
    routes.get("/api/runs/config", this::config);
    routes.get("/api/runs/samples", this::samples);
    routes.get("/api/runs/log", this::log);
    routes.get("/api/searches/results", this::results);
  }

  private RunIndex files() {
    if (files == null) {
      throw HttpError.notFound(
          null, "not_found", "The server was started without a directory of runs. Give --runs.");
    }
    return files;
  }

  private void list(Context context) throws IOException {
    RunIndex.Listing listing =
        files == null ? new RunIndex.Listing(Map.of(), Map.of(), true) : files.list();
    Map<String, Object> found = new LinkedHashMap<>();
    found.put("directory", files != null);
    found.put("runs", entries(listing.runs(), "metrics.jsonl"));
    found.put("searches", entries(listing.searches(), "results.jsonl"));
    found.put("complete", listing.complete());
    found.put("most_directories", RunIndex.MOST_DIRECTORIES);
    found.put("now", System.currentTimeMillis()); // the clock that `changed` is of, nearly
    json.respond(context, found);
  }

  private static List<Map<String, Object>> entries(Map<String, Path> found, String file)
      throws IOException {
    List<Map<String, Object>> entries = new ArrayList<>();
    for (Map.Entry<String, Path> each : found.entrySet()) {
      entries.add(entry(each, file));
    }
    return entries;
  }

  private static Map<String, Object> entry(Map.Entry<String, Path> found, String file)
      throws IOException {
    Map<String, Object> entry = new LinkedHashMap<>();
    entry.put("name", found.getKey());
    entry.put("changed", changed(found.getValue().resolve(file)));
    entry.put("finished", Files.exists(found.getValue().resolve("evaluation.json")));
    return entry;
  }

  /** When a file was changed, or null if there is none: a run may be replaced at any time. */
  private static Long changed(Path file) throws IOException {
    try {
      BasicFileAttributes attributes =
          Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      return attributes.isRegularFile() ? attributes.lastModifiedTime().toMillis() : null;
    } catch (NoSuchFileException e) {
      return null;
    }
  }

  private void metrics(Context context) throws IOException {
    Path run = files().run(context.queryParam("name"));
    GrowingFile file = GrowingFile.read(run.resolve("metrics.jsonl"), context.queryParam("place"));
    Map<String, Object> found = new LinkedHashMap<>(MetricColumns.of(file.getText()).columns());
    found.put("place", file.getPlace());
    found.put("restarted", file.isRestarted());
    json.respond(context, found);
  }

  private void config(Context context) throws IOException {
    Path file = files().run(context.queryParam("name")).resolve("config.yaml");
    Map<String, String> keys = new LinkedHashMap<>();
    try {
      config(file)
          .forEach(
              (key, value) -> keys.put(key, value.isTextual() ? value.asText() : value.toString()));
    } catch (IllegalArgumentException e) {
      throw HttpError.failed("The run's config.yaml cannot be read: " + e.getMessage());
    }
    json.respond(context, Map.of("config", keys));
  }

  /**
   * The keys of a run's or a search's configuration; none if there is no such file.
   *
   * @throws IllegalArgumentException if it is faulty
   */
  private static Map<String, JsonNode> config(Path file) throws IOException {
    return Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
        ? ConfigFile.read(file).values()
        : Map.of();
  }

  /** Sends the run's samples, whose file is always complete; an empty object if there are none. */
  private void samples(Context context) throws IOException {
    Path file = files().run(context.queryParam("name")).resolve("samples.json");
    boolean isThere = Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS);
    json.respond(context, isThere ? read(file) : Map.of());
  }

  private static JsonNode read(Path file) throws IOException {
    try {
      return new JsonLines.Line(1, Files.readString(file)).tree();
    } catch (JsonProcessingException e) {
      throw HttpError.failed(
          "The run's samples.json is not JSON: " + JsonFault.described(e.getOriginalMessage()));
    }
  }

  private void log(Context context) throws IOException {
    Path run = files().run(context.queryParam("name"));
    Map<String, Object> found = new LinkedHashMap<>();
    found.put("file", null);
    found.put("text", "");
    for (String name : LOGS) {
      Path file = run.resolve(name);
      if (Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS) && Files.size(file) > 0) {
        found.put("file", name);
        found.put("text", new String(GrowingFile.tail(file, TAIL_BYTES), StandardCharsets.UTF_8));
        break;
      }
    }
    json.respond(context, found);
  }

  private void results(Context context) throws IOException {
    Path search = files().search(context.queryParam("name"));
    Path file = search.resolve("results.jsonl");
    List<JsonNode> candidates = new ArrayList<>();
    for (JsonLines.Line line : JsonLines.of(GrowingFile.read(file, null).getText())) {
      try {
        candidates.add(line.tree());
      } catch (JsonProcessingException e) {
        candidates.add(null); // counted by the page
      }
    }
    Map<String, Object> found = new LinkedHashMap<>();
    found.put("candidates", candidates);
    found.put("minimize", false);
    found.put("fault", null);
    try {
      found.put("minimize", isMinimizing(search));
    } catch (IllegalArgumentException e) { // the candidates are worth showing nevertheless
      found.put("fault", "The search's search.yaml cannot be read: " + e.getMessage());
    }
    json.respond(context, found);
  }

  /** Whether a search looks for the lowest score. */
  private static boolean isMinimizing(Path search) throws IOException {
    JsonNode section = config(search.resolve("search.yaml")).get("search");
    return section != null && section.path("score").asText().equalsIgnoreCase("loss");
  }
}
