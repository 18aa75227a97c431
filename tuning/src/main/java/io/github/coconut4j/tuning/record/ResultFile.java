package io.github.coconut4j.tuning.record;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.coconut4j.config.ConfigException;
import io.github.coconut4j.data.AtomicFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** {@code results.jsonl}: what is known of every candidate. Each change is on disk at once. */
public final class ResultFile {

  private static final JsonMapper JSON = JsonMapper.builder().build();

  /** Null for results in memory. */
  private final Path file;

  private final Map<Integer, CandidateRecord> records = new LinkedHashMap<>();

  private ResultFile(Path file) {
    this.file = file;
  }

  /** Results that are kept in memory alone. */
  public static ResultFile inMemory() {
    return new ResultFile(null);
  }

  /**
   * Opens the results of a search, which may have none yet.
   *
   * @throws ConfigException if a line is none of a result
   */
  public static ResultFile open(Path file) throws IOException {
    ResultFile results = new ResultFile(file);
    if (Files.exists(file)) {
      for (String line : Files.readAllLines(file)) {
        results.add(line);
      }
    }
    return results;
  }

  private void add(String line) {
    try {
      CandidateRecord candidate = JSON.readValue(line, CandidateRecord.class);
      records.put(candidate.getCandidate(), candidate);
    } catch (JsonProcessingException e) {
      throw new ConfigException(
          file
              + " needs a JSON object of a candidate a line but has "
              + line
              + ". Remove the line; its candidate is trained again.",
          e);
    }
  }

  /** Adds a candidate or replaces what was known of it. */
  public synchronized void save(CandidateRecord candidate) throws IOException {
    records.put(candidate.getCandidate(), candidate);
    if (file == null) {
      return;
    }
    StringBuilder lines = new StringBuilder();
    for (CandidateRecord known : records.values()) {
      lines.append(JSON.writeValueAsString(known)).append('\n');
    }
    AtomicFile.write(file, lines.toString());
  }

  /** What is known of a candidate. */
  public synchronized Optional<CandidateRecord> find(int candidate) {
    return Optional.ofNullable(records.get(candidate));
  }

  /** Every candidate, in the order in which they ended first. */
  public synchronized List<CandidateRecord> all() {
    return List.copyOf(records.values());
  }
}
