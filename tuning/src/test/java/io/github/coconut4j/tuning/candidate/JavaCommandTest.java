package io.github.coconut4j.tuning.candidate;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.coconut4j.CoconutModel;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** What a second Java takes over from the first, and where its libraries log. */
class JavaCommandTest {

  /** Prints the command and the variables that a process started by this one would have. */
  static final class Parent {
    public static void main(String[] arguments) {
      JavaCommand java = JavaCommand.builder().build();
      ProcessBuilder process = java.process(java.line(Parent.class));
      process.command().forEach(System.out::println);
      process.environment().keySet().forEach(System.out::println);
    }
  }

  /** A program that uses the library and configures no logging. */
  static final class Program {
    public static void main(String[] arguments) throws IOException {
      try (CoconutModel model = CoconutModel.open(Path.of("../models/prosqa-coconut"))) {
        System.out.println(model.getConfig().getMethod());
      }
    }
  }

  private static List<String> lines(
      Class<?> main, Map<String, String> environment, String... options)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx128m", "-XX:+UseSerialGC"));
    command.addAll(List.of(options));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD);
    builder.environment().putAll(environment);
    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).isZero();
    return output.lines().toList();
  }

  @Test
  void takesOverNeitherPortsNorFilesThatOnlyOneProcessCanHave() throws Exception {
    List<String> lines =
        lines(
            Parent.class,
            Map.of(
                "JAVA_TOOL_OPTIONS", "-Dcom.sun.management.jmxremote.port=0 -Dtaken=tool",
                "JDK_JAVA_OPTIONS", "-Dcom.sun.management.jmxremote.ssl=false -Dover=jdk"),
            "-agentlib:jdwp=transport=dt_socket,server=y,suspend=n,quiet=y,address=127.0.0.1:0",
            "-Dcom.sun.management.jmxremote.authenticate=false",
            "-Xlog:gc:stderr");

    assertThat(lines)
        .contains("-Xmx128m", "-XX:+UseSerialGC", "-Dtaken=tool", "-Dover=jdk", "OMP_WAIT_POLICY")
        .noneMatch(line -> line.matches("-agent.*|.*jdwp.*|.*jmxremote.*|-Xlog.*"))
        .doesNotContain("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS");
  }

  @Test
  void librariesLogNothingOnStandardOutput() throws Exception {
    assertThat(lines(Program.class, Map.of(), "-Dorg.slf4j.simpleLogger.defaultLogLevel=debug"))
        .hasSize(1);
  }

  /**
   * DJL would keep its native code where the first such user keeps it, whom others cannot follow.
   */
  @Test
  @EnabledOnOs(OS.LINUX)
  void usersWithoutAHomeFolderShareNone(@TempDir Path temporary) throws Exception {
    String home = "-Duser.home=/proc/nowhere"; // where none can be made, even by root
    assertThat(lines(Program.class, Map.of(), home, "-Djava.io.tmpdir=" + temporary)).hasSize(1);
    assertThat(temporary.resolve(".djl.ai")).doesNotExist();
    assertThat(temporary.resolve(".djl.ai-" + System.getProperty("user.name"))).isDirectory();
  }
}
