package io.github.coconut4j.model.loop;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * One class walks passes and layers for every device, and another, of SameDiff's operations, is
 * what it is compared with. A device that had a walk of its own would have a second algorithm.
 */
class OneWalkTest {

  private static final List<String> MODULES = List.of("samediff-model", "cuda");

  /** Who asks how many layers there are, walks over them. */
  private static final Pattern LAYERS = Pattern.compile("getNLayer\\(\\)");

  private static List<String> sourcesWith(Pattern pattern) {
    return MODULES.stream()
        .map(module -> Path.of("..", module, "src", "main", "java"))
        .flatMap(OneWalkTest::files)
        .filter(file -> contains(file, pattern))
        .map(file -> file.getParent().getFileName() + "/" + file.getFileName())
        .sorted()
        .toList();
  }

  private static Stream<Path> files(Path folder) {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(file -> file.toString().endsWith(".java")).toList().stream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean contains(Path file, Pattern pattern) {
    try {
      return pattern.matcher(Files.readString(file)).find();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void oneClassHasBlocks() {
    assertThat(sourcesWith(Pattern.compile("new TransformerBlock\\(")))
        .containsExactly("loop/WorkerLoop.java");
    assertThat(
            sourcesWith(
                Pattern.compile("\\b(block|blocks\\.get\\(\\w+\\))\\.(forward|backward)\\(")))
        .containsExactly("loop/WorkerLoop.java");
  }

  @Test
  void devicesDoNotKnowHowManyLayersThereAre() {
    assertThat(sourcesWith(LAYERS)).contains("loop/WorkerLoop.java");
    assertThat(sourcesWith(LAYERS))
        .noneMatch(source -> source.startsWith("cuda/") || source.startsWith("onednn/"));
  }

  @Test
  void devicesRunNoOtherLoop() {
    assertThat(sourcesWith(Pattern.compile("new WorkerLoop\\(")))
        .containsExactly(
            "loop/DeviceLoop.java", "loop/StepRehearsal.java", "loop/WorkerDecoding.java");
  }
}
