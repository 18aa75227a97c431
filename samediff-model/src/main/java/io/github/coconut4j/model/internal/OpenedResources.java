package io.github.coconut4j.model.internal;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;

/** What a method or constructor has opened so far, to be closed again if it fails. */
public final class OpenedResources {

  private final Deque<AutoCloseable> opened = new ArrayDeque<>();

  /** Opens something that consists of several resources. */
  @FunctionalInterface
  public interface Opening<T> {

    /**
     * Opens it.
     *
     * @param opened receives each resource as soon as it is open
     */
    T open(OpenedResources opened) throws IOException;
  }

  /**
   * Opens something, and closes its resources if that fails.
   *
   * @throws IOException as {@code opening} does
   */
  public static <T> T open(Opening<T> opening) throws IOException {
    OpenedResources opened = new OpenedResources();
    try {
      return opening.open(opened);
    } catch (IOException | RuntimeException | Error e) {
      opened.closeAfter(e);
      throw e;
    }
  }

  /** Adds a resource, and returns it. */
  public <T extends AutoCloseable> T add(T resource) {
    opened.push(resource);
    return resource;
  }

  /** Adds resources, such as the arrays of a model. */
  public void addAll(Collection<? extends AutoCloseable> resources) {
    resources.forEach(opened::push);
  }

  /**
   * Closes all resources, the last one first.
   *
   * @param failure the reason, to which failures of closing are added
   */
  public void closeAfter(Throwable failure) {
    for (AutoCloseable resource : opened) {
      try {
        resource.close();
      } catch (Exception | Error e) {
        failure.addSuppressed(e);
      }
    }
  }
}
