package io.github.coconut4j.serve.cli;

import io.github.coconut4j.cli.RunPage;
import io.github.coconut4j.serve.CoconutServer;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;

/** The web page of a run or a search in this process. */
public final class ServedRunPage implements RunPage {

  /** Called by {@link java.util.ServiceLoader}. */
  public ServedRunPage() {}

  @Override
  public Open open(Path directory, int port, PrintWriter errors) throws IOException {
    CoconutServer server = CoconutServer.builder().runs(directory).port(port).build();
    try {
      errors.println(server.start());
      errors.flush();
      return server::close;
    } catch (IOException | RuntimeException | Error e) {
      server.close();
      throw e;
    }
  }
}
