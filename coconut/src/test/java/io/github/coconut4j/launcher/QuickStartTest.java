package io.github.coconut4j.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** What the launcher does so that a command begins soon, and how it runs without sources. */
@EnabledOnOs({OS.LINUX, OS.MAC})
class QuickStartTest {

  @TempDir Path directory;
  private Checkout checkout;

  @BeforeEach
  void createCheckout() throws IOException {
    checkout = Checkout.create(directory);
  }

  private static Path archive(Result result) {
    String option =
        result
            .output()
            .lines()
            .filter(line -> line.startsWith("-XX:SharedArchiveFile="))
            .findFirst()
            .orElseThrow();
    return Path.of(option.substring(option.indexOf('=') + 1));
  }

  @Test
  void givesEachJavaAnArchiveOfItsClasses() throws Exception {
    Path first = archive(checkout.run("train"));
    assertThat(first).hasContent("classes");
    long written = first.toFile().lastModified();

    assertThat(archive(checkout.run("train"))).isEqualTo(first);
    assertThat(first.toFile().lastModified()).isEqualTo(written);

    checkout.setJavaVersion("21.0.2");
    assertThat(archive(checkout.run("train"))).isNotEqualTo(first).hasContent("classes");
  }

  /** An empty one says that this Java cannot make any: it is not asked at every start. */
  @Test
  void runsWithoutAnArchiveThatIsEmpty() throws Exception {
    Path archive = archive(checkout.run("train"));
    Files.writeString(archive, "");
    Result result = checkout.run("train");
    assertThat(result.output()).endsWith("train\n").doesNotContain("SharedArchiveFile");
    assertThat(archive).isEmptyFile();
  }

  @Test
  void onlyCommandsThatEndSoonLeaveOutTheSecondCompiler() throws Exception {
    for (List<String> command :
        List.of(
            List.of("evaluate"),
            List.of("generate"),
            List.of("train", "--help"),
            List.<String>of())) {
      assertThat(checkout.run(command.toArray(String[]::new)).output())
          .contains("\n-XX:TieredStopAtLevel=1\n");
    }
    for (String command : List.of("train", "serve", "tune", "bench", "race", "quickstart")) {
      assertThat(checkout.run(command).output()).doesNotContain("TieredStopAtLevel");
    }
  }

  private Path distribution() throws IOException {
    Path root = Files.createDirectory(directory.resolve("a distribution"));
    Files.copy(checkout.launcher(), root.resolve("coconut4j"));
    Path libraries = Files.createDirectory(root.resolve("lib"));
    Files.writeString(libraries.resolve("classpath"), "own.jar\nother.jar\n");
    return root.toRealPath();
  }

  @Test
  void aDistributionRunsItsJarsInTheirOrder() throws Exception {
    Path root = distribution();
    Result result = checkout.run(checkout.process(root.resolve("coconut4j"), "train"));
    assertThat(result.status()).isZero();
    assertThat(result.output())
        .contains("\n" + root + "/lib/own.jar:" + root + "/lib/other.jar\n")
        .endsWith("Main\ntrain\n");
    assertThat(archive(result)).hasParent(root.resolve("lib"));
    assertThat(checkout.builds()).isZero();
  }

  /** They would end with an illegal instruction. */
  @Test
  void aProcessorWithoutAvx2GetsNoNativesForIt() throws Exception {
    Path root = distribution();
    Files.writeString(
        root.resolve("lib/classpath"), "own.jar\nnd4j-linux-x86_64-avx2.jar\nother.jar\n");
    checkout.writeTool("uname", "#!/bin/sh\necho x86_64\n");
    checkout.writeTool(
        "grep",
        "#!/bin/sh\ncase $* in *-avx2*) exec /bin/grep \"$@\" ;; *avx2*) exit 1 ;; *) exec /bin/grep \"$@\" ;; esac\n");
    Result result = checkout.run(checkout.process(root.resolve("coconut4j"), "train"));
    assertThat(result.output())
        .contains(root + "/lib/own.jar:" + root + "/lib/other.jar")
        .doesNotContain("avx2");
  }

  /** Without a driver every command would say that there is none. */
  @Test
  void theModuleForGpusIsThereWhereCudaIsAskedForOrADriverIsLoaded() throws Exception {
    Path root = distribution();
    Files.writeString(
        root.resolve("lib/classpath"),
        "cuda-1.2.jar\nown.jar\nnd4j-cuda.jar\ncuda-13.3-9.25-1.5.14-linux-x86_64.jar\n");
    String all =
        "\n%1$s/cuda-1.2.jar:%1$s/own.jar:%1$s/nd4j-cuda.jar:%1$s/cuda-13.3-9.25-1.5.14-linux-x86_64.jar\n"
            .formatted(root + "/lib");
    String none = "\n%1$s/own.jar:%1$s/nd4j-cuda.jar\n".formatted(root + "/lib");
    boolean hasDriver =
        Files.exists(Path.of("/proc/driver/nvidia/version")) || Files.exists(Path.of("/dev/dxg"));

    Result plain = checkout.run(checkout.process(root.resolve("coconut4j"), "train"));
    assertThat(plain.output()).contains(hasDriver ? all : none);
    for (List<String> device :
        List.of(List.of("--device", "cuda"), List.of("--device=CUDA"), List.of("device=cuda"))) {
      ProcessBuilder asked = checkout.process(root.resolve("coconut4j"), "train");
      asked.command().addAll(device);
      Result result = checkout.run(asked);
      assertThat(result.output()).contains(all);
      assertThat(archive(result).equals(archive(plain))).isEqualTo(hasDriver);
    }
  }

  @Test
  void aDistributionThatCannotBeWrittenRunsWithoutAnArchive() throws Exception {
    Path root = distribution();
    checkout.run(new ProcessBuilder("chmod", "-R", "a+rX,a-w", root.toString()));
    ProcessBuilder process = checkout.processOfAnotherUser("train");
    process
        .command()
        .replaceAll(
            word -> word.equals(checkout.launcher().toString()) ? root + "/coconut4j" : word);
    Result result = checkout.run(process);
    assertThat(result.status()).as(result.errors()).isZero();
    assertThat(result.output()).endsWith("Main\ntrain\n").doesNotContain("SharedArchiveFile");
  }
}
