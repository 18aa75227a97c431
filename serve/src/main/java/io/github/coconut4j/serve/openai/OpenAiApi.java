package io.github.coconut4j.serve.openai;

import io.github.coconut4j.CoconutModel;
import io.github.coconut4j.batch.Answer;
import io.github.coconut4j.batch.ContinuousBatch;
import io.github.coconut4j.batch.DeadlineException;
import io.github.coconut4j.batch.QueueFullException;
import io.github.coconut4j.batch.StoppedException;
import io.github.coconut4j.serve.ServerLimits;
import io.github.coconut4j.serve.http.Client;
import io.github.coconut4j.serve.http.HttpError;
import io.github.coconut4j.serve.http.JsonBodies;
import io.github.coconut4j.serve.http.JsonFields;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import lombok.extern.slf4j.Slf4j;

/** OpenAI's API for some models, each with a batch. */
@Slf4j
public final class OpenAiApi implements AutoCloseable {

  /** Interval at which a waiting thread checks whether its client has disconnected. */
  private static final int LOOK_MILLISECONDS = 100;

  private final Map<String, ContinuousBatch> batches = new LinkedHashMap<>();
  private final JsonBodies json;
  private final ServerLimits limits;
  private final MeterRegistry meters;
  private final long created = Instant.now().getEpochSecond();

  /**
   * Starts a batch for each model.
   *
   * @param models models by id, owned by the caller
   */
  public OpenAiApi(
      Map<String, CoconutModel> models,
      JsonBodies json,
      ServerLimits limits,
      MeterRegistry meters) {
    this.json = json;
    this.limits = limits;
    this.meters = meters;
    models.forEach(
        (id, model) -> {
          ContinuousBatch batch = new ContinuousBatch(model, limits.getBatch());
          batches.put(id, batch);
          gauge("coconut_requests_waiting", id, batch, ContinuousBatch::waiting);
          gauge("coconut_requests_in_batch", id, batch, ContinuousBatch::active);
        });
  }

  private void gauge(
      String name, String model, ContinuousBatch batch, ToDoubleFunction<ContinuousBatch> value) {
    Gauge.builder(name, batch, value).tag("model", model).register(meters);
  }

  /** Adds the API's routes. */
  public void addTo(RoutesConfig routes) {
    routes.get("/v1/models", this::models);
    routes.get("/v1/models/{id}", this::model);
    routes.post(
        "/v1/chat/completions",
        context -> complete(context, CompletionRequest::ofChat, ChatFormat::new));
    routes.post(
        "/v1/completions",
        context -> complete(context, CompletionRequest::ofPrompt, TextFormat::new));
  }

  private void models(Context context) {
    List<Map<String, Object>> data = batches.keySet().stream().map(this::description).toList();
    json.respond(context, Map.of("object", "list", "data", data));
  }

  private void model(Context context) {
    String id = context.pathParam("id");
    batch(id);
    json.respond(context, description(id));
  }

  private Map<String, Object> description(String id) {
    return Map.of("id", id, "object", "model", "created", created, "owned_by", "coconut4j");
  }

  private ContinuousBatch batch(String id) {
    ContinuousBatch batch = batches.get(id);
    if (batch == null) {
      throw HttpError.notFound(
          "model",
          "model_not_found",
          "There is no model of that name. GET /v1/models lists those that there are.");
    }
    return batch;
  }

  /** A request in its batch, with what responds to it. */
  private record Call(
      Context context,
      CompletionRequest request,
      CompletionFormat format,
      PendingAnswer pending,
      long start) {}

  private void complete(
      Context context,
      BiFunction<JsonFields, ServerLimits, CompletionRequest> reader,
      Function<String, CompletionFormat> formats)
      throws IOException, InterruptedException {
    CompletionRequest request = reader.apply(json.read(context), limits);
    ContinuousBatch batch = batch(request.getModel());
    PendingAnswer pending =
        new PendingAnswer(request.isStreamed(), request.getAnswer().getDeadline());
    CompletionFormat format = formats.apply(request.getModel());
    Call call = new Call(context, request, format, pending, System.nanoTime());
    Runnable cancel = () -> {};
    try {
      cancel = submit(batch, request, pending);
      if (request.isStreamed()) {
        stream(call);
      } else {
        Answer answer = await(context, pending);
        count(call, answer);
        json.respond(context, format.whole(answer));
      }
    } catch (HttpError e) {
      countFailure(request.getModel(), e);
      throw e;
    } finally {
      cancel.run(); // no effect on a request that has ended
    }
  }

  private static Runnable submit(
      ContinuousBatch batch, CompletionRequest request, PendingAnswer pending) {
    try {
      return batch.submit(request.getAnswer(), pending);
    } catch (IllegalArgumentException e) {
      throw HttpError.badRequest(null, e.getMessage());
    } catch (QueueFullException | StoppedException e) {
      throw refusal(e);
    }
  }

  /** The error for a request that was valid; whatever decoding throws is the server's fault. */
  private static HttpError refusal(Exception reason) {
    if (reason instanceof QueueFullException) {
      return new HttpError(
          429, "rate_limit_error", null, "rate_limit_exceeded", reason.getMessage());
    }
    if (reason instanceof StoppedException) {
      return new HttpError(503, "server_error", null, "stopping", reason.getMessage());
    }
    if (reason instanceof DeadlineException) {
      return new HttpError(504, "timeout_error", null, "deadline_exceeded", reason.getMessage());
    }
    log.error("A request failed", reason);
    return HttpError.failed("The answer failed; the log says why.");
  }

  private Answer await(Context context, PendingAnswer pending) throws InterruptedException {
    Client client = new Client(context);
    while (true) {
      PendingAnswer.Event event = pending.next(LOOK_MILLISECONDS);
      if (event == null) {
        if (client.isGone()) {
          throw HttpError.clientGone();
        }
      } else if (event.failure() != null) {
        throw refusal(event.failure());
      } else if (event.answer() != null) {
        return event.answer();
      }
    }
  }

  private void stream(Call call) throws IOException, InterruptedException {
    EventStream events = new EventStream(call.context(), json);
    for (Map<String, Object> chunk : call.format().opening()) {
      events.send(chunk);
    }
    Client client = new Client(call.context());
    while (true) {
      PendingAnswer.Event event = call.pending().next(LOOK_MILLISECONDS);
      if (event == null) {
        if (client.isGone()) {
          return;
        }
      } else if (event.text() != null) {
        events.send(call.format().text(event.text()));
      } else {
        end(call, event, events);
        return;
      }
    }
  }

  /** Sends an answer's end, or the reason of a failure. */
  private void end(Call call, PendingAnswer.Event event, EventStream events) throws IOException {
    if (event.failure() != null) {
      HttpError error = refusal(event.failure());
      countFailure(call.request().getModel(), error);
      events.send(error.body());
      return;
    }
    count(call, event.answer());
    events.send(call.format().last(event.answer()));
    if (call.request().isWithUsage()) {
      events.send(call.format().usageChunk(event.answer()));
    }
    events.sendDone();
  }

  private void count(Call call, Answer answer) {
    String model = call.request().getModel();
    counter("coconut_thoughts", model).increment(answer.getThoughts());
    counter("coconut_tokens_written", model).increment(answer.getWords());
    Timer.builder("coconut_answers")
        .tag("model", model)
        .publishPercentiles(0.5, 0.99)
        .register(meters)
        .record(Duration.ofNanos(System.nanoTime() - call.start()));
  }

  /** Counts a request without an answer; a stream that fails has the HTTP status 200. */
  private void countFailure(String model, HttpError error) {
    Counter.builder("coconut_requests_failed")
        .tag("model", model)
        .tag("status", Integer.toString(error.getStatus()))
        .register(meters)
        .increment();
  }

  private Counter counter(String name, String model) {
    return Counter.builder(name).tag("model", model).register(meters);
  }

  /**
   * Checks that requests about every model are accepted.
   *
   * @throws HttpError if not, because the server stops or an error ended a model's decoding
   */
  public void requireAccepting() {
    batches.forEach(
        (id, batch) -> {
          if (!batch.acceptsRequests()) {
            throw new HttpError(
                503,
                "server_error",
                null,
                "stopping",
                "The model "
                    + id
                    + " takes no more requests: the server stops, or an error ended decoding, which"
                    + " the log shows. Start the server again.");
          }
        });
  }

  /** Accepts no more requests and waits for running ones. */
  public boolean drain(Duration limit) throws InterruptedException {
    long end = System.nanoTime() + limit.toNanos();
    boolean all = true;
    for (ContinuousBatch batch : batches.values()) {
      all &= batch.drain(Duration.ofNanos(Math.max(0, end - System.nanoTime())));
    }
    return all;
  }

  @Override
  public void close() {
    batches.values().forEach(ContinuousBatch::close);
  }
}
