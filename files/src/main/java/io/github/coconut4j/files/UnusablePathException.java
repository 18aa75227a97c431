package io.github.coconut4j.files;

import java.nio.file.FileSystemException;
import java.nio.file.Path;

/** A path that cannot be read or written because of what it names; a wrong argument. */
public class UnusablePathException extends FileSystemException {

  private static final long serialVersionUID = 1L;

  /**
   * Makes an exception.
   *
   * @param reason what is wrong, such as "it is a directory where a file is needed"
   */
  public UnusablePathException(Path path, String reason) {
    super(path.toString(), null, reason);
  }
}
