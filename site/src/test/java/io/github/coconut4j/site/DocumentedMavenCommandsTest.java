package io.github.coconut4j.site;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.ConnectException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The Maven commands that the pages tell users to type. */
class DocumentedMavenCommandsTest {

  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

  /** An indented line; what follows three spaces is a remark. */
  private static final Pattern LINE =
      Pattern.compile("^ {4}(mvn (?:(?! {3}).)*)", Pattern.MULTILINE);

  private static final Pattern INLINE = Pattern.compile("`(mvn [^`]*)`");

  /** This very build. */
  private static final Set<String> OURS = Set.of("mvn -B verify", "mvn -B verify -Pnightly");

  private static final String USER_INTERFACE = "http://localhost:9000/samediff";

  @TempDir private Path directory;

  static List<Path> pages() throws IOException {
    List<Path> pages = new ArrayList<>();
    for (String folder : List.of("docs", "notebooks", "examples", "benchmarks", "models")) {
      try (Stream<Path> files = Files.walk(ROOT.resolve(folder))) {
        files
            .filter(p -> p.toString().endsWith(".md"))
            .filter(p -> !p.toString().contains("target"))
            .forEach(pages::add);
      }
    }
    pages.add(ROOT.resolve("README.md"));
    pages.add(ROOT.resolve("CONTRIBUTING.md"));
    return pages;
  }

  private static List<String> commands(Path page, Pattern pattern) throws IOException {
    return pattern
        .matcher(Files.readString(page))
        .results()
        .map(found -> found.group(1).strip())
        .toList();
  }

  static List<String> allCommands() throws IOException {
    List<String> all = new ArrayList<>();
    for (Path page : pages()) {
      all.addAll(commands(page, LINE));
      all.addAll(commands(page, INLINE));
    }
    return all.stream().distinct().toList();
  }

  /** Pages with commands of their own; what is written in a sentence needs the page around it. */
  static List<Path> pagesWithCommands() throws IOException {
    List<Path> found = new ArrayList<>();
    for (Path page : pages()) {
      if (!OURS.containsAll(commands(page, LINE))) {
        found.add(ROOT.relativize(page));
      }
    }
    return found;
  }

  @Test
  void areFound() throws IOException {
    assertThat(allCommands()).hasSizeGreaterThan(8).contains("mvn -Pdist package");
    assertThat(pagesWithCommands()).contains(Path.of("docs", "Deeplearning4j.md"));
  }

  @ParameterizedTest
  @MethodSource("allCommands")
  void nameProfilesModulesAndTestsThatThereAre(String command) throws IOException {
    List<Path> poms = poms();
    for (String profile : values(command, "-P")) {
      assertThat(poms)
          .anySatisfy(pom -> assertThat(pom).content().contains("<id>" + profile + "</id>"));
    }
    assertThat(values(command, "-pl ")).allSatisfy(m -> assertThat(ROOT.resolve(m)).isDirectory());
    assertThat(values(command, "-f ")).allSatisfy(f -> assertThat(ROOT.resolve(f)).isRegularFile());
    for (String test : values(command, "-Dtest=")) {
      for (String module : values(command, "-pl ")) {
        assertThat(classes(module)).contains(test + ".java");
      }
    }
  }

  private static List<String> values(String command, String option) {
    Matcher matcher = Pattern.compile("(?<= )" + option + "(\\S+)").matcher(command);
    return matcher.results().flatMap(found -> Stream.of(found.group(1).split(","))).toList();
  }

  private static List<Path> poms() throws IOException {
    try (Stream<Path> modules = Files.list(ROOT)) {
      return Stream.concat(Stream.of(ROOT), modules)
          .map(folder -> folder.resolve("pom.xml"))
          .filter(Files::exists)
          .toList();
    }
  }

  private static List<String> classes(String module) throws IOException {
    try (Stream<Path> files = Files.walk(ROOT.resolve(module).resolve("src/test"))) {
      return files.map(file -> file.getFileName().toString()).toList();
    }
  }

  /**
   * In a copy of the sources, by a user whose repository has what this build has downloaded and
   * nothing of ours.
   */
  @ParameterizedTest
  @MethodSource("pagesWithCommands")
  @Tag("nightly")
  @EnabledOnOs(OS.LINUX)
  void runAsThePageHasThem(Path page) throws Exception {
    Path sources = Files.createDirectories(directory.resolve("sources"));
    Path repository = directory.resolve("home/.m2/repository");
    Files.createDirectories(repository.getParent());
    run(
        ROOT,
        "git ls-files -co --exclude-standard -z | xargs -0 cp -a --parents -t '" + sources + "'");
    // Links where the disk allows; of the files that Maven changes in place the copy has none.
    String theirs = System.getProperty("localRepository");
    run(
        ROOT,
        "cp -al '"
            + theirs
            + "' '"
            + repository
            + "' || cp -a '"
            + theirs
            + "' '"
            + repository
            + "'");
    run(ROOT, "cp \"$HOME/.m2/settings.xml\" '" + repository.getParent() + "' 2>/dev/null || :");
    run(ROOT, "rm -rf '" + repository + "/io/github/coconut4j'");
    run(
        repository,
        "find . -name _remote.repositories -o -name resolver-status.properties | xargs rm -f");
    for (String command : commands(ROOT.resolve(page), LINE)) {
      if (command.contains("exec:java")) {
        showsTheUserInterface(sources, command);
      } else if (!OURS.contains(command)) {
        run(sources, command);
      }
    }
  }

  private Process start(Path folder, String command) throws IOException {
    ProcessBuilder shell =
        new ProcessBuilder("sh", "-c", command)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("log").toFile());
    shell.environment().put("MAVEN_OPTS", "-Duser.home=" + directory.resolve("home"));
    return shell.start();
  }

  private void run(Path folder, String command) throws IOException, InterruptedException {
    System.err.println(command);
    Process process = start(folder, command);
    try {
      boolean hasEnded = process.waitFor(60, TimeUnit.MINUTES);
      assertThat(hasEnded).as(command + " within an hour\n" + log()).isTrue();
      assertThat(process.exitValue()).as(command + "\n" + log()).isZero();
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
  }

  private String log() throws IOException {
    return Files.readString(directory.resolve("log"), StandardCharsets.UTF_8);
  }

  private void showsTheUserInterface(Path sources, String command) throws Exception {
    System.err.println(command);
    Process process = start(sources, command);
    try {
      for (int i = 0; i < 3600 && process.isAlive() && !answers(); i++) {
        Thread.sleep(500);
      }
      assertThat(process.isAlive() && answers()).as(command + "\n" + log()).isTrue();
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
  }

  private static boolean answers() throws IOException {
    HttpURLConnection connection =
        (HttpURLConnection) URI.create(USER_INTERFACE).toURL().openConnection();
    try {
      return connection.getResponseCode() == 200;
    } catch (ConnectException e) {
      return false; // it does not listen yet
    }
  }
}
