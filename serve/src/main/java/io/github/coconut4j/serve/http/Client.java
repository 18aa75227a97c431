package io.github.coconut4j.serve.http;

import io.javalin.http.Context;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import org.eclipse.jetty.ee10.servlet.ServletContextRequest;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.server.internal.HttpConnection;

/** The connection of a request. */
public final class Client {

  private final HttpConnection connection;
  private boolean sentMore;

  /** The client of a request. */
  public Client(Context context) {
    connection =
        (HttpConnection)
            ServletContextRequest.getServletContextRequest(context.req())
                .getConnectionMetaData()
                .getConnection();
  }

  /** The connection itself. */
  public Connection connection() {
    return connection;
  }

  /**
   * Whether the client has closed the connection, or its sending half. Nothing else reads from it
   * while a request is answered, so this method has to; the first byte of a next request is given
   * back to the connection. After that byte, or while one is buffered, only a connection that the
   * server closed is noticed.
   */
  public boolean isGone() {
    if (sentMore
        || !connection.isRequestBufferEmpty()
        || !(connection.getEndPoint().getTransport() instanceof SocketChannel channel)) {
      return !connection.getEndPoint().isOpen();
    }
    try {
      ByteBuffer next = ByteBuffer.allocate(1);
      int read = channel.read(next);
      if (read > 0) {
        sentMore = true;
        connection.onUpgradeTo(next.flip());
      }
      return read < 0;
    } catch (IOException e) {
      return true;
    }
  }
}
