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
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
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
    Path path = found.getValue().resolve(file);
    boolean isThere = Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS);
    Map<String, Object> entry = new LinkedHashMap<>();
    entry.put("name", found.getKey());
    entry.put("changed", isThere ? Files.getLastModifiedTime(path).toMillis() : null);
    entry.put("finished", Files.exists(found.getValue().resolve("evaluation.json")));
    return entry;
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
    if (Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
      try {
        ConfigFile.read(file)
            .values()
            .forEach(
                (key, value) ->
                    keys.put(key, value.isTextual() ? value.asText() : value.toString()));
      } catch (IllegalArgumentException e) {
        throw HttpError.failed("The run's config.yaml cannot be read: " + e.getMessage());
      }
    }
    json.respond(context, Map.of("config", keys));
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
        found.put("text", tail(file));
        break;
      }
    }
    json.respond(context, found);
  }

  private static String tail(Path file) throws IOException {
    try (RandomAccessFile input = new RandomAccessFile(file.toFile(), "r")) {
      int length = (int) Math.min(TAIL_BYTES, input.length());
      input.seek(input.length() - length);
      byte[] bytes = new byte[length];
      input.readFully(bytes);
      return new String(bytes, StandardCharsets.UTF_8);
    }
  }

  private void results(Context context) throws IOException {
    Path file = files().search(context.queryParam("name")).resolve("results.jsonl");
    List<JsonNode> candidates = new ArrayList<>();
    for (JsonLines.Line line : JsonLines.of(GrowingFile.read(file, null).getText())) {
      try {
        candidates.add(line.tree());
      } catch (JsonProcessingException e) {
        candidates.add(null); // counted by the page
      }
    }
    json.respond(context, Map.of("candidates", candidates));
  }
}
