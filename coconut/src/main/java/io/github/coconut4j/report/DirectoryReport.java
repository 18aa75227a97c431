package io.github.coconut4j.report;

import java.io.IOException;
import java.nio.file.Path;

/**
 * Renders the report of one kind of directory. Modules provide theirs as services, found by {@link
 * java.util.ServiceLoader}.
 */
public interface DirectoryReport {

  /** Whether the directory is of this kind. */
  boolean accepts(Path directory);

  /**
   * Writes the report into the directory.
   *
   * @return the file written
   */
  Path write(Path directory) throws IOException;
}
