package io.github.coconut4j.train;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.github.coconut4j.data.Utf8Text;
import io.github.coconut4j.files.AtomicFile;
import io.github.coconut4j.files.JsonFault;
import io.github.coconut4j.json.JsonLines;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Appends every update and evaluation to {@code metrics.jsonl}. */
public final class MetricsFile implements TrainingObserver {

  /** Not a channel, which an interrupt of the thread would close. */
  private final FileOutputStream file;

  private final Writer writer;
  private int lines;

  private MetricsFile(FileOutputStream file, int lines) {
    this.file = file;
    this.writer = new OutputStreamWriter(file, StandardCharsets.UTF_8);
    this.lines = lines;
  }

  /**
   * Writes everything to the disk, so that it survives a power loss; may be called from any thread.
   */
  void sync() throws IOException {
    file.getFD().sync();
  }

  /** Number of lines in the file. */
  int lines() {
    return lines;
  }

  /**
   * Opens the file of a run and removes lines that are not part of its state.
   *
   * @param lines number of lines to keep, 0 in a new run
   */
  static MetricsFile open(Path file, int lines) throws IOException {
    StringBuilder kept = new StringBuilder();
    if (lines > 0) {
      Utf8Text.read(file).lines().limit(lines).forEach(line -> kept.append(line).append('\n'));
    }
    AtomicFile.write(file, kept.toString());
    return new MetricsFile(new FileOutputStream(file.toFile(), true), lines);
  }

  /** Opens a file for appending; existing lines are kept. */
  static MetricsFile append(Path file) throws IOException {
    if (Files.notExists(file)) {
      return open(file, 0);
    }
    String text = Utf8Text.read(file);
    return open(file, (int) text.chars().filter(letter -> letter == '\n').count());
  }

  /**
   * Reads the updates and evaluations of a run, which may be in progress.
   *
   * @throws IllegalArgumentException if a line is neither
   */
  public static Metrics read(Path file) throws IOException {
    return read(file, Integer.MAX_VALUE);
  }

  /**
   * Reads the updates and evaluations of a state. The lines after them, which {@link #open} would
   * remove, are ignored.
   *
   * @param lines number of lines of the state
   * @throws IllegalArgumentException if one of them is neither
   */
  static Metrics read(Path file, int lines) throws IOException {
    Metrics metrics = new Metrics(new ArrayList<>(), new ArrayList<>());
    String text = Utf8Text.readLenient(file);
    for (JsonLines.Line line : JsonLines.of(text.substring(0, text.lastIndexOf('\n') + 1))) {
      if (line.number() > lines) {
        break;
      }
      try {
        metrics.add(line);
      } catch (JsonProcessingException e) {
        throw invalid(
            file,
            line,
            "one of which JSON says: " + JsonFault.described(e.getOriginalMessage()),
            e);
      } catch (IllegalArgumentException e) {
        throw invalid(file, line, e.getMessage(), e);
      }
    }
    return metrics;
  }

  private static IllegalArgumentException invalid(
      Path file, JsonLines.Line line, String found, Exception cause) {
    return new IllegalArgumentException(
        String.format(
            Locale.ROOT,
            "Line %d of %s must be an update or an evaluation as `train` writes them, found %s. Restore the file, or train again.",
            line.number(),
            file,
            found),
        cause);
  }

  /**
   * The lines of a file.
   *
   * @param updates in order
   * @param evaluations in order
   */
  public record Metrics(List<UpdateMetrics> updates, List<EvaluationMetrics> evaluations) {

    private void add(JsonLines.Line line) throws JsonProcessingException {
      JsonNode node = line.tree();
      if (!node.isObject()) {
        throw new IllegalArgumentException(node.toString());
      }
      if (!node.has("eval_accuracy")) {
        updates.add(line.as(UpdateMetrics.class));
        return;
      }
      EvaluationMetrics evaluation = line.as(EvaluationMetrics.class);
      if (!(evaluation.getEvalAccuracy() >= 0 && evaluation.getEvalAccuracy() <= 1)) {
        throw new IllegalArgumentException(node + ", whose `eval_accuracy` must be from 0 to 1");
      }
      evaluations.add(evaluation);
    }
  }

  @Override
  public void updated(UpdateMetrics metrics) throws IOException {
    write(metrics);
  }

  @Override
  public void evaluated(EvaluationMetrics metrics, boolean improved) throws IOException {
    write(metrics);
  }

  private void write(Object metrics) throws IOException {
    writer.write(JsonLines.line(metrics));
    writer.flush(); // so that the run can be watched and reported while the file is open
    lines++;
  }

  @Override
  public void close() throws IOException {
    writer.close();
  }
}
