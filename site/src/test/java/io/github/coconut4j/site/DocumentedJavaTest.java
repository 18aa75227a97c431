package io.github.coconut4j.site;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Java on the pages that is a part of a class which the build compiles and tests. */
class DocumentedJavaTest {

  private static final Path ROOT = Path.of("..");
  private static final Pattern BLOCK = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);
  private static final Pattern IMPORT = Pattern.compile("^import .*;\n", Pattern.MULTILINE);

  private static List<String> blocks(String page) throws IOException {
    return BLOCK
        .matcher(Files.readString(ROOT.resolve(page)))
        .results()
        .map(found -> found.group(1))
        .toList();
  }

  private static String withoutSpace(String code) {
    return code.replaceAll("\\s+", "");
  }

  @ParameterizedTest
  @CsvSource({
    "README.md, TrainingConfig.builder(), examples/src/main/java/io/github/coconut4j/examples/FirstTraining.java",
    "docs/Architecture.md, implements Objective, samediff-model/src/test/java/io/github/coconut4j/objective/LabelSmoothing.java"
  })
  void isThatOfTheClass(String page, String words, String file) throws IOException {
    String block = blocks(page).stream().filter(b -> b.contains(words)).findFirst().orElseThrow();
    String source = Files.readString(ROOT.resolve(file));

    assertThat(IMPORT.matcher(block).results().map(MatchResult::group))
        .isNotEmpty()
        .allSatisfy(line -> assertThat(source).contains(line));
    assertThat(withoutSpace(source)).contains(withoutSpace(IMPORT.matcher(block).replaceAll("")));
  }
}
