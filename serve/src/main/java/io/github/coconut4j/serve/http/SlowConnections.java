package io.github.coconut4j.serve.http;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.util.component.AbstractLifeCycle;

/**
 * Closes connections on which no complete request arrives in time, even if single bytes keep
 * arriving: each byte resets Jetty's idle timeout.
 */
public final class SlowConnections extends AbstractLifeCycle implements Connection.Listener {

  /**
   * Time since when a connection has been waiting for a request; connections that are being
   * answered are not included.
   */
  private final Map<Connection, Long> waiting = new ConcurrentHashMap<>();

  private final long limit;
  private ScheduledExecutorService sweeper;

  /** Closes connections after this time without a request. */
  public SlowConnections(Duration limit) {
    this.limit = limit.toNanos();
  }

  @Override
  protected void doStart() {
    sweeper =
        Executors.newSingleThreadScheduledExecutor(
            task -> {
              Thread thread = new Thread(task, "slow-connections");
              thread.setDaemon(true);
              return thread;
            });
    var unused = sweeper.scheduleWithFixedDelay(this::sweep, 1, 1, TimeUnit.SECONDS);
  }

  @Override
  protected void doStop() {
    sweeper.shutdownNow();
  }

  private void sweep() {
    long now = System.nanoTime();
    waiting.forEach(
        (connection, since) -> {
          if (now - since > limit && waiting.remove(connection, since)) {
            connection.getEndPoint().close();
          }
        });
  }

  @Override
  public void onOpened(Connection connection) {
    waiting.put(connection, System.nanoTime());
  }

  @Override
  public void onClosed(Connection connection) {
    waiting.remove(connection);
  }

  /** A connection's request has arrived; answering it has no limit here. */
  public void answering(Connection connection) {
    waiting.remove(connection);
  }

  /** A connection's request is answered. */
  public void answered(Connection connection) {
    if (connection.getEndPoint().isOpen()) {
      waiting.put(connection, System.nanoTime());
    }
  }
}
