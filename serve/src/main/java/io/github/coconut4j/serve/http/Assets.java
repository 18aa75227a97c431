package io.github.coconut4j.serve.http;

import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import java.util.zip.GZIPOutputStream;

/**
 * The web page's files, which are in the jar. Their names are a fixed list: paths from clients are
 * never looked up.
 */
public final class Assets {

  /** A file: its resource name and its type. */
  private record Asset(String resource, String type) {}

  /** A file's bytes, plain and compressed, and the tag of both, by which a browser knows them. */
  private record Content(byte[] plain, byte[] zipped, String tag) {}

  private static final String SCRIPT = "text/javascript; charset=utf-8";

  private static final Map<String, Asset> ASSETS =
      Map.ofEntries(
          Map.entry("/", new Asset("/web/index.html", "text/html; charset=utf-8")),
          Map.entry("/app.css", new Asset("/web/app.css", "text/css; charset=utf-8")),
          Map.entry("/icon.svg", new Asset("/web/icon.svg", "image/svg+xml")),
          script("app"),
          script("dom"),
          script("server"),
          script("graph"),
          script("charts"),
          script("models"),
          script("runs"),
          script("searches"),
          Map.entry(
              "/echarts.js",
              new Asset(
                  "/META-INF/resources/webjars/echarts/5.3.1/dist/echarts.esm.min.js", SCRIPT)));

  private final Map<String, Content> read = new ConcurrentHashMap<>();

  private static Map.Entry<String, Asset> script(String name) {
    return Map.entry("/" + name + ".js", new Asset("/web/" + name + ".js", SCRIPT));
  }

  /** The paths of all files. */
  public static Set<String> paths() {
    return ASSETS.keySet();
  }

  /** Responds with the file of one of the paths. */
  public void serve(String path, Context context) {
    Asset asset = ASSETS.get(path);
    Content content = read.computeIfAbsent(path, key -> load(asset));
    context.contentType(asset.type());
    context.header("Cache-Control", "no-cache");
    context.header("Vary", "Accept-Encoding");
    context.header("ETag", content.tag());
    if (header(context, "If-None-Match").contains(content.tag())) {
      context.status(HttpStatus.NOT_MODIFIED);
    } else if (acceptsGzip(header(context, "Accept-Encoding"))) {
      context.header("Content-Encoding", "gzip");
      context.result(content.zipped());
    } else {
      context.result(content.plain());
    }
  }

  private static String header(Context context, String name) {
    return Objects.requireNonNullElse(context.header(name), "");
  }

  /** Whether a list of encodings names it, with another quality than 0. */
  private static boolean acceptsGzip(String encodings) {
    return Stream.of(encodings.split(",", -1))
        .map(encoding -> encoding.strip().toLowerCase(Locale.ROOT))
        .anyMatch(encoding -> encoding.matches("gzip(?!\\s*;\\s*q=0(\\.0*)?$)(\\s*;.*)?"));
  }

  private static Content load(Asset asset) {
    try (InputStream input = Assets.class.getResourceAsStream(asset.resource())) {
      if (input == null) {
        throw new IllegalStateException(
            "The page needs "
                + asset.resource()
                + " in the jars but it is not there. Build again.");
      }
      byte[] plain = input.readAllBytes();
      ByteArrayOutputStream zipped = new ByteArrayOutputStream();
      try (GZIPOutputStream gzip = new GZIPOutputStream(zipped)) {
        gzip.write(plain);
      }
      return new Content(plain, zipped.toByteArray(), tag(plain));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A weak one, since it is the same for compressed bytes. */
  private static String tag(byte[] content) {
    CRC32 checksum = new CRC32();
    checksum.update(content);
    return "W/\"" + Long.toHexString(checksum.getValue()) + '"';
  }
}
