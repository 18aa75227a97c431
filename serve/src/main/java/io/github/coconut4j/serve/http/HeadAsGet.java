package io.github.coconut4j.serve.http;

import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * Answers HEAD as GET; Jetty leaves out the body. Javalin itself answers 200 without asking the
 * route, also for the health of a server that stops.
 */
public final class HeadAsGet extends Handler.Wrapper {

  /** Has no handler yet; Javalin adds its own. */
  public HeadAsGet() {}

  @Override
  public boolean handle(Request request, Response response, Callback callback) throws Exception {
    return super.handle(
        HttpMethod.HEAD.is(request.getMethod()) ? new Get(request) : request, response, callback);
  }

  private static final class Get extends Request.Wrapper {

    Get(Request head) {
      super(head);
    }

    @Override
    public String getMethod() {
      return HttpMethod.GET.asString();
    }
  }
}
