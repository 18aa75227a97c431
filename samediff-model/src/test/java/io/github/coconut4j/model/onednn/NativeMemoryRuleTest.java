package io.github.coconut4j.model.onednn;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * On CUDA a pointer to the host's memory is only valid after the call that brings it up to date.
 */
class NativeMemoryRuleTest {

  /** ND4J's ways to an array's memory. */
  private static final Pattern POINTER =
      Pattern.compile(
          "\\.(addressPointer|pointer|address|platformAddress|asNio\\w*|opaqueBuffer)\\(");

  private static final Pattern ARRAY_DATA = Pattern.compile("\\.data\\(\\)\\s*" + POINTER);

  private static final Pattern BUFFER_POINTER =
      Pattern.compile("\\.(addressPointer|platformAddress|asNio\\w*|opaqueBuffer)\\(");

  private static final Pattern INTERNALS =
      Pattern.compile(
          "import (static )?io\\.github\\.coconut4j\\.model\\."
              + "(internal\\.(?!Arguments;|OpenedResources;)|onednn\\.|op\\.|samediff\\.)");

  private static List<Path> sources() throws IOException {
    try (Stream<Path> modules = Files.list(Path.of(".."))) {
      return modules
          .map(module -> module.resolve("src/main/java"))
          .filter(Files::isDirectory)
          .flatMap(NativeMemoryRuleTest::javaFiles)
          .toList();
    }
  }

  private static Stream<Path> javaFiles(Path directory) {
    try (Stream<Path> files = Files.walk(directory)) {
      return files.filter(file -> file.toString().endsWith(".java")).toList().stream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<String> sourcesWith(Pattern pattern) throws IOException {
    List<String> found = new ArrayList<>();
    for (Path source : sources()) {
      if (pattern.matcher(Files.readString(source)).find()) {
        found.add(source.getFileName().toString());
      }
    }
    return found;
  }

  @Test
  void oneClassTakesTheMemoryOfArrays() throws IOException {
    assertThat(sourcesWith(ARRAY_DATA)).containsExactly("HostMemory.java");
    assertThat(sourcesWith(BUFFER_POINTER)).containsExactly("HostMemory.java");
  }

  @Test
  void onlyTheirPackagesKnowNativePointers() throws IOException {
    assertThat(sources()).hasSizeGreaterThan(100);
    for (Path source : sources()) {
      if (Files.readString(source).contains("import org.bytedeco")) {
        assertThat(source.getParent().getFileName().toString())
            .as(source.toString())
            .isIn("onednn", "memory", "cuda", "benchmarks");
      }
    }
  }

  /**
   * In place of a module descriptor: ND4J's jars share packages, so that none of them can be a
   * module and nothing that requires them either. All modules check arguments in the same words,
   * and close what they opened in the same way.
   */
  @Test
  void internalsStayInThisModule() throws IOException {
    for (Path source : sources()) {
      if (!source.startsWith(Path.of("..", "samediff-model"))) {
        assertThat(Files.readString(source)).as(source.toString()).doesNotContainPattern(INTERNALS);
      }
    }
  }
}
