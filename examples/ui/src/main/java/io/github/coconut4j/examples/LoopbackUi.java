package io.github.coconut4j.examples;

import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.impl.VertxInternal;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.deeplearning4j.ui.VertxUIServer;

/**
 * Deeplearning4j's user interface, for this machine alone. Deeplearning4j opens it on every network
 * interface and has no setting that keeps it from that, so the server that it asks Vert.x for is
 * given another address: {@link LoopbackServer}.
 */
final class LoopbackUi extends VertxUIServer {

  private final int wanted;

  private LoopbackUi(int port) {
    wanted = port;
  }

  /**
   * Starts it; {@code UIServer.stopInstance()} stops it.
   *
   * @param port 1 to 65535, or 0 for one that is free, which {@link #getPort()} names
   * @throws ExecutionException if it does not start, for instance since the port is taken
   */
  static LoopbackUi start(int port)
      throws ExecutionException, InterruptedException, TimeoutException {
    LoopbackUi ui = new LoopbackUi(port);
    CompletableFuture<String> started = new CompletableFuture<>();
    Vertx.vertx()
        .deployVerticle(
            ui,
            result -> {
              if (result.succeeded()) {
                started.complete(result.result());
              } else {
                started.completeExceptionally(result.cause());
              }
            });
    started.get(30, TimeUnit.SECONDS);
    return ui;
  }

  @Override
  public void init(Vertx vertx, Context context) {
    Vertx onLoopback =
        Interception.of(
            VertxInternal.class,
            (VertxInternal) vertx,
            (method, arguments) ->
                method.getName().equals("createHttpServer")
                    ? new LoopbackServer(vertx.createHttpServer(), wanted).asHttpServer()
                    : Interception.NONE);
    super.init(onLoopback, context);
  }
}
