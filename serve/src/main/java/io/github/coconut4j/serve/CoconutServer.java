package io.github.coconut4j.serve;

import io.github.coconut4j.CoconutModel;
import io.github.coconut4j.model.internal.Arguments;
import io.github.coconut4j.serve.http.Assets;
import io.github.coconut4j.serve.http.Client;
import io.github.coconut4j.serve.http.ErrorResponses;
import io.github.coconut4j.serve.http.Guard;
import io.github.coconut4j.serve.http.HeadAsGet;
import io.github.coconut4j.serve.http.JsonBodies;
import io.github.coconut4j.serve.http.SlowConnections;
import io.github.coconut4j.serve.openai.OpenAiApi;
import io.github.coconut4j.serve.page.ModelApi;
import io.github.coconut4j.serve.page.RunApi;
import io.javalin.Javalin;
import io.javalin.compression.CompressionStrategy;
import io.javalin.config.JavalinConfig;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.util.JavalinBindException;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import lombok.Builder;
import lombok.Singular;
import lombok.extern.slf4j.Slf4j;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.NetworkConnectionLimit;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/**
 * A server with a web page for models, runs and searches, and with OpenAI's API.
 *
 * <pre>{@code
 * try (CoconutModel model = CoconutModel.open(Path.of("models/prosqa-coconut"));
 *     CoconutServer server =
 *         CoconutServer.builder().model("prosqa-coconut", model).runs(Path.of("runs")).build()) {
 *   System.out.println(server.start());
 *   …
 * }
 * }</pre>
 */
@Slf4j
public final class CoconutServer implements AutoCloseable {

  private static final int SPARE_THREADS = 8;

  /**
   * Paths that need no key, exactly as written: the page itself, which asks for the key, and the
   * health. A route also answers to other spellings of its path, such as one with a slash at the
   * end.
   */
  private static final Set<String> OPEN =
      Stream.concat(Assets.paths().stream(), Stream.of("/healthz"))
          .collect(Collectors.toUnmodifiableSet());

  /** An address of IPv6 as in a URI. */
  private static final Pattern BRACKETS = Pattern.compile("^\\[(.*)]$");

  private static final Pattern KEY = Pattern.compile("[!-~]([ -~]*[!-~])?");

  private final String host;
  private final int port;
  private final ServerLimits limits;
  private final Guard guard;
  private final JsonBodies json;
  private final ErrorResponses errors;
  private final SlowConnections slow;
  private final OpenAiApi openAi;
  private final ModelApi models;
  private final RunApi runs;
  private final Assets assets = new Assets();
  private final AtomicInteger underWay = new AtomicInteger();
  private final PrometheusMeterRegistry meters =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private Javalin javalin;
  private boolean closed;

  /**
   * Makes a server, which does not listen yet.
   *
   * @param models models by the names that clients use; owned by the caller, and must stay open
   *     until the server is closed
   * @param runs a directory with runs and searches, or null
   * @param host the address to listen on, that of IPv6 with or without brackets; null for 127.0.0.1
   * @param port 0 for any free one
   * @param apiKey that clients need, one line of printable ASCII characters; or null
   * @param allowedHosts host names, in addition to {@code host}, that requests may use
   * @param limits limits, or null for the defaults
   * @throws IllegalArgumentException if another machine can reach the address and there is no key,
   *     or clients could not send it
   */
  @Builder
  private CoconutServer(
      Map<String, CoconutModel> models,
      Path runs,
      String host,
      int port,
      String apiKey,
      @Singular Set<String> allowedHosts,
      ServerLimits limits) {
    this.host = host == null ? "127.0.0.1" : BRACKETS.matcher(host).replaceFirst("$1");
    this.port = port;
    this.limits = limits == null ? ServerLimits.DEFAULT : limits;
    if (apiKey != null && !KEY.matcher(apiKey).matches()) {
      throw new IllegalArgumentException(
          "An API key needs to be one line of printable ASCII characters, which every client can"
              + " send, but is "
              + (apiKey.isBlank() ? "blank" : "not")
              + ". Write another into the file.");
    }
    if (apiKey == null && !Guard.isLoopback(this.host)) {
      throw new IllegalArgumentException(
          "A server that other machines reach needs an API key, but it is to listen on "
              + this.host
              + " and has none. Give --api-key-file, or listen on 127.0.0.1.");
    }
    guard = new Guard(this.host, allowedHosts, apiKey);
    json = new JsonBodies(this.limits);
    errors = new ErrorResponses(json);
    slow = new SlowConnections(this.limits.getArrival());
    openAi = new OpenAiApi(models, json, this.limits, meters);
    this.models = new ModelApi(models, json, this.limits);
    this.runs = new RunApi(runs, json);
  }

  /** Builds a server. */
  public static class CoconutServerBuilder {

    private final Map<String, CoconutModel> models = new LinkedHashMap<>();

    /**
     * Adds a model.
     *
     * @param id its name for clients
     * @param model owned by the caller; must stay open until the server is closed
     * @throws IllegalArgumentException if another model has that name
     */
    public CoconutServerBuilder model(String id, CoconutModel model) {
      Arguments.requireNonNull(id, "id", "Give the model a name for clients.");
      Arguments.requireNonNull(model, "model", "Open one with CoconutModel.open.");
      if (models.putIfAbsent(id, model) != null) {
        throw new IllegalArgumentException(
            "Models need names of their own but two are called " + id + ". Rename one.");
      }
      return this;
    }

    /** Adds models by their names, like {@link #model}. */
    public CoconutServerBuilder models(Map<String, CoconutModel> more) {
      Arguments.requireNonNull(more, "models", "Give an empty map for none.").forEach(this::model);
      return this;
    }
  }

  /**
   * Starts listening.
   *
   * @return the server's address
   * @throws IOException if the address is not available
   * @throws IllegalStateException if it was started or closed before
   */
  public synchronized URI start() throws IOException {
    if (javalin != null || closed) {
      throw new IllegalStateException(
          "A server starts once, but this one was started or closed before. Build another.");
    }
    new JvmMemoryMetrics().bindTo(meters);
    new ProcessorMetrics().bindTo(meters);
    javalin = Javalin.create(this::configure);
    try {
      javalin.start();
    } catch (JavalinBindException e) {
      javalin.stop();
      javalin = null;
      throw new IOException(
          "The server needs port "
              + port
              + " of "
              + host
              + " but cannot have it. Choose another --port; 0 takes a free one.",
          e);
    }
    String name = host.contains(":") ? "[" + host + "]" : host;
    return URI.create("http://" + name + ":" + javalin.port());
  }

  private void configure(JavalinConfig config) {
    config.startup.showJavalinBanner = false;
    config.startup.showOldJavalinVersionWarning = false;
    config.startup.startupWatcherEnabled = false;
    config.http.compressionStrategy = CompressionStrategy.NONE;
    config.http.maxRequestSize = limits.getBodyBytes();
    config.http.prefer405over404 = true;
    QueuedThreadPool threads = new QueuedThreadPool(limits.getConnections() + SPARE_THREADS, 4);
    threads.setName("http");
    threads.setDaemon(true);
    config.jetty.threadPool = threads;
    config.jetty.addConnector((server, http) -> connector(server, http));
    config.jetty.modifyServer(this::modify);
    addRoutes(config.routes);
  }

  private ServerConnector connector(Server server, HttpConfiguration http) {
    http.setRequestHeaderSize(limits.getHeaderBytes());
    http.setSendServerVersion(false);
    http.setSendDateHeader(true);
    ServerConnector connector = new ServerConnector(server, 1, 1, new HttpConnectionFactory(http));
    connector.setHost(host);
    connector.setPort(port);
    connector.setIdleTimeout(limits.getArrival().toMillis());
    connector.addBean(slow);
    return connector;
  }

  private void modify(Server server) {
    server.setStopTimeout(0); // close() has waited for running requests
    server.addBean(new NetworkConnectionLimit(limits.getConnections(), server));
    server.setHandler(new HeadAsGet());
    errors.addTo(server);
  }

  private void addRoutes(RoutesConfig routes) {
    routes.before(this::admit);
    routes.after(this::answered);
    for (String path : Assets.paths()) {
      routes.get(path, context -> assets.serve(path, context));
    }
    routes.get("/healthz", this::health);
    routes.get(
        "/metrics",
        context -> context.contentType("text/plain; version=0.0.4").result(meters.scrape()));
    openAi.addTo(routes);
    models.addTo(routes);
    runs.addTo(routes);
    errors.addTo(routes);
  }

  private void health(Context context) {
    openAi.requireAccepting();
    json.respond(context, Map.of("status", "ok"));
  }

  private void admit(Context context) {
    slow.answering(new Client(context).connection());
    underWay.incrementAndGet();
    context.attribute("underWay", true);
    Guard.protect(context);
    guard.requireOwn(context);
    if (!OPEN.contains(context.path())) {
      guard.requireKey(context);
    }
  }

  private void answered(Context context) {
    if (context.attribute("underWay") != null) {
      underWay.decrementAndGet();
      slow.answered(new Client(context).connection());
    }
    Counter.builder("coconut_http_responses")
        .tag("status", Integer.toString(context.statusCode()))
        .register(meters)
        .increment();
  }

  /**
   * Finishes running answers within the limit of {@link ServerLimits#getStop()}, rejects all
   * others, and stops.
   */
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    try {
      long end = System.nanoTime() + limits.getStop().toNanos();
      if (!openAi.drain(limits.getStop())) {
        log.warn(
            "Answers were still under way after {} s and are broken off",
            limits.getStop().toSeconds());
      }
      openAi.close();
      while (underWay.get() > 0 && System.nanoTime() - end < 0) {
        Thread.sleep(10); // answers being sent to clients
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      openAi.close();
      if (javalin != null) {
        javalin.stop();
      }
      meters.close();
    }
  }

  /** The metrics in Prometheus's format, as returned by {@code /metrics}. */
  public String metrics() {
    return meters.scrape();
  }
}
