package io.github.coconut4j.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What {@code mvn dependency:tree} says of a project that depends on coconut alone. */
class DependencyTreeTest {

  private static final Pattern FOREIGN =
      Pattern.compile(
          "cuda|spark|scala|hadoop|vertx|netty|jetty|javalin|freemarker|deeplearning4j|datavec"
              + "|arbiter|selenium|junit(?!\\S*:test)|logback");

  private static List<String> tree() throws IOException {
    return Files.readAllLines(Path.of("target", "tree.txt"));
  }

  @Test
  void bringsNoUserInterfaceServerSparkOrCuda() throws IOException {
    assertTrue(tree().size() > 30, "the tree is there");
    assertEquals(
        List.of(),
        tree().stream()
            .filter(line -> FOREIGN.matcher(line).find() && !line.endsWith(":test"))
            .toList());
  }

  @Test
  void hasTheMendedVersionsOfWhatNd4jNames() throws IOException {
    for (String mended :
        List.of(
            "commons-codec:commons-codec:jar:1.23.0",
            "commons-io:commons-io:jar:2.22.0",
            "commons-net:commons-net:jar:3.10.0",
            "org.apache.commons:commons-compress:jar:1.28.0",
            "org.apache.commons:commons-lang3:jar:3.22.0",
            "org.apache.commons:commons-text:jar:1.15.0")) {
      assertTrue(tree().stream().anyMatch(line -> line.contains(mended)), mended);
    }
  }
}
