package io.github.coconut4j.serve.cli;

import io.github.coconut4j.cli.RunPage;
import io.github.coconut4j.serve.CoconutServer;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;

/** The page beside a run or a search of this process. */
public final class ServedRunPage implements RunPage {

  /** The page, as the command line makes it. */
  public ServedRunPage() {}

  @Override
  public Open open(Path directory, int port, PrintWriter errors) throws IOException {
    CoconutServer server = CoconutServer.builder().runs(directory).port(port).build();
    try {
      errors.println(server.start());
      errors.flush();
      return server::close;
    } catch (IOException | RuntimeException e) {
      server.close();
      throw e;
    }
  }
}
