package io.github.coconut4j.serve;

import io.github.coconut4j.cli.Main;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The command {@code serve} with the shipped model, in a process of its own. */
public final class ServerProcess implements AutoCloseable {

  private static final Path JAVA = Path.of(System.getProperty("java.home"), "bin");

  private final Process process;
  private final URI uri;

  private ServerProcess(Process process) throws IOException {
    this.process = process;
    BufferedReader errors = process.errorReader();
    String line = errors.readLine();
    while (line != null && !line.startsWith("http://")) {
      line = errors.readLine();
    }
    if (line == null) {
      throw new IOException("The server ended without saying where it is.");
    }
    uri = URI.create(line);
    Thread reader = new Thread(() -> errors.lines().forEach(System.err::println), "server's log");
    reader.setDaemon(true);
    reader.start();
  }

  /**
   * Returns when it says that it listens.
   *
   * @param javaOptions of its virtual machine
   */
  public static ServerProcess start(String... javaOptions) throws IOException {
    List<String> command = new ArrayList<>(List.of(JAVA.resolve("java").toString()));
    command.addAll(List.of(javaOptions));
    command.addAll(
        List.of("-cp", System.getProperty("java.class.path"), Main.class.getName(), "serve"));
    command.addAll(List.of("--model", Shipped.DIRECTORY.toString(), "--port", "0"));
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectOutput(ProcessBuilder.Redirect.DISCARD);
    // As the launcher does.
    builder.environment().put("MALLOC_ARENA_MAX", "1");
    builder.environment().put("MALLOC_MMAP_THRESHOLD_", "131072");
    builder.environment().put("OMP_WAIT_POLICY", "PASSIVE");
    return new ServerProcess(builder.start());
  }

  public URI uri() {
    return uri;
  }

  public HttpResponse<String> get(String path) throws IOException, InterruptedException {
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(URI.create(uri + path)).build(),
            HttpResponse.BodyHandlers.ofString());
  }

  /** A metric's value, by its name and tags as the server writes them. */
  public double metric(String name) throws IOException, InterruptedException {
    Matcher matcher =
        Pattern.compile("^" + Pattern.quote(name) + " (\\S+)$", Pattern.MULTILINE)
            .matcher(get("/metrics").body());
    if (!matcher.find()) {
      throw new IllegalArgumentException("/metrics has no " + name);
    }
    return Double.parseDouble(matcher.group(1));
  }

  /** What is resident of the process, in KiB; Linux alone tells. */
  public long residentKib() throws IOException {
    try (Stream<String> lines = Files.lines(Path.of("/proc/" + process.pid() + "/status"))) {
      return lines
          .filter(line -> line.startsWith("VmRSS:"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
          .findFirst()
          .orElseThrow();
    }
  }

  /** What the heap holds after a collection, in KiB. */
  public long heapKib() throws IOException, InterruptedException {
    int status =
        new ProcessBuilder(JAVA.resolve("jcmd").toString(), "" + process.pid(), "GC.run")
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start()
            .waitFor();
    if (status != 0) {
      throw new IOException("jcmd ended with " + status);
    }
    long bytes = 0;
    for (String space : List.of("Eden Space", "Survivor Space", "Tenured Gen")) {
      bytes += (long) metric("jvm_memory_used_bytes{area=\"heap\",id=\"" + space + "\"}");
    }
    return bytes / 1024;
  }

  /** Sends SIGTERM and returns the exit status. */
  public int terminate() throws InterruptedException {
    process.destroy();
    if (!process.waitFor(20, TimeUnit.SECONDS)) {
      throw new IllegalStateException("The server does not end.");
    }
    return process.exitValue();
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
