package io.github.coconut4j.serve.http;

import io.javalin.http.Context;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * Decides which requests are allowed. A page of another site may make a browser send requests to
 * this server, by its address or by a name that resolves to it (DNS rebinding): the first has
 * another Origin, the second another Host.
 */
public final class Guard {

  private static final Pattern PORT = Pattern.compile(":\\d{1,5}$");
  private static final Pattern ADDRESS =
      Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}|\\[[0-9a-fA-F:.]+]");

  /** No external or inline content, and no frames. */
  private static final String POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
          + " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

  private final Set<String> names = new TreeSet<>(Set.of("localhost", "127.0.0.1", "[::1]"));
  private final boolean anyAddress;
  private final byte[] key;

  /**
   * Makes a guard.
   *
   * @param host host that the server listens on
   * @param moreNames further host names that requests may use
   * @param key key that clients need, or null for none
   */
  public Guard(String host, Set<String> moreNames, String key) {
    this.key = key == null ? null : key.getBytes(StandardCharsets.UTF_8);
    anyAddress = !isLoopback(host);
    names.add(host.toLowerCase(Locale.ROOT));
    moreNames.forEach(name -> names.add(name.toLowerCase(Locale.ROOT)));
  }

  /** Whether an address is reachable only from this machine. */
  public static boolean isLoopback(String host) {
    try {
      return InetAddress.getByName(host).isLoopbackAddress();
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException(
          "A server needs an address of this machine to listen on but "
              + host
              + " is none. Use 127.0.0.1.",
          e);
    }
  }

  /** Sets the headers that every response has. */
  public static void protect(Context context) {
    context.header("Content-Security-Policy", POLICY);
    context.header("X-Content-Type-Options", "nosniff");
    context.header("X-Frame-Options", "DENY");
    context.header("Referrer-Policy", "no-referrer");
    context.header("Cross-Origin-Opener-Policy", "same-origin");
    context.header("Cross-Origin-Resource-Policy", "same-origin");
    context.header("Cache-Control", "no-store");
  }

  /**
   * Rejects requests with another host name or from another site's page.
   *
   * @throws HttpError if it is one
   */
  public void requireOwn(Context context) {
    String host = context.header("Host");
    if (host == null || !isOwn(PORT.matcher(host.toLowerCase(Locale.ROOT)).replaceFirst(""))) {
      throw forbidden(
          "foreign_host",
          "A request must name this server's own host. Use its address, or name it with"
              + " --allowed-host.");
    }
    String origin = context.header("Origin");
    if (origin != null
        && !origin.equalsIgnoreCase("http://" + host)
        && !origin.equalsIgnoreCase("https://" + host)) {
      throw forbidden("foreign_origin", "Pages of other origins may not ask this server.");
    }
  }

  private boolean isOwn(String name) {
    return names.contains(name) || (anyAddress && ADDRESS.matcher(name).matches());
  }

  private static HttpError forbidden(String code, String message) {
    return HttpError.rejected(403, code, message);
  }

  /**
   * Rejects requests without the key, if one is needed.
   *
   * @throws HttpError if it is missing or wrong
   */
  public void requireKey(Context context) {
    if (key == null) {
      return;
    }
    String given = context.header("Authorization");
    boolean isBearer = given != null && given.regionMatches(true, 0, "Bearer ", 0, 7);
    String token = isBearer ? given.substring(7).strip() : "";
    if (!MessageDigest.isEqual(key, token.getBytes(StandardCharsets.UTF_8))) {
      context.header("WWW-Authenticate", "Bearer");
      throw HttpError.rejected(
          401,
          "invalid_api_key",
          "This server needs its API key. Send it as `Authorization: Bearer KEY`.");
    }
  }
}
