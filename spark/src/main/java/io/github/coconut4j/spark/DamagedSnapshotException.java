package io.github.coconut4j.spark;

import java.io.IOException;

/** Thrown if the files of a snapshot differ from those that were written. */
final class DamagedSnapshotException extends IOException {

  private static final long serialVersionUID = 1L;

  DamagedSnapshotException(String message) {
    super(message);
  }
}
