package io.github.coconut4j.spark;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;

/**
 * An HDFS on this machine with a NameNode and a DataNode, each a process. Maven copies their jar to
 * {@code target/hdfs} with {@code -Pnightly}.
 */
final class Hdfs implements AutoCloseable {

  private static final Path JARS = Path.of("target", "hdfs");
  private static final String SERVER = "org.apache.hadoop.hdfs.server.";

  private final Path directory;
  private final int port;
  private final List<Process> daemons = new ArrayList<>();

  private Hdfs(Path directory) throws IOException {
    this.directory = directory;
    this.port = freePort();
  }

  static boolean isHere() {
    return Files.isDirectory(JARS);
  }

  /** Starts an HDFS with its files in a directory, and waits until files can be written. */
  static Hdfs start(Path directory) throws Exception {
    Hdfs hdfs = new Hdfs(Files.createDirectories(directory));
    try {
      hdfs.configure();
      if (hdfs.daemon("namenode.NameNode", "-format", "-nonInteractive").waitFor() != 0) {
        throw new IOException("A NameNode could not be formatted: " + hdfs.log());
      }
      hdfs.daemons.add(hdfs.daemon("namenode.NameNode"));
      hdfs.startDataNode();
      hdfs.awaitStoring();
      return hdfs;
    } catch (Exception e) {
      hdfs.close();
      throw e;
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  /** URI of the file system's root, without a trailing slash. */
  String uri() {
    return "hdfs://127.0.0.1:" + port;
  }

  private void configure() throws IOException {
    Map<String, String> settings = new LinkedHashMap<>();
    settings.put("fs.defaultFS", uri());
    settings.put("hadoop.tmp.dir", directory.resolve("tmp").toString());
    settings.put("dfs.namenode.name.dir", directory.resolve("names").toUri().toString());
    settings.put("dfs.datanode.data.dir", data().toUri().toString());
    settings.put("dfs.replication", "1");
    for (String address :
        List.of(
            "dfs.namenode.http-address",
            "dfs.datanode.address",
            "dfs.datanode.http.address",
            "dfs.datanode.ipc.address")) {
      settings.put(address, "127.0.0.1:0");
    }
    settings.put("dfs.namenode.safemode.extension", "0");
    Configuration configuration = new Configuration(false);
    settings.forEach(configuration::set);
    Path conf = Files.createDirectories(directory.resolve("conf"));
    for (String file : List.of("core-site.xml", "hdfs-site.xml")) {
      try (var output = Files.newOutputStream(conf.resolve(file))) {
        configuration.writeXml(output);
      }
    }
  }

  private Path data() {
    return directory.resolve("data");
  }

  private Process daemon(String type, String... arguments) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx256m", "-XX:+UseSerialGC", "-cp", classPath(), SERVER + type));
    command.addAll(Arrays.asList(arguments));
    File log = directory.resolve("log").toFile();
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(log))
        .start();
  }

  private String classPath() throws IOException {
    try (Stream<Path> jars = Files.list(JARS)) {
      return Stream.concat(
              Stream.of(directory.resolve("conf").toString()),
              Stream.concat(
                  jars.map(jar -> jar.toAbsolutePath().toString()),
                  Stream.of(System.getProperty("java.class.path"))))
          .collect(Collectors.joining(File.pathSeparator));
    }
  }

  private String log() throws IOException {
    return Files.readString(directory.resolve("log"));
  }

  void startDataNode() throws IOException {
    daemons.add(daemon("datanode.DataNode"));
  }

  /** Kills the DataNode, as {@code kill -9} does. */
  void killDataNode() throws InterruptedException {
    Process node = daemons.remove(daemons.size() - 1);
    node.destroyForcibly();
    node.waitFor();
  }

  /** Waits until a file can be written. */
  void awaitStoring() throws Exception {
    long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(2);
    while (true) {
      try (var files = new org.apache.hadoop.fs.Path(uri()).getFileSystem(impatient())) {
        var file = new org.apache.hadoop.fs.Path("/ready");
        try (var output = files.create(file, true)) {
          output.write(1);
        }
        return;
      } catch (IOException e) {
        if (System.nanoTime() > end || daemons.stream().anyMatch(daemon -> !daemon.isAlive())) {
          throw new IOException("HDFS does not store: " + log(), e);
        }
        Thread.sleep(200);
      }
    }
  }

  /** Settings of a client that does not share the tests' connection and does not retry for long. */
  private static Configuration impatient() {
    Configuration configuration = new Configuration();
    configuration.setBoolean("fs.hdfs.impl.disable.cache", true);
    configuration.setInt("ipc.client.connect.max.retries", 1);
    return configuration;
  }

  /** Files of blocks on the DataNode's disk that contain a text. */
  List<Path> blocks(String content) throws IOException {
    try (Stream<Path> paths = Files.walk(data())) {
      return paths
          .filter(path -> path.getFileName().toString().matches("blk_\\d+"))
          .filter(path -> holds(path, content))
          .toList();
    }
  }

  private static boolean holds(Path file, String content) {
    try (InputStream input = Files.newInputStream(file)) {
      return new String(input.readAllBytes(), StandardCharsets.ISO_8859_1).contains(content);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    daemons.forEach(Process::destroyForcibly);
    daemons.forEach(daemon -> daemon.onExit().join());
  }
}
