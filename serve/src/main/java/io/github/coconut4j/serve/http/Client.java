package io.github.coconut4j.serve.http;

import io.javalin.http.Context;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import org.eclipse.jetty.ee10.servlet.ServletContextRequest;
import org.eclipse.jetty.io.Connection;

/** The connection that a request came by. */
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
   * Whether the client has closed the connection. Nothing reads from it while a request is
   * answered, so that this has to: a next request that it reads into is refused by closing the
   * connection after this one, which HTTP allows.
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
