package io.github.coconut4j.notebooks;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The script that installs the kernel, as the README shows it, with a Maven that colours its output
 * whatever it is told, as Debian's does. {@link ExecuteTest} runs it with the real one.
 */
class InstallKernelTest {

  private static final String MAVEN =
      """
      #!/bin/sh
      printf '\\033[0m\\033[1mApache Maven\\033[0m\\n'
      for argument; do
        case $argument in
          -Doutput=*) printf '%s' "$REPOSITORY" >"${argument#*=}" ;;
          -DkernelDirectory=*) : >"${argument#*=}/rapaio-jupyter-kernel.jar" ;;
        esac
      done
      """;

  private static final String HOSTILE = "it's a \"data\\dir\" of $HOME, 100%";

  @TempDir private Path temporary;
  private Path data;
  private Path jdk;
  private ProcessBuilder script;

  @BeforeEach
  void prepare() throws IOException {
    data = temporary.resolve(HOSTILE);
    jdk = temporary.resolve("a \"jdk\"");
    tool(temporary.resolve("bin/mvn"), MAVEN);
    tool(jdk.resolve("bin/java"), "#!/bin/sh\n");
    Path repository = Files.createDirectories(temporary.resolve("a repository"));
    script = new ProcessBuilder("./install-kernel").redirectErrorStream(true);
    script.environment().merge("PATH", temporary + "/bin", (path, first) -> first + ":" + path);
    script.environment().put("JUPYTER_DATA_DIR", data.toString());
    script.environment().put("JAVA_HOME", jdk.toString());
    script.environment().put("REPOSITORY", repository.toString());
    script.environment().put("LC_ALL", "C");
  }

  private static void tool(Path file, String text) throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
    assertThat(file.toFile().setExecutable(true)).isTrue();
  }

  private String run(int status) throws IOException, InterruptedException {
    Process process = script.start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isEqualTo(status);
    return output;
  }

  @Test
  void findsMavensRepositoryAndWritesPathsAsJsonTexts() throws Exception {
    run(0);

    Path kernel = data.resolve("kernels/coconut4j-java");
    assertThat(kernel.resolve("repository").toRealPath())
        .isEqualTo(temporary.resolve("a repository").toRealPath());
    JsonNode argv = new ObjectMapper().readTree(kernel.resolve("kernel.json").toFile()).get("argv");
    assertThat(argv.get(0).asText()).isEqualTo(jdk + "/bin/java");
    assertThat(argv)
        .extracting(JsonNode::asText)
        .contains(kernel.toRealPath() + "/rapaio-jupyter-kernel.jar");
  }

  @Test
  void saysWhereItCannotWrite() throws Exception {
    Files.writeString(data, "");
    assertThat(run(1)).contains("install-kernel: " + data, "JUPYTER_DATA_DIR");

    script.environment().remove("JUPYTER_DATA_DIR");
    script.environment().remove("HOME");
    assertThat(run(1)).contains("install-kernel: HOME is not set");
  }
}
