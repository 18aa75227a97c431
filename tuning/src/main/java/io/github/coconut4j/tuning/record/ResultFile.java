package io.github.coconut4j.tuning.record;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.github.coconut4j.config.ConfigException;
import io.github.coconut4j.data.Utf8Text;
import io.github.coconut4j.files.AtomicFile;
import io.github.coconut4j.files.JsonFault;
import io.github.coconut4j.json.JsonLines;
import io.github.coconut4j.model.internal.Arguments;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * {@code results.jsonl}: the records of all candidates. Each change is written to disk immediately.
 */
public final class ResultFile {

  /** Null for results in memory. */
  private final Path file;

  private final Map<Integer, CandidateRecord> records = new LinkedHashMap<>();

  private ResultFile(Path file) {
    this.file = file;
  }

  /** Makes results that are only in memory. */
  public static ResultFile inMemory() {
    return new ResultFile(null);
  }

  /**
   * Opens the results of a search, which may have none yet.
   *
   * @throws ConfigException if a line is not a result
   */
  public static ResultFile open(Path file) throws IOException {
    ResultFile results =
        new ResultFile(Arguments.requireNonNull(file, "file", "Name results.jsonl."));
    if (Files.exists(file)) {
      JsonLines.of(Utf8Text.readLenient(file)).forEach(results::add);
    }
    return results;
  }

  private void add(JsonLines.Line line) {
    try {
      CandidateRecord candidate = line.as(CandidateRecord.class);
      String fault = candidate == null ? "it is null" : fault(candidate);
      if (fault != null) {
        throw invalid(line.number(), fault, null);
      }
      records.put(candidate.getCandidate(), candidate);
    } catch (JsonProcessingException e) {
      throw invalid(line.number(), JsonFault.described(e.getOriginalMessage()), e);
    }
  }

  /** Describes why a record is invalid, or null. */
  private String fault(CandidateRecord candidate) {
    if (records.containsKey(candidate.getCandidate())) {
      return "candidate " + candidate.getCandidate() + " is there twice";
    }
    return candidate.fault();
  }

  private ConfigException invalid(int line, String fault, Exception cause) {
    return new ConfigException(
        String.format(
            Locale.ROOT,
            "%s needs one line per candidate, as `tune` writes it, but line %d is not one: %s. Remove it and the lines below it; their candidates continue from their runs.",
            file,
            line,
            fault.replaceAll("\\s+", " ")),
        cause);
  }

  /** Adds a candidate's record or replaces it. */
  public synchronized void save(CandidateRecord candidate) throws IOException {
    Arguments.requireNonNull(candidate, "candidate", "Build a CandidateRecord.");
    records.put(candidate.getCandidate(), candidate);
    if (file == null) {
      return;
    }
    StringBuilder lines = new StringBuilder();
    for (CandidateRecord known : records.values()) {
      lines.append(JsonLines.line(known));
    }
    AtomicFile.write(file, lines.toString());
  }

  /** The record of a candidate. */
  public synchronized Optional<CandidateRecord> find(int candidate) {
    return Optional.ofNullable(records.get(candidate));
  }

  /** Every candidate, in the order of their first end. */
  public synchronized List<CandidateRecord> all() {
    return List.copyOf(records.values());
  }

  /** The file, for messages. */
  @Override
  public String toString() {
    return file == null ? "results in memory" : file.toString();
  }
}
