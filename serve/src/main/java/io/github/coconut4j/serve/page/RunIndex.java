package io.github.coconut4j.serve.page;

import io.github.coconut4j.serve.http.HttpError;
import io.github.coconut4j.train.RunDirectory;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;

/**
 * The runs and searches under a directory, by name. A name from a client is looked up among the
 * existing ones and never used as a path; links are not followed.
 */
final class RunIndex {

  /** Largest number of directories that are looked into, since the page asks every second. */
  static final int MOST_DIRECTORIES = 2000;

  private static final int DEPTH = 5;
  private static final long FRESH_NANOS = 500_000_000L;

  /**
   * What was found at one time.
   *
   * @param runs directories of runs by name, including candidates of searches
   * @param searches directories of searches by name
   * @param complete false if there are more than {@link #MOST_DIRECTORIES}
   */
  record Listing(Map<String, Path> runs, Map<String, Path> searches, boolean complete) {}

  private final Path directory;
  private Listing listing;
  private long read;

  RunIndex(Path directory) {
    this.directory = directory.toAbsolutePath().normalize();
  }

  /** All runs and searches. */
  synchronized Listing list() throws IOException {
    if (listing == null || System.nanoTime() - read >= FRESH_NANOS) {
      listing = find();
      read = System.nanoTime();
    }
    return listing;
  }

  Path run(String name) throws IOException {
    return known(list().runs(), name);
  }

  Path search(String name) throws IOException {
    return known(list().searches(), name);
  }

  private static Path known(Map<String, Path> all, String name) {
    Path found = name == null ? null : all.get(name);
    if (found == null) {
      throw HttpError.notFound("name", "not_found", "Nothing has that name.");
    }
    return found;
  }

  private Listing find() throws IOException {
    Map<String, Path> runs = new TreeMap<>();
    Map<String, Path> searches = new TreeMap<>();
    Path root = root();
    Directories found = directories(root);
    for (Path path : found.all) {
      if (isRun(path)) {
        runs.put(name(root, path), path);
      }
      if (holds(path, "search.yaml") || holds(path, "results.jsonl")) {
        searches.put(name(root, path), path);
      }
    }
    return new Listing(runs, searches, found.isComplete);
  }

  /** The directory, which may itself be a link, to another disk for instance. */
  private Path root() {
    try {
      return directory.toRealPath();
    } catch (IOException e) { // not there yet, or just deleted: there are no runs then
      return directory;
    }
  }

  private static Directories directories(Path root) throws IOException {
    Directories found = new Directories();
    if (Files.isDirectory(root)) { // otherwise a run that is about to start
      Files.walkFileTree(root, Set.of(), DEPTH, found);
    }
    return found;
  }

  /**
   * Collects directories, without those in which a run keeps its model, tokens and checkpoints:
   * they are most of the directories, and hold no runs. One that cannot be read is left out: it
   * belongs to another user, or a run that is being trained has just deleted it.
   */
  private static final class Directories extends SimpleFileVisitor<Path> {

    private final List<Path> all = new ArrayList<>();
    private boolean isComplete = true;

    @Override
    public FileVisitResult preVisitDirectory(Path path, BasicFileAttributes attributes) {
      if (!all.isEmpty() && isOwnOfRun(path)) {
        return FileVisitResult.SKIP_SUBTREE;
      }
      if (all.size() == MOST_DIRECTORIES) {
        isComplete = false;
        return FileVisitResult.TERMINATE;
      }
      all.add(path);
      return FileVisitResult.CONTINUE;
    }

    private static boolean isOwnOfRun(Path path) {
      Path parent = path.getParent();
      if (parent == null) {
        return false;
      }
      RunDirectory run = new RunDirectory(parent);
      return Set.of(run.model(), run.tokens(), run.checkpoints()).contains(path) && isRun(parent);
    }

    /** Directories of the largest depth count as files. */
    @Override
    public FileVisitResult visitFile(Path path, BasicFileAttributes attributes) {
      if (!attributes.isDirectory()) {
        return FileVisitResult.CONTINUE;
      }
      return preVisitDirectory(path, attributes) == FileVisitResult.TERMINATE
          ? FileVisitResult.TERMINATE
          : FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFileFailed(Path path, IOException failure) {
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult postVisitDirectory(Path path, IOException failure) {
      return FileVisitResult.CONTINUE;
    }
  }

  private static boolean isRun(Path directory) {
    return holds(directory, "metrics.jsonl");
  }

  private static boolean holds(Path directory, String file) {
    return Files.isRegularFile(directory.resolve(file), LinkOption.NOFOLLOW_LINKS);
  }

  private String name(Path root, Path found) {
    Path relative = root.relativize(found);
    return relative.toString().isEmpty()
        ? Objects.toString(directory.getFileName(), "/")
        : relative.toString().replace('\\', '/');
  }
}
