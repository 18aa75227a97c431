package io.github.coconut4j.spark;

import java.io.IOException;

/** A snapshot is not as it was written. */
final class DamagedSnapshotException extends IOException {

  private static final long serialVersionUID = 1L;

  DamagedSnapshotException(String message) {
    super(message);
  }
}
