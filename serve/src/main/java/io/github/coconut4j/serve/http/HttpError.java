package io.github.coconut4j.serve.http;

import java.util.LinkedHashMap;
import java.util.Map;
import lombok.Getter;

/** The error for a rejected request, in the format of OpenAI's API. */
@Getter
public final class HttpError extends RuntimeException {

  private static final int SHORT = 100;
  private static final int MESSAGE = 500;

  private final int status;
  private final String type;
  private final String param;
  private final String code;

  /**
   * Makes an error.
   *
   * @param param the request's field that it concerns, or null
   * @param code code for programs, or null
   */
  public HttpError(int status, String type, String param, String code, String message) {
    super(message);
    this.status = status;
    this.type = type;
    this.param = param;
    this.code = code;
  }

  /** The beginning of a client's text, which may be as long as the body. */
  static String abbreviated(String text) {
    return abbreviated(text, SHORT);
  }

  private static String abbreviated(String text, int most) {
    return text.codePointCount(0, text.length()) <= most
        ? text
        : text.substring(0, text.offsetByCodePoints(0, most)) + "…";
  }

  /** Makes the error for an invalid request. */
  public static HttpError badRequest(String param, String message) {
    return new HttpError(400, "invalid_request_error", param, null, message);
  }

  /**
   * Makes the error for a request that is rejected before its fields are read.
   *
   * @param code code for programs
   */
  public static HttpError rejected(int status, String code, String message) {
    return new HttpError(status, "invalid_request_error", null, code, message);
  }

  /** Makes the error for something that does not exist. */
  public static HttpError notFound(String param, String code, String message) {
    return new HttpError(404, "invalid_request_error", param, code, message);
  }

  /** Makes the error for a client that has closed its connection and will not see it. */
  public static HttpError clientGone() {
    return new HttpError(499, "client_error", null, "client_gone", "The client is gone.");
  }

  /** Makes the error for a request that was valid. */
  public static HttpError failed(String message) {
    return ofStatus(500, message);
  }

  /** Makes the error of a status of HTTP, which says whose fault it is. */
  public static HttpError ofStatus(int status, String message) {
    String type = status >= 500 ? "server_error" : "invalid_request_error";
    return new HttpError(status, type, null, null, message);
  }

  /** The error as a JSON object. */
  public Map<String, Object> body() {
    Map<String, Object> error = new LinkedHashMap<>();
    error.put("message", abbreviated(getMessage(), MESSAGE));
    error.put("type", type);
    error.put("param", param);
    error.put("code", code);
    return Map.of("error", error);
  }
}
