package io.github.coconut4j.spark;

import io.github.coconut4j.files.AtomicDirectory;
import io.github.coconut4j.files.Sha256;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import lombok.extern.slf4j.Slf4j;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.ChecksumException;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * Snapshots of one run's files, in a folder that the driver and all executors reach through
 * Hadoop's {@link FileSystem}. Nothing is renamed or locked, so any file system will do: {@code
 * file:}, {@code hdfs:}, {@code s3a:}.
 *
 * <p>Every snapshot is a folder with a unique name and a single writer. Its {@code SHA256SUMS}, in
 * the format of the command {@code sha256sum}, is written last, and its last line is the number of
 * files. (On HDFS a file exists, and is empty, before its writer closes it.) A snapshot is complete
 * once that line is written. Several writers, such as an executor that was given up and its
 * successor, cannot damage each other's snapshots.
 */
@Slf4j
final class RunStore {

  private static final String SUMS = "SHA256SUMS";

  /** Number of complete snapshots that are kept: the newest, and one in case it is damaged. */
  private static final int KEPT = 2;

  private final Path folder;
  private final FileSystem files;

  /**
   * Makes the store of a run.
   *
   * @param folder a URI, or a path on the default file system; created when needed
   * @throws IOException if the file system cannot be reached
   */
  RunStore(String folder, Configuration hadoop) throws IOException {
    this.folder = new Path(folder);
    this.files = this.folder.getFileSystem(hadoop);
  }

  /**
   * Publishes files of a run, then deletes older snapshots.
   *
   * @param run the run's directory
   * @param relative paths of the files, relative to that directory; at least one
   * @param name a unique name
   * @return {@code name}
   * @throws IOException if a file cannot be read or written; earlier snapshots stay
   */
  SnapshotName publish(java.nio.file.Path run, List<java.nio.file.Path> relative, SnapshotName name)
      throws IOException {
    Path target = new Path(folder, name.toString());
    boolean complete = false;
    try {
      StringBuilder sums = new StringBuilder();
      for (java.nio.file.Path each : relative) {
        String path = unixPath(each);
        String sum = copyIn(run.resolve(each), new Path(target, path));
        sums.append(sum).append("  ").append(path).append('\n');
      }
      sums.append(lastLine(relative.size())).append('\n');
      try (OutputStream output = files.create(new Path(target, SUMS), false)) {
        output.write(sums.toString().getBytes(StandardCharsets.UTF_8));
      }
      complete = true;
    } finally {
      if (!complete) {
        deleteQuietly(target);
      }
    }
    deleteOlder();
    return name;
  }

  /** The last line of the sums, a comment for {@code sha256sum}. */
  private static String lastLine(int files) {
    return "# " + files + " files";
  }

  private static String unixPath(java.nio.file.Path path) {
    List<String> names = new ArrayList<>();
    path.forEach(name -> names.add(name.toString()));
    return String.join("/", names);
  }

  private String copyIn(java.nio.file.Path from, Path to) throws IOException {
    MessageDigest digest = Sha256.digest();
    try (InputStream input = new DigestInputStream(Files.newInputStream(from), digest);
        OutputStream output = files.create(to, false)) {
      input.transferTo(output);
    }
    return Sha256.text(digest);
  }

  /** A folder that cannot be deleted only takes space: without sums it is not a snapshot. */
  private void deleteQuietly(Path path) {
    try {
      files.delete(path, true);
    } catch (IOException e) {
      log.warn("{} is old or incomplete and cannot be deleted: {}", path, e.getMessage());
    }
  }

  /**
   * Deletes all snapshots before the newest {@value #KEPT} complete ones, incomplete ones too.
   * Another writer may be deleting the same snapshots.
   */
  private void deleteOlder() throws IOException {
    int whole = 0;
    for (SnapshotName name : newestFirst()) {
      if (whole >= KEPT) {
        deleteQuietly(new Path(folder, name.toString()));
      } else if (isFinished(name)) {
        whole++;
      }
    }
  }

  private boolean isFinished(SnapshotName name) throws IOException {
    return files.exists(new Path(new Path(folder, name.toString()), SUMS));
  }

  /** All snapshots, including incomplete ones. */
  private List<SnapshotName> newestFirst() throws IOException {
    FileStatus[] found;
    try {
      found = files.listStatus(folder);
    } catch (FileNotFoundException e) {
      return List.of(); // nothing has been published yet
    }
    return Arrays.stream(found)
        .flatMap(status -> SnapshotName.parse(status.getPath().getName()).stream())
        .sorted(Comparator.reverseOrder())
        .toList();
  }

  /**
   * The newest undamaged snapshot, or empty if there is none. All its files are read and compared
   * with their sums. Damaged snapshots are skipped with a warning.
   *
   * @throws IOException if the store cannot be read
   */
  Optional<SnapshotName> newest() throws IOException {
    return newest(name -> check(name));
  }

  /**
   * Copies the newest complete snapshot into a directory.
   *
   * @param into the directory, empty or missing
   * @return the snapshot's name, or empty if there is none; then the directory is empty or missing
   */
  Optional<SnapshotName> fetchNewest(java.nio.file.Path into) throws IOException {
    return newest(name -> fetch(name, into));
  }

  private interface Attempt {
    void on(SnapshotName name) throws IOException;
  }

  private Optional<SnapshotName> newest(Attempt attempt) throws IOException {
    for (SnapshotName name : newestFirst()) {
      if (isFinished(name)) {
        try {
          attempt.on(name);
          return Optional.of(name);
        } catch (DamagedSnapshotException | ChecksumException | FileNotFoundException e) {
          log.warn("{} Using the snapshot before it.", e.getMessage());
        }
      }
    }
    return Optional.empty();
  }

  private void check(SnapshotName name) throws IOException {
    for (Map.Entry<String, String> file : sums(name).entrySet()) {
      copyOut(name, file.getKey(), file.getValue(), OutputStream.nullOutputStream());
    }
  }

  /**
   * Copies a snapshot into a directory.
   *
   * @param into the directory, empty or missing; deleted if the snapshot cannot be copied, since
   *     files of a damaged snapshot must not mix with those of the one before it
   * @throws IOException if the snapshot is damaged, or a file cannot be read or written
   */
  void fetch(SnapshotName name, java.nio.file.Path into) throws IOException {
    boolean complete = false;
    try {
      copyAll(name, into);
      complete = true;
    } finally {
      if (!complete) {
        AtomicDirectory.delete(into);
      }
    }
  }

  private void copyAll(SnapshotName name, java.nio.file.Path into) throws IOException {
    for (Map.Entry<String, String> file : sums(name).entrySet()) {
      java.nio.file.Path target = into.resolve(file.getKey()).normalize();
      if (!target.startsWith(into.normalize())) {
        throw new DamagedSnapshotException(
            "%s names the file %s, which is not within it.".formatted(name, file.getKey()));
      }
      Files.createDirectories(target.getParent());
      try (OutputStream output = Files.newOutputStream(target)) {
        copyOut(name, file.getKey(), file.getValue(), output);
      }
    }
  }

  /** SHA-256 sums by path. */
  private Map<String, String> sums(SnapshotName name) throws IOException {
    Map<String, String> sums = new LinkedHashMap<>();
    String text;
    try (InputStream input = files.open(new Path(new Path(folder, name.toString()), SUMS))) {
      text = new String(input.readAllBytes(), StandardCharsets.UTF_8);
    }
    List<String> lines = text.lines().toList();
    int count = lines.size() - 1;
    if (count < 1 || !lines.get(count).equals(lastLine(count))) {
      throw new DamagedSnapshotException(
          "%s of the snapshot %s needs files and a last line with their number but has none."
              .formatted(SUMS, new Path(folder, name.toString())));
    }
    for (String line : lines.subList(0, count)) {
      String[] parts = line.split("  ", 2);
      if (parts.length < 2) {
        throw new DamagedSnapshotException(
            "%s of the snapshot %s needs a sum and a path in each line but has `%s`."
                .formatted(SUMS, new Path(folder, name.toString()), line));
      }
      sums.put(parts[1], parts[0]);
    }
    return sums;
  }

  private void copyOut(SnapshotName name, String path, String sum, OutputStream output)
      throws IOException {
    Path source = new Path(new Path(folder, name.toString()), path);
    MessageDigest digest = Sha256.digest();
    try (InputStream input = new DigestInputStream(files.open(source), digest)) {
      input.transferTo(output);
    }
    if (!Sha256.text(digest).equals(sum)) {
      throw new DamagedSnapshotException(
          source + " is damaged: it needs the SHA-256 that it was written with, but has another.");
    }
  }

  @Override
  public String toString() {
    return folder.toString();
  }
}
