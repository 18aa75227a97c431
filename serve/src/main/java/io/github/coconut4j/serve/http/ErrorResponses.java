package io.github.coconut4j.serve.http;

import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.HandlerType;
import io.javalin.http.HttpResponseException;
import io.javalin.http.MethodNotAllowedResponse;
import lombok.RequiredArgsConstructor;
import lombok.extern.slf4j.Slf4j;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Server;

/** Responds to requests that are rejected or fail, always with an {@link HttpError} as JSON. */
@Slf4j
@RequiredArgsConstructor
public final class ErrorResponses {

  private final JsonBodies json;

  /** Responds to what handlers throw. */
  public void addTo(RoutesConfig routes) {
    routes.exception(HttpError.class, this::respond);
    routes.exception(MethodNotAllowedResponse.class, this::respondToMethod);
    routes.exception(
        HttpResponseException.class,
        (e, context) ->
            respond(
                HttpError.ofStatus(
                    e.getStatus(), "There is nothing at this address. See docs/Serve.md."),
                context));
    routes.exception(Exception.class, this::respondToFailure);
  }

  /** Responds to what Jetty rejects itself, for which it has an HTML page. */
  public void addTo(Server server) {
    server.setErrorHandler(
        (request, response, callback) -> {
          int status = response.getStatus();
          response.getHeaders().put(HttpHeader.CONTENT_TYPE, "application/json");
          response.getHeaders().put("X-Content-Type-Options", "nosniff");
          HttpError error = HttpError.ofStatus(status, HttpStatus.getMessage(status) + ".");
          Content.Sink.write(response, true, json.text(error.body()), callback);
          return true;
        });
  }

  private void respond(HttpError error, Context context) {
    context.status(error.getStatus());
    if (context.method() != HandlerType.GET && context.attribute(JsonBodies.BODY_READ) == null) {
      context.header("Connection", "close"); // otherwise the body might be read as the next request
    }
    if (error.getStatus() == 429) {
      context.header("Retry-After", "1");
    }
    json.respond(context, error.body());
  }

  private void respondToMethod(MethodNotAllowedResponse error, Context context) {
    String allowed = error.getDetails().getOrDefault("availableMethods", "another");
    context.header("Allow", allowed);
    respond(
        HttpError.rejected(
            405,
            "method_not_allowed",
            "This address needs the method "
                + allowed
                + " but the request's is "
                + context.method().name()
                + ". Change it."),
        context);
  }

  private void respondToFailure(Exception error, Context context) {
    if (context.res().isCommitted()) {
      log.debug("A client left in the middle of its answer", error);
      return;
    }
    log.error("A request failed", error);
    respond(HttpError.failed("The server failed; its log says why."), context);
  }
}
