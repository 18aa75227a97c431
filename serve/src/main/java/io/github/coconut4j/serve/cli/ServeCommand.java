package io.github.coconut4j.serve.cli;

import io.github.coconut4j.CoconutModel;
import io.github.coconut4j.cli.AddedCommand;
import io.github.coconut4j.cli.DeviceOption;
import io.github.coconut4j.cli.PrecisionOptions;
import io.github.coconut4j.cli.StopOnSignal;
import io.github.coconut4j.data.Utf8Text;
import io.github.coconut4j.model.backend.CompiledOperations;
import io.github.coconut4j.serve.CoconutServer;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The command {@code serve}, which serves the web page and OpenAI's API. */
@Command(
    name = "serve",
    description = "Serve a web page for models, runs and searches, and OpenAI's API.")
public final class ServeCommand implements AddedCommand {

  /**
   * Number of operations that each thread caches. Caching all lengths of questions and sizes of
   * batches would take gigabytes; this number costs almost no speed.
   */
  private static final int COMPILED_OPERATIONS = 512;

  @Spec private CommandSpec spec;

  @Option(
      names = "--model",
      paramLabel = "DIR",
      showDefaultValue = Visibility.NEVER,
      description = "A model, named after its directory; may be repeated.")
  private List<Path> models = new ArrayList<>();

  @Option(
      names = "--adapter",
      paramLabel = "DIR",
      description = "An adapter for the model; only with one model.")
  private Path adapter;

  @Mixin private PrecisionOptions precision;

  @Mixin private DeviceOption device;

  @Option(
      names = "--runs",
      paramLabel = "DIR",
      description = "A directory with runs and searches, finished or in progress.")
  private Path runs;

  @Option(
      names = "--port",
      paramLabel = "N",
      defaultValue = "8080",
      description = "The port; 0 for a free one.")
  private int port;

  @Option(
      names = "--host",
      paramLabel = "A",
      defaultValue = "127.0.0.1",
      description = "The address to listen on; one that other machines can reach needs a key.")
  private String host;

  @Option(
      names = "--allowed-host",
      paramLabel = "NAME",
      showDefaultValue = Visibility.NEVER,
      description = "A host name for clients, in addition to --host; may be repeated.")
  private List<String> allowedHosts = new ArrayList<>();

  @Option(
      names = "--api-key-file",
      paramLabel = "F",
      description = "A file with the key that clients must send.")
  private Path apiKeyFile;

  /** Called by {@link java.util.ServiceLoader}. */
  public ServeCommand() {}

  @Override
  public Integer call() throws IOException {
    device.apply();
    CompiledOperations.setMost(COMPILED_OPERATIONS);
    Map<String, Path> named = named();
    String key = apiKeyFile == null ? null : Utf8Text.read(apiKeyFile).strip();
    if (runs != null && Files.notExists(runs)) {
      throw new NoSuchFileException(runs.toString());
    }
    if (runs != null && !Files.isDirectory(runs)) {
      throw new NotDirectoryException(runs.toString());
    }
    CountDownLatch stop = new CountDownLatch(1);
    return StopOnSignal.whileRunning(stop::countDown, () -> serve(named, key, stop));
  }

  private Map<String, Path> named() throws IOException {
    if (models.isEmpty() && runs == null) {
      throw new IllegalArgumentException(
          "A server needs something to serve but has neither a model nor runs. Give --model or"
              + " --runs.");
    }
    if (adapter != null && models.size() != 1) {
      throw new IllegalArgumentException(
          "--adapter needs exactly one --model but there are " + models.size() + ". Give one.");
    }
    if (port < 0 || port > 65535) {
      throw new IllegalArgumentException(
          "--port needs to be from 0 to 65535 but is " + port + ". Change it.");
    }
    Map<String, Path> named = new LinkedHashMap<>();
    for (Path model : models) {
      String name = model.toRealPath(LinkOption.NOFOLLOW_LINKS).getFileName().toString();
      if (named.put(name, model) != null) {
        throw new IllegalArgumentException(
            "Models are called by the names of their directories, which must differ, but two are "
                + name
                + ". Rename one, or link to it by another name.");
      }
    }
    return named;
  }

  private int serve(Map<String, Path> named, String key, CountDownLatch stop) throws IOException {
    Map<String, CoconutModel> opened = new LinkedHashMap<>();
    try {
      for (Map.Entry<String, Path> model : named.entrySet()) {
        opened.put(model.getKey(), open(model.getValue()));
      }
      try (CoconutServer server =
          CoconutServer.builder()
              .models(opened)
              .runs(runs)
              .host(host)
              .port(port)
              .apiKey(key)
              .allowedHosts(allowedHosts)
              .build()) {
        PrintWriter errors = spec.commandLine().getErr();
        errors.println(server.start());
        errors.flush();
        stop.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      return 0;
    } finally {
      opened.values().forEach(CoconutModel::close);
    }
  }

  private CoconutModel open(Path model) throws IOException {
    return CoconutModel.open(model, precision.opening().adapter(adapter).build());
  }
}
