package io.github.coconut4j.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ServiceLoader;

/**
 * A page over a run or a search that is under way in this process: what {@code --serve} opens.
 * Another module brings it as a service, found by {@link ServiceLoader}.
 */
public interface RunPage {

  /** Of a page that is open, closed when the run ends. */
  interface Open extends AutoCloseable {
    @Override
    void close();
  }

  /**
   * Opens the page on this machine's own address.
   *
   * @param directory of the run or search, which may not be there yet
   * @param port 0 for a free one
   * @param errors told where the page is
   * @throws IOException if the port cannot be had
   */
  Open open(Path directory, int port, PrintWriter errors) throws IOException;

  /**
   * Opens the page where a port is given.
   *
   * @param port null for no page
   * @throws IllegalArgumentException if no module brings a page, or the port is none
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
