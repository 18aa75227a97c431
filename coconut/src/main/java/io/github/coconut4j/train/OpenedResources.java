package io.github.coconut4j.train;

import java.util.ArrayDeque;
import java.util.Deque;

/** What a constructor has opened so far, to be closed again if it fails. */
final class OpenedResources {

  private final Deque<AutoCloseable> opened = new ArrayDeque<>();

  /** Adds a resource, and returns it. */
  <T extends AutoCloseable> T add(T resource) {
    opened.push(resource);
    return resource;
  }

  /**
   * Closes all resources, the last one first.
   *
   * @param failure the reason, to which failures of closing are added
   */
  void closeAfter(Throwable failure) {
    for (AutoCloseable resource : opened) {
      try {
        resource.close();
      } catch (Exception | Error e) {
        failure.addSuppressed(e);
      }
    }
  }
}
