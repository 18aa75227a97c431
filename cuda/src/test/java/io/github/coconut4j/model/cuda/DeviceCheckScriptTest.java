package io.github.coconut4j.model.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs benchmarks/device-check on {@link CudaShim}, from the bundle to the results. */
@OnCudaShim
@Tag("nightly")
class DeviceCheckScriptTest {

  private static final Path SCRIPT = Path.of("..", "benchmarks", "device-check").toAbsolutePath();

  @TempDir private Path directory;

  private String run(int status, Map<String, String> settings, List<String> command)
      throws IOException, InterruptedException {
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().remove("JAVA_TOOL_OPTIONS");
    builder.environment().put("LD_LIBRARY_PATH", CudaShim.folder().toString());
    builder.environment().putAll(settings);
    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isEqualTo(status);
    return output;
  }

  private void bundle() throws IOException, InterruptedException {
    Path home = Path.of(System.getProperty("java.home"));
    assumeTrue(Files.isDirectory(home.resolve("jmods")), "this JDK has no jmods for jlink");
    run(
        0,
        Map.of(),
        List.of(
            SCRIPT.toString(),
            "bundle",
            "--to",
            directory.resolve("bundle").toString(),
            "--class-path",
            System.getProperty("java.class.path"),
            "--java-home",
            home.toString()));
  }

  private Map<String, JsonNode> check(int status, Map<String, String> settings, String... options)
      throws IOException, InterruptedException {
    Path out = directory.resolve("results");
    List<String> command =
        new ArrayList<>(
            List.of(
                directory.resolve("bundle/device-check").toString(),
                "run",
                "--out",
                out.toString()));
    command.addAll(List.of(options));
    String output = run(status, settings, command);
    Map<String, JsonNode> parts = new TreeMap<>();
    JsonNode results = new ObjectMapper().readTree(out.resolve("results.json").toFile());
    results.get("parts").forEach(part -> parts.put(part.get("part").asText(), part));
    assertThat(output.lines()).hasSize(parts.size() + 1);
    assertThat(results.get("commit").asText()).isNotBlank();
    return parts;
  }

  /**
   * A CUDA toolkit with a compute-sanitizer that runs the command if it is a step. Attention takes
   * minutes on a CPU, and was run before.
   */
  private Path toolkit() throws IOException {
    Path tool = directory.resolve("toolkit/bin/compute-sanitizer");
    Files.createDirectories(tool.getParent());
    Files.writeString(
        tool,
        """
        #!/bin/sh
        shift 4
        echo checked >&2
        case $* in *attention) ;; *) exec "$@" ;; esac
        """);
    makeExecutable(tool, true);
    return tool.getParent().getParent();
  }

  private static void makeExecutable(Path file, boolean executable) throws IOException {
    Files.setPosixFilePermissions(
        file, PosixFilePermissions.fromString(executable ? "rwxr-xr-x" : "rw-r--r--"));
  }

  @Test
  void everyPartRunsAndAFailureDoesNotStopTheOthers() throws IOException, InterruptedException {
    bundle();
    makeExecutable(directory.resolve("bundle/java/bin/java"), false); // as some copies leave it
    Map<String, JsonNode> parts =
        check(
            0,
            Map.of("CUDA_HOME", toolkit().toString()),
            "--fixture",
            "tiny-gpt2-b",
            "--shape",
            "tiny:1",
            "--steps",
            "1",
            "--minutes",
            "120",
            "--patience",
            "20"); // as on a machine with other work
    for (String part :
        List.of(
            "device",
            "kernels",
            "products",
            "step",
            "attention",
            "step-plain",
            "graphs",
            "memcheck-step",
            "memcheck-attention",
            "racecheck-attention")) {
      assertThat(parts.get(part).get("status").asText()).as(part).isEqualTo("ok");
    }
    assertThat(parts.get("parity-tiny-gpt2-b").get("figures").get("loss_error").asDouble())
        .isLessThan(1e-5);
    for (String precision : List.of("float32", "bf16")) {
      JsonNode time = parts.get("time-tiny-" + precision).get("figures");
      assertThat(time.get("device").asText()).isEqualTo("cuda");
      assertThat(time.get("rows").asInt()).isEqualTo(1);
      assertThat(time.get("train_step_ms").asDouble()).isPositive();
    }

    assertThat(Files.readString(directory.resolve("results/memcheck-step.log")))
        .startsWith("checked");

    Map<String, JsonNode> slow = check(1, Map.of(), "--part", "device", "--patience", "0.001");
    assertThat(slow.get("device").get("exit").asText()).isEqualTo("timeout");

    Map<String, JsonNode> lost =
        check(
            1,
            Map.of("SHIM_LOSE_AFTER", "3"),
            "--part",
            "kernels",
            "--part",
            "step",
            "--minutes",
            "120",
            "--patience",
            "20");
    assertThat(lost.get("kernels").get("status").asText()).isEqualTo("ok");
    assertThat(lost.get("step").get("status").asText()).isEqualTo("FAILED");
    assertThat(lost.get("step-plain").get("status").asText()).isEqualTo("FAILED");
    assertThat(Files.readString(directory.resolve("results/step.log")))
        .contains("CUDA_ERROR_LAUNCH_FAILED");

    Map<String, JsonNode> turing =
        check(
            0,
            Map.of("SHIM_CAPABILITY", "75"),
            "--part",
            "device",
            "--part",
            "time-tiny-bf16",
            "--shape",
            "tiny:1",
            "--patience",
            "20");
    assertThat(turing.get("device").get("said").asText()).contains("free MiB");
    assertThat(turing.get("time-tiny-bf16").get("status").asText()).isEqualTo("left out");

    Map<String, JsonNode> none =
        check(1, Map.of("SHIM_DEVICES", "0"), "--part", "products", "--patience", "20");
    assertThat(none.get("products").get("said").asText())
        .contains("No GPU can be used: the driver finds no GPU");

    Path glibc = directory.resolve("bundle/glibc");
    assertThat(Files.readString(glibc)).matches("2\\.\\d+\n");
    Files.writeString(glibc, "2.99\n");
    assertThat(
            run(
                1,
                Map.of(),
                List.of(
                    directory.resolve("bundle/device-check").toString(),
                    "run",
                    "--out",
                    directory.resolve("none").toString())))
        .contains("the bundle needs glibc 2.99 or newer, but this system has glibc 2.");
  }
}
