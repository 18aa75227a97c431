package io.github.coconut4j.serve.http;

import io.javalin.http.Context;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import org.eclipse.jetty.ee10.servlet.ServletContextRequest;
import org.eclipse.jetty.io.Connection;

/** The connection of a request. */
public final class Client {

  private final Context context;
  private final Connection connection;
  private boolean sentMore;

  /** The client of a request. */
  public Client(Context context) {
    this.context = context;
    connection =
        ServletContextRequest.getServletContextRequest(context.req())
            .getConnectionMetaData()
            .getConnection();
  }

  /** The connection itself. */
  public Connection connection() {
    return connection;
  }

  /**
   * Whether the client has closed the connection. Nothing else reads from it while a request is
   * answered, so this method has to: if it reads a part of the next request, the connection is
   * closed after this one, which HTTP allows.
   */
  public boolean isGone() {
    if (sentMore || !(connection.getEndPoint().getTransport() instanceof SocketChannel channel)) {
      return !connection.getEndPoint().isOpen();
    }
    try {
      int read = channel.read(ByteBuffer.allocate(1));
      if (read > 0) {
        sentMore = true;
        if (!context.res().isCommitted()) {
          context.header("Connection", "close");
        }
      }
      return read < 0;
    } catch (IOException e) {
      return true;
    }
  }
}
