package io.github.coconut4j.spark;

import io.github.coconut4j.config.ConfigException;
import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.files.Sha256;
import io.github.coconut4j.problems.ProblemSplits;
import io.github.coconut4j.problems.SourceParser;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import lombok.RequiredArgsConstructor;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;

/** Problem files in the store, each under its SHA-256: the driver writes, executors read. */
@RequiredArgsConstructor
final class InputFiles {

  /** Stands for the executor's folder; no path contains this character. */
  private static final String HERE = "\0";

  /** An empty file by which an executor recognizes the driver's folder. */
  private static final String MARK = "written-by-driver";

  private final String folder;
  private final Configuration hadoop;

  /** SHA-256 sums of the files that have been published. */
  private final Map<Path, String> published = new HashMap<>();

  /**
   * The sources of a configuration's problems, with placeholders for the executor's folder.
   *
   * @param train source of the training problems, as in {@code train_path}, or null
   * @param val source of the evaluation problems, as in {@code val_path}, or null
   * @param sums SHA-256 sums of the files by path below the folder; empty if all problems are
   *     generated
   */
  record Sources(String train, String val, Map<String, String> sums) implements Serializable {

    private TrainingConfig in(Path scratch, TrainingConfig config) {
      return config.toBuilder().trainPath(in(scratch, train)).valPath(in(scratch, val)).build();
    }

    private static String in(Path scratch, String source) {
      return source == null ? null : source.replace(HERE, scratch.toString());
    }
  }

  /** Publishes the files that a configuration names. */
  synchronized Sources publish(TrainingConfig config) throws IOException {
    org.apache.hadoop.fs.Path mark = target(MARK);
    mark.getFileSystem(hadoop).create(mark, true).close();
    Map<String, String> sums = new LinkedHashMap<>();
    String train = publish(config.getTrainPath(), sums);
    return new Sources(train, publish(config.getValPath(), sums), sums);
  }

  private String publish(String source, Map<String, String> sums) throws IOException {
    if (source == null) {
      return null;
    }
    Map<Path, String> moved = new HashMap<>();
    for (Path file : SourceParser.files(source)) {
      String sum = publish(file);
      String below = sum + "/" + file.getFileName(); // the name tells the format
      sums.put(below, sum);
      moved.put(file, HERE + "/" + below);
    }
    return SourceParser.withFiles(source, moved::get);
  }

  private String publish(Path file) throws IOException {
    String known = published.get(file);
    if (known != null) {
      return known;
    }
    String sum = Sha256.of(file);
    org.apache.hadoop.fs.Path target = target(sum);
    FileSystem files = target.getFileSystem(hadoop);
    if (!isThere(files, target, Files.size(file))) {
      try (OutputStream output = files.create(target, true)) {
        Files.copy(file, output);
      }
    }
    published.put(file, sum);
    return sum;
  }

  private static boolean isThere(FileSystem files, org.apache.hadoop.fs.Path path, long size)
      throws IOException {
    try {
      return files.getFileStatus(path).getLen() == size;
    } catch (FileNotFoundException e) {
      return false;
    }
  }

  private org.apache.hadoop.fs.Path target(String sum) {
    return new org.apache.hadoop.fs.Path(new org.apache.hadoop.fs.Path(folder), sum);
  }

  /**
   * Reads the problems of a configuration from published files.
   *
   * @param scratch a directory of this machine, where the files are copied
   * @throws ConfigException if this machine does not see the driver's folder
   * @throws IllegalArgumentException if the problems cannot be used
   * @throws IOException if a file is missing or differs from the published one
   */
  ProblemSplits fetch(TrainingConfig config, Sources sources, Path scratch) throws IOException {
    requireSameFolder();
    for (Map.Entry<String, String> file : sources.sums().entrySet()) {
      fetch(file.getValue(), scratch.resolve(file.getKey()));
    }
    return ProblemSplits.of(sources.in(scratch, config));
  }

  private void requireSameFolder() throws IOException {
    org.apache.hadoop.fs.Path mark = target(MARK);
    if (!mark.getFileSystem(hadoop).exists(mark)) {
      throw new ConfigException(
          "The store needs to be a folder that the driver and all executors share, but an executor"
              + " does not see the driver's files in "
              + folder
              + ". Set "
              + SparkSettings.STORE
              + " to a shared disk or to hdfs://….");
    }
  }

  private void fetch(String sum, Path copy) throws IOException {
    Files.createDirectories(copy.getParent());
    org.apache.hadoop.fs.Path source = target(sum);
    try (InputStream input = source.getFileSystem(hadoop).open(source)) {
      Files.copy(input, copy);
    }
    if (!Sha256.of(copy).equals(sum)) {
      throw new IOException(
          "The problem file "
              + copy.getFileName()
              + " needs to be as on the driver, but "
              + source
              + " has another SHA-256. Delete it and start again.");
    }
  }
}
