package io.github.coconut4j.audit;

import com.fasterxml.jackson.databind.EnumNamingStrategies;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.coconut4j.files.AtomicFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import lombok.Value;

/** The result of an audit. */
@Value
public class AuditResult {

  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .enumNamingStrategy(EnumNamingStrategies.SNAKE_CASE)
          .build();

  /** Source of the problems. */
  String data;

  /** Number of problems. */
  int problems;

  /** Seed of all random numbers. */
  long seed;

  /** The models, then the controls. */
  List<ModelProfile> models;

  /** Every claim with every kind of control. */
  List<Finding> findings;

  /** Writes or replaces {@code audit.json}. */
  public void write(Path directory) throws IOException {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("data", data);
    all.put("problems", problems);
    all.put("seed", seed);
    all.put("models", models);
    all.put("findings", findings.stream().map(Finding::details).toList());
    AtomicFile.write(
        directory.resolve("audit.json"),
        JSON.writerWithDefaultPrettyPrinter().writeValueAsString(all) + "\n");
  }
}
