package io.github.coconut4j.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The shell launcher, in a checkout with a Maven and a Java that only write down their calls. */
@EnabledOnOs({OS.LINUX, OS.MAC})
class LauncherTest {

  @TempDir Path directory;
  private Checkout checkout;

  @BeforeEach
  void createCheckout() throws IOException {
    checkout = Checkout.create(directory);
  }

  @Test
  void buildsOnFirstUseAndPassesArgumentsOn() throws Exception {
    Result result = checkout.run("train", "--set", "name=two  words", "*");

    assertThat(result.status()).isZero();
    assertThat(result.output())
        .endsWith("io.github.coconut4j.cli.Main\ntrain\n--set\nname=two  words\n*\n");
    assertThat(result.errors()).isEmpty();
    assertThat(checkout.builds()).isEqualTo(1);
  }

  @Test
  void buildsAgainOnlyWhenASourceIsNewer() throws Exception {
    checkout.run();
    checkout.run();
    assertThat(checkout.builds()).isEqualTo(1);

    FileTime later = FileTime.from(Instant.now().plusSeconds(1));
    Files.setLastModifiedTime(checkout.source(), later);
    checkout.run();
    assertThat(checkout.builds()).isEqualTo(2);
  }

  @Test
  void buildsAgainWhenWhatABuildReadsBesideSourcesIsNewer() throws Exception {
    checkout.run();
    int builds = 1;
    for (String file : Checkout.MORE_SOURCES) {
      FileTime later = FileTime.from(Instant.now().plusSeconds(builds));
      Files.setLastModifiedTime(checkout.root().resolve(file), later);
      checkout.run();
      assertThat(checkout.builds()).as(file).isEqualTo(++builds);
      Files.setLastModifiedTime(checkout.root().resolve(file), FileTime.from(Instant.EPOCH));
    }
  }

  @Test
  void buildsAgainWhenALibraryIsGone() throws Exception {
    checkout.run();
    Files.delete(checkout.keptLibrary());
    checkout.run();
    assertThat(checkout.builds()).isEqualTo(2);
  }

  /** Another user may not read the Maven repository of the one who built. */
  @Test
  void runsWithoutTheRepositoryThatItWasBuiltFrom() throws Exception {
    checkout.run();
    Files.delete(checkout.library());
    Result result = checkout.run();
    assertThat(result.status()).isZero();
    assertThat(result.output()).contains(checkout.keptLibrary().toString());
    assertThat(checkout.builds()).isEqualTo(1);
  }

  @Test
  void anotherBackendHasABuildOfItsOwn() throws Exception {
    checkout.run();
    assertThat(checkout.lastBuild()).doesNotContain("-P");

    ProcessBuilder cuda = checkout.process(checkout.launcher());
    cuda.environment().put("COCONUT4J_BACKEND", "cuda");
    assertThat(checkout.run(cuda).status()).isZero();
    assertThat(checkout.lastBuild()).contains("-Pcuda,!gpu-on-linux-x86_64");

    checkout.run();
    checkout.run(cuda);
    assertThat(checkout.builds()).isEqualTo(2);
  }

  @Test
  void refusesAnUnknownBackend() throws Exception {
    ProcessBuilder process = checkout.process(checkout.launcher());
    process.environment().put("COCONUT4J_BACKEND", "opencl");
    Result result = checkout.run(process);
    assertThat(result.status()).isEqualTo(1);
    assertThat(result.errors()).contains("needs to be cuda or nothing but is opencl");
  }

  @Test
  void aRunningCommandKeepsItsJars() throws Exception {
    String classPath = checkout.run().output();
    Files.setLastModifiedTime(checkout.source(), FileTime.from(Instant.now().plusSeconds(1)));
    assertThat(checkout.run().output()).isNotEqualTo(classPath);
  }

  @Test
  void theJarsOfARunningCommandOutliveLaterBuilds() throws Exception {
    checkout.run();
    Process process = checkout.process(checkout.launcher(), "sleep").start();
    assertThat(process.inputReader().readLine()).isEqualTo("sleeping");
    checkout.buildAgain();
    assertThat(checkout.builds()).isEqualTo(2);
    assertThat(checkout.jarDirectories()).isEqualTo(2);

    process.destroy();
    process.waitFor();
    checkout.buildAgain();
    assertThat(checkout.jarDirectories()).isEqualTo(1);
  }

  /** Java would take it for ASCII, and lose what is not. */
  @Test
  void givesJavaALocaleOfUtf8() throws Exception {
    assertThat(checkout.run().output()).matches("(?s)\\w+\\.(UTF-8|utf8)\n.*");
  }

  /** A bar is for a terminal; Java knows about the other two streams only. */
  @Test
  @EnabledOnOs(OS.LINUX)
  void tellsWhetherErrorsAreShownOnATerminal() throws Exception {
    String option = "-Dcoconut4j.errorsOnTerminal=false";
    checkout.run();
    ProcessBuilder script = new ProcessBuilder("sh", "-c", "command -v script");
    assumeTrue(checkout.run(script).status() == 0, "script, which makes a terminal, is missing");

    assertThat(checkout.run().output().lines()).contains(option);
    for (String redirected : List.of("", " 2>'" + directory.resolve("errors") + "'")) {
      String launch = "'" + checkout.launcher() + "'" + redirected;
      ProcessBuilder terminal = checkout.process(Path.of("script"), "-qec", launch, "/dev/null");
      assertThat(checkout.run(terminal).output())
          .contains("io.github.coconut4j.cli.Main")
          .matches(shown -> shown.contains(option) != redirected.isEmpty(), "with " + redirected);
    }
  }

  @Test
  void aCopyOfTheCheckoutRunsItsOwnJars() throws Exception {
    checkout.run();
    Path copy = directory.resolve("a copy");
    checkout.run(new ProcessBuilder("cp", "-Rp", checkout.root().toString(), copy.toString()));
    Result result = checkout.run(checkout.process(copy.resolve("coconut4j")));
    assertThat(result.output()).contains(copy.toRealPath() + "/target/launcher/");
  }

  @Test
  void startsFromAnyDirectoryThroughALink() throws Exception {
    Path link = Files.createSymbolicLink(directory.resolve("link"), checkout.launcher());
    Result result = checkout.run(checkout.process(link).directory(directory.toFile()));
    assertThat(result.status()).isZero();
    assertThat(result.output()).contains("io.github.coconut4j.cli.Main");
  }

  @Test
  void twoFirstUsesBuildOnce() throws Exception {
    Process first = checkout.process(checkout.launcher()).start();
    Process second = checkout.process(checkout.launcher()).start();
    assertThat(first.waitFor()).isZero();
    assertThat(second.waitFor()).isZero();
    assertThat(checkout.builds()).isEqualTo(1);
  }

  @Test
  void takesTheLockOfADeadBuild() throws Exception {
    Process dead = new ProcessBuilder("true").start();
    dead.waitFor();
    checkout.lockFor(Long.toString(dead.pid()));
    assertThat(checkout.run().status()).isZero();
  }

  @Test
  void showsTheOutputOfAFailedBuild() throws Exception {
    checkout.breakMaven("Example.java: cannot find symbol");
    Result result = checkout.run();
    assertThat(result.status()).isEqualTo(1);
    assertThat(result.output()).isEmpty();
    assertThat(result.errors()).contains("cannot find symbol", "the build failed", "build.log");
  }

  @Test
  void refusesAnOlderJava() throws Exception {
    checkout.setJavaVersion("11.0.2");
    Result result = checkout.run();
    assertThat(result.status()).isEqualTo(1);
    assertThat(result.errors())
        .contains("Java 17 or newer is needed", "is version 11", "JAVA_HOME");
    assertThat(checkout.builds()).isZero();
  }

  @Test
  void saysWhenJavaHomeHoldsNoJava() throws Exception {
    ProcessBuilder process = checkout.process(checkout.launcher());
    process.environment().put("JAVA_HOME", directory.toString());
    Result result = checkout.run(process);
    assertThat(result.status()).isEqualTo(1);
    assertThat(result.errors()).contains("JAVA_HOME is " + directory, "bin/java");
  }

  /** Or Java's messages would go into a file that it opens to write. */
  @Test
  @EnabledOnOs(OS.LINUX)
  void closedStreamsAreNoFilesOfTheCommand() throws Exception {
    checkout.run();
    Path streams = directory.resolve("streams");
    checkout.writeTool(
        "java", "#!/bin/sh\nreadlink /proc/$$/fd/0 /proc/$$/fd/2 >'" + streams + "'\n");
    ProcessBuilder closed = checkout.process(checkout.launcher(), "train");
    closed.command().addAll(0, List.of("sh", "-c", "exec \"$@\" <&- >&- 2>&-", "sh"));

    checkout.run(closed);

    assertThat(streams).hasContent("/dev/null\n/dev/null\n");
  }

  @Test
  void aSignalReachesTheCommand() throws Exception {
    checkout.run();
    Process process = checkout.process(checkout.launcher(), "sleep").start();
    assertThat(process.inputReader().readLine()).isEqualTo("sleeping");
    process.destroy();
    assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).isEqualTo(42);
  }
}
