package io.github.coconut4j.examples;

import io.vertx.core.AsyncResult;
import io.vertx.core.Handler;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import java.lang.reflect.Method;
import java.util.Set;

/**
 * A server that listens on the loopback address, whatever it is told. It answers GET alone, and
 * only a browser that knows it as localhost: a page of another site can neither read nor send
 * anything.
 */
final class LoopbackServer {

  private static final String ADDRESS = "127.0.0.1";
  private static final Set<String> NAMES = Set.of("localhost", ADDRESS);
  private static final int METHOD_NOT_ALLOWED = 405;
  private static final int MISDIRECTED_REQUEST = 421;

  private final HttpServer server;
  private final int port;
  private final HttpServer self;

  LoopbackServer(HttpServer server, int port) {
    this.server = server;
    this.port = port;
    self = Interception.of(HttpServer.class, server, this::call);
  }

  HttpServer asHttpServer() {
    return self;
  }

  @SuppressWarnings("unchecked") // as Vert.x declares these methods
  private Object call(Method method, Object[] arguments) {
    if (method.getName().equals("listen")) {
      if (arguments.length != 2 || !(arguments[0] instanceof Integer)) {
        throw new UnsupportedOperationException("listen needs a port and a handler: " + method);
      }
      server.listen(port, ADDRESS, (Handler<AsyncResult<HttpServer>>) arguments[1]);
      return self;
    }
    if (method.getName().equals("requestHandler") && arguments != null) {
      Handler<HttpServerRequest> handler = (Handler<HttpServerRequest>) arguments[0];
      server.requestHandler(request -> answer(request, handler));
      return self;
    }
    return Interception.NONE;
  }

  private static void answer(HttpServerRequest request, Handler<HttpServerRequest> handler) {
    String host = request.host() == null ? "" : request.host().replaceFirst(":\\d+$", "");
    if (!NAMES.contains(host)) {
      request.response().setStatusCode(MISDIRECTED_REQUEST).end();
    } else if (request.method() != HttpMethod.GET) {
      request.response().setStatusCode(METHOD_NOT_ALLOWED).end();
    } else {
      handler.handle(request);
    }
  }
}
