package io.github.coconut4j.serve.http;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.coconut4j.data.NotUtf8Exception;
import io.github.coconut4j.data.Utf8Text;
import io.github.coconut4j.serve.ServerLimits;
import io.javalin.http.Context;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/** Reads bodies of requests within limits, and writes bodies of responses. */
public final class JsonBodies {

  /** Attribute of requests whose body was read completely. */
  public static final String BODY_READ = "bodyRead";

  private static final int SHORT = 100;

  private final ServerLimits limits;
  private final ObjectMapper mapper;

  /** Reads and writes within limits. */
  public JsonBodies(ServerLimits limits) {
    this.limits = limits;
    JsonFactory factory =
        JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .streamReadConstraints(
                StreamReadConstraints.builder()
                    .maxNestingDepth(limits.getJsonDepth())
                    .maxStringLength(limits.getBodyBytes())
                    .maxNumberLength(SHORT)
                    .maxNameLength(SHORT)
                    .build())
            .build();
    mapper =
        JsonMapper.builder(factory).enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();
  }

  /** An object as JSON text. */
  public String text(Object object) {
    try {
      return mapper.writeValueAsString(object);
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Responds with an object. */
  public void respond(Context context, Object object) {
    context.contentType("application/json").result(text(object));
  }

  /**
   * The object in a request's body.
   *
   * @throws HttpError if it is too large, too slow or incomplete, or not a JSON object
   */
  public JsonFields read(Context context) {
    String type = context.contentType();
    if (type == null || !type.strip().toLowerCase(Locale.ROOT).startsWith("application/json")) {
      throw HttpError.ofStatus(
          415,
          "A body needs the Content-Type application/json but has "
              + (type == null ? "none" : HttpError.abbreviated(type))
              + ". Set that header.");
    }
    String encoding = context.header("Content-Encoding");
    if (encoding != null && !encoding.strip().equalsIgnoreCase("identity")) {
      throw HttpError.ofStatus(
          415,
          "A body needs to be sent without a Content-Encoding but has "
              + HttpError.abbreviated(encoding)
              + ". Send it uncompressed.");
    }
    String body = text(body(context));
    try {
      JsonNode node = mapper.readTree(body);
      if (node == null || !node.isObject()) {
        throw HttpError.badRequest(null, "A body needs to be a JSON object. Send one.");
      }
      return new JsonFields(node);
    } catch (StreamConstraintsException e) {
      throw HttpError.badRequest(
          null,
          String.format(
              Locale.ROOT,
              "A body needs to be JSON of a depth of at most %d, with names and numbers of at most %d"
                  + " characters, but is beyond that. Send a simpler one.",
              limits.getJsonDepth(),
              SHORT));
    } catch (JsonProcessingException e) {
      throw HttpError.badRequest(
          null, "A body needs to be JSON but is not" + where(e) + ". Correct it.");
    }
  }

  /** Jackson itself accepts bytes that are no UTF-8, such as overlong forms. */
  private static String text(byte[] body) {
    try {
      return Utf8Text.decode(body, "A body");
    } catch (NotUtf8Exception e) {
      throw HttpError.badRequest(null, e.getMessage());
    }
  }

  private static String where(JsonProcessingException error) {
    JsonLocation location = error.getLocation();
    return location == null
        ? ""
        : ", from line " + location.getLineNr() + ", column " + location.getColumnNr();
  }

  private byte[] body(Context context) {
    if (context.req().getContentLengthLong() > limits.getBodyBytes()) {
      throw tooLarge();
    }
    long end = System.nanoTime() + limits.getArrival().toNanos();
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    byte[] piece = new byte[8192];
    try {
      InputStream input = context.req().getInputStream();
      for (int read = input.read(piece); read >= 0; read = input.read(piece)) {
        body.write(piece, 0, read);
        if (body.size() > limits.getBodyBytes()) {
          throw tooLarge();
        }
        if (System.nanoTime() - end > 0) {
          throw tooSlow();
        }
      }
      context.attribute(BODY_READ, true);
      return body.toByteArray();
    } catch (IOException e) {
      throw isLate(e)
          ? tooSlow()
          : HttpError.badRequest(
              null,
              "A body needs the length or the chunks that its request announces but ends early or"
                  + " has others. Send it again.");
    }
  }

  /** Whether nothing arrived for too long, by Jetty's idle timeout. */
  private static boolean isLate(Throwable error) {
    return Stream.iterate(error, Objects::nonNull, Throwable::getCause)
        .anyMatch(TimeoutException.class::isInstance);
  }

  private HttpError tooLarge() {
    return HttpError.rejected(
        413,
        "body_too_large",
        "A body may have " + limits.getBodyBytes() + " bytes but has more. Send less.");
  }

  private HttpError tooSlow() {
    return HttpError.rejected(
        408,
        "body_too_slow",
        "A body needs to arrive within "
            + limits.getArrival().toSeconds()
            + " s but did not. Send it at once.");
  }
}
