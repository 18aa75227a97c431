package io.github.coconut4j.serve.http;

import java.util.LinkedHashMap;
import java.util.Map;
import lombok.Getter;

/** A request that is refused, in the form of OpenAI's API. */
@Getter
public final class HttpError extends RuntimeException {

  private final int status;
  private final String type;
  private final String param;
  private final String code;

  /**
   * An error.
   *
   * @param param the request's field that it is about, or null
   * @param code for programs, or null
   */
  public HttpError(int status, String type, String param, String code, String message) {
    super(message);
    this.status = status;
    this.type = type;
    this.param = param;
    this.code = code;
  }

  /** A request that would have to be another. */
  public static HttpError badRequest(String param, String message) {
    return new HttpError(400, "invalid_request_error", param, null, message);
  }

  /** What is not there. */
  public static HttpError notFound(String param, String code, String message) {
    return new HttpError(404, "invalid_request_error", param, code, message);
  }

  /** The error as a JSON object. */
  public Map<String, Object> body() {
    Map<String, Object> error = new LinkedHashMap<>();
    error.put("message", getMessage());
    error.put("type", type);
    error.put("param", param);
    error.put("code", code);
    return Map.of("error", error);
  }
}
