package io.github.coconut4j.site;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jsoup.Jsoup;
import org.junit.jupiter.api.Test;

/** The page for users of Deeplearning4j says which versions stand in the place of ND4J's. */
class DependencyTableTest {

  private static final Path ROOT = Path.of("..");

  /** The table's rows: dependency and the version here. */
  private static Map<String, String> rows() throws IOException {
    List<String> lines = Files.readAllLines(ROOT.resolve("docs/Deeplearning4j.md"));
    int head = lines.indexOf("| dependency | ND4J's | here | why this one |");
    return lines.stream()
        .skip(head + 2L)
        .takeWhile(line -> line.startsWith("|"))
        .map(line -> line.split("\\s*\\|\\s*", -1))
        .collect(Collectors.toMap(cells -> cells[1], cells -> cells[3]));
  }

  /** The versions that docs/Dependencies.md calls pinned are in the parent's pom. */
  @Test
  void pinnedVersionsAreThePoms() throws IOException {
    String pom = Files.readString(ROOT.resolve("pom.xml"));
    String distribution = Files.readString(ROOT.resolve("distribution/pom.xml"));
    List<String> rows =
        Files.readAllLines(ROOT.resolve("docs/Dependencies.md")).stream()
            .filter(line -> line.matches("\\|.*\\d.*\\|"))
            .toList();
    assertThat(rows).hasSizeGreaterThan(20);
    for (String row : rows) {
      String pinned = row.split("\\s*\\|\\s*", -1)[2].replaceAll(" beside \\w+", "");
      for (String version : pinned.split("[,;] ", -1)) {
        assertThat(pom + distribution).as(row).contains(".version>" + version + "<");
      }
    }
  }

  @Test
  void versionsAreThePoms() throws IOException {
    var pom =
        Jsoup.parse(
            ROOT.resolve("pom.xml").toFile(), "UTF-8", "", org.jsoup.parser.Parser.xmlParser());
    assertThat(rows()).hasSizeGreaterThan(4);
    rows()
        .forEach(
            (names, version) -> {
              for (String name : names.split(", ", -1)) {
                String property =
                    pom.select("project > properties > " + name.replace(".", "\\.") + "\\.version")
                        .text();
                assertThat(List.of(property, property.replaceFirst(".*-", "")))
                    .as(name)
                    .contains(version);
              }
            });
  }
}
