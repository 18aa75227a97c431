package io.github.coconut4j.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ServiceLoader;

/**
 * A web page about a run or a search in this process, for {@code --serve}. Another module provides
 * it as a service, found by {@link ServiceLoader}.
 */
public interface RunPage {

  /** An open page, closed when the run ends. */
  interface Open extends AutoCloseable {
    @Override
    void close();
  }

  /**
   * Opens the page on this machine's own address.
   *
   * @param directory the directory of the run or search, which may not exist yet
   * @param port 0 for a free one
   * @param errors receives the address of the page
   * @throws IOException if the port is not available
   */
  Open open(Path directory, int port, PrintWriter errors) throws IOException;

  /**
   * Opens the page if a port is given.
   *
   * @param port null for no page
   * @throws IllegalArgumentException if no module provides a page, or the port is invalid
   */
  static Open of(Path directory, Integer port, PrintWriter errors) throws IOException {
    if (port == null) {
      return () -> {};
    }
    if (port < 0 || port > 65535) {
      throw new IllegalArgumentException(
          "--serve needs a port from 0 to 65535 but is " + port + ". Change it.");
    }
    return ServiceLoader.load(RunPage.class)
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "--serve needs the module coconut-serve on the class path but it is not there."
                        + " Add it, or leave --serve out."))
        .open(directory, port, errors);
  }
}
