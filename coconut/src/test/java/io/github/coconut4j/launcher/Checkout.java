package io.github.coconut4j.launcher;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** A checkout with the real launcher, empty modules, and a Maven and a Java made of shell lines. */
record Checkout(Path root, Path tools) {

  private static final List<String> MODULES =
      List.of("files", "samediff-model", "data", "coconut", "tuning", "serve", "cuda", "spark");

  private static final String JAVA =
      """
      #!/bin/sh
      for argument; do
        case $argument in
          -Xshare:dump) dump=yes ;;
          -XX:SharedArchiveFile=*) archive=${argument#*=} ;;
        esac
        last=$argument
      done
      if [ -n "$dump" ]; then
        echo classes >"$archive"
        exit
      fi
      if [ "$last" = sleep ]; then
        trap 'exit 42' TERM
        echo sleeping
        while :; do sleep 0.05; done
      fi
      printf '%s\\n' "$LC_ALL" "$@"
      """;

  /** What a build reads beside the modules. */
  static final List<String> MORE_SOURCES =
      List.of("lombok.config", ".mvn/jvm.config", "recipes/quickstart.yaml");

  private static final String MAVEN =
      """
      #!/bin/sh
      echo "$*" >>"$BUILDS"
      sleep 0.2
      [ -z "$FULL" ] || { echo 'No space left on device'; exit 1; }
      for module in files samediff-model data coconut tuning serve cuda spark; do
        mkdir -p $module/target
        : >$module/target/$module-1.2.jar
      done
      : >"$LIBRARY"
      mkdir -p distribution/target
      printf '%s' "$PWD/data/target/data-1.2.jar:$LIBRARY" >distribution/target/classpath
      """;

  static Checkout create(Path directory) throws IOException {
    Checkout checkout = new Checkout(directory.resolve("a checkout"), directory.resolve("jdk"));
    Files.createDirectories(checkout.root());
    Files.copy(Path.of("..", "coconut4j"), checkout.launcher());
    Files.writeString(checkout.root().resolve("pom.xml"), "<version>1.2</version>\n");
    for (String module : MODULES) {
      Path sources = checkout.root().resolve(module).resolve("src/main");
      Files.createDirectories(sources);
      Files.writeString(sources.resolve("Example.java"), "class Example {}\n");
      Files.writeString(checkout.root().resolve(module).resolve("pom.xml"), "<project/>\n");
    }
    for (String file : MORE_SOURCES) {
      Files.createDirectories(checkout.root().resolve(file).getParent());
      Files.writeString(checkout.root().resolve(file), "");
    }
    Path distribution = Files.createDirectory(checkout.root().resolve("distribution"));
    Files.writeString(distribution.resolve("pom.xml"), "<project/>\n");
    Files.createDirectories(checkout.tools().resolve("bin"));
    checkout.setJavaVersion("17.0.15");
    checkout.writeTool("java", JAVA);
    checkout.writeTool("mvn", MAVEN);
    return checkout;
  }

  Path launcher() {
    return root.resolve("coconut4j");
  }

  Path source() {
    return root.resolve("data/src/main/Example.java");
  }

  Path library() {
    return tools.resolve("library.jar");
  }

  Path keptLibrary() throws IOException {
    return root.toRealPath().resolve("target/launcher/libraries/library.jar");
  }

  int builds() throws IOException {
    return Files.exists(buildsFile()) ? Files.readAllLines(buildsFile()).size() : 0;
  }

  /** Runs with a source newer than any build. */
  void buildAgain() throws IOException, InterruptedException {
    FileTime later = FileTime.from(Instant.now().plusSeconds(10L * (builds() + 1)));
    Files.setLastModifiedTime(source(), later);
    run();
  }

  /** Copies of the jars that builds have left. */
  long jarDirectories() throws IOException {
    try (Stream<Path> files = Files.list(root.resolve("target/launcher"))) {
      return files.filter(file -> file.resolve("started").toFile().exists()).count();
    }
  }

  String lastBuild() throws IOException {
    List<String> lines = Files.readAllLines(buildsFile());
    return lines.get(lines.size() - 1);
  }

  void setJavaVersion(String version) throws IOException {
    Files.writeString(tools.resolve("release"), "JAVA_VERSION=\"" + version + "\"\n");
  }

  void breakMaven(String output) throws IOException {
    writeTool("mvn", "#!/bin/sh\necho '" + output + "'\nexit 1\n");
  }

  void lockFor(String holder) throws IOException {
    Path launcher = Files.createDirectories(root.resolve("target/launcher"));
    Files.createSymbolicLink(launcher.resolve("lock"), Path.of(holder));
  }

  /**
   * Nobody may write into the checkout any more, the superuser neither: a file where its folder
   * would be.
   */
  void refuseWriting() throws IOException {
    Files.createFile(root.resolve("target"));
  }

  /** Everyone may read and nobody but the superuser write. */
  void makeReadOnly() throws IOException, InterruptedException {
    openParents();
    run(new ProcessBuilder("chmod", "-R", "a+rX,a-w", root.toString()));
  }

  private void openParents() throws IOException, InterruptedException {
    run(new ProcessBuilder("chmod", "-R", "a+rX", root.getParent().toString()));
  }

  /** The launcher as a user who is neither this checkout's owner nor the superuser. */
  ProcessBuilder processOfAnotherUser(String... arguments)
      throws IOException, InterruptedException {
    ProcessBuilder process = process(launcher(), arguments);
    if (System.getProperty("user.name").equals("root")) {
      openParents();
      process
          .command()
          .addAll(0, List.of("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"));
    }
    return process;
  }

  /** Gives a file a time of change after any build. */
  void makeNewer(Path file) throws IOException {
    Files.setLastModifiedTime(file, FileTime.from(Instant.now().plusSeconds(10)));
  }

  /** What a later run leaves unchanged: names, and times of change. */
  List<String> listing() throws IOException {
    try (Stream<Path> files = Files.walk(root)) {
      return files.map(file -> file + " " + file.toFile().lastModified()).sorted().toList();
    }
  }

  ProcessBuilder process(Path launcher, String... arguments) {
    List<String> command = new ArrayList<>(List.of(launcher.toString()));
    command.addAll(List.of(arguments));
    ProcessBuilder process = new ProcessBuilder(command);
    process.environment().put("JAVA_HOME", tools.toString());
    process.environment().merge("PATH", tools + "/bin", (path, first) -> first + ":" + path);
    process.environment().put("BUILDS", buildsFile().toString());
    process.environment().put("LIBRARY", library().toString());
    process.environment().remove("COCONUT4J_OPTS");
    process.environment().remove("COCONUT4J_BACKEND");
    process.environment().remove("COCONUT4J_HOME");
    process.environment().remove("SPARK_HOME");
    process.environment().put("LC_ALL", "C");
    return process;
  }

  Result run(String... arguments) throws IOException, InterruptedException {
    return run(process(launcher(), arguments));
  }

  Result run(ProcessBuilder builder) throws IOException, InterruptedException {
    Path errors = tools.resolve("errors.txt");
    Process process = builder.redirectError(errors.toFile()).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Result(process.waitFor(), output, Files.readString(errors));
  }

  private Path buildsFile() {
    return tools.resolve("builds.txt");
  }

  void writeTool(String name, String script) throws IOException {
    Path tool = tools.resolve("bin").resolve(name);
    Files.writeString(tool, script);
    if (!tool.toFile().setExecutable(true)) {
      throw new IOException("The file system must allow programs to be executed: " + tool);
    }
  }
}
