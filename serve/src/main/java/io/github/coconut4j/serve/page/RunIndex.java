package io.github.coconut4j.serve.page;

import io.github.coconut4j.serve.http.HttpError;
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

  private static final int DEPTH = 5;
  private static final int MOST = 2000;
  private static final long FRESH_NANOS = 500_000_000L;

  private final Path directory;
  private Map<String, Path> runs = Map.of();
  private Map<String, Path> searches = Map.of();
  private long read;

  RunIndex(Path directory) {
    this.directory = directory.toAbsolutePath().normalize();
  }

  /** Directories of runs by name, including candidates of searches. */
  synchronized Map<String, Path> runs() throws IOException {
    refresh();
    return runs;
  }

  /** Directories of searches by name. */
  synchronized Map<String, Path> searches() throws IOException {
    refresh();
    return searches;
  }

  Path run(String name) throws IOException {
    return known(runs(), name);
  }

  Path search(String name) throws IOException {
    return known(searches(), name);
  }

  private static Path known(Map<String, Path> all, String name) {
    Path found = name == null ? null : all.get(name);
    if (found == null) {
      throw HttpError.notFound("name", "not_found", "Nothing has that name.");
    }
    return found;
  }

  private void refresh() throws IOException {
    long now = System.nanoTime();
    if (read != 0 && now - read < FRESH_NANOS) {
      return;
    }
    Map<String, Path> foundRuns = new TreeMap<>();
    Map<String, Path> foundSearches = new TreeMap<>();
    for (Path found : directories()) {
      if (holds(found, "metrics.jsonl")) {
        foundRuns.put(name(found), found);
      }
      if (holds(found, "search.yaml") || holds(found, "results.jsonl")) {
        foundSearches.put(name(found), found);
      }
    }
    runs = foundRuns;
    searches = foundSearches;
    read = System.nanoTime();
  }

  private List<Path> directories() throws IOException {
    if (!Files.isDirectory(directory)) {
      return List.of(); // a run that is about to start
    }
    Directories found = new Directories();
    Files.walkFileTree(directory, Set.of(), DEPTH, found);
    return found.all;
  }

  /**
   * Collects directories. One that cannot be read is left out: it belongs to another user, or a run
   * that is being trained has just deleted it.
   */
  private static final class Directories extends SimpleFileVisitor<Path> {

    private final List<Path> all = new ArrayList<>();

    @Override
    public FileVisitResult preVisitDirectory(Path path, BasicFileAttributes attributes) {
      all.add(path);
      return all.size() < MOST ? FileVisitResult.CONTINUE : FileVisitResult.TERMINATE;
    }

    /** Directories of the largest depth count as files. */
    @Override
    public FileVisitResult visitFile(Path path, BasicFileAttributes attributes) {
      return attributes.isDirectory()
          ? preVisitDirectory(path, attributes)
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

  private static boolean holds(Path directory, String file) {
    return Files.isRegularFile(directory.resolve(file), LinkOption.NOFOLLOW_LINKS);
  }

  private String name(Path found) {
    Path relative = directory.relativize(found);
    return relative.toString().isEmpty()
        ? Objects.toString(directory.getFileName(), "/")
        : relative.toString().replace('\\', '/');
  }
}
