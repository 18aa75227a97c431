package io.github.coconut4j.site;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jsoup.Jsoup;
import org.jsoup.nodes.Document;
import org.jsoup.nodes.Element;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The pages of this very checkout. */
class SiteTest {

  @TempDir private static Path out;
  private static final Map<Path, Document> PAGES = new LinkedHashMap<>();

  @BeforeAll
  static void write() throws IOException {
    Site.write(Path.of(".."), out);
    try (Stream<Path> files = Files.walk(out)) {
      for (Path file : files.filter(SiteTest::isPage).toList()) {
        PAGES.put(file, Jsoup.parse(file.toFile(), "UTF-8"));
      }
    }
  }

  private static boolean isPage(Path file) {
    return file.toString().endsWith(".html")
        && !file.startsWith(out.resolve("api"))
        && !file.getFileName().toString().equals("report.html");
  }

  @Test
  void everyLinkLeadsToAFileAndAHeading() {
    List<String> broken = new ArrayList<>();
    PAGES.forEach(
        (file, page) -> {
          for (Element element : page.select("a[href], img[src], script[src], link[href]")) {
            String link = element.hasAttr("href") ? element.attr("href") : element.attr("src");
            if (!link.matches("(?s)(https?|mailto):.*") && !leadsSomewhere(file, link)) {
              broken.add(out.relativize(file) + " -> " + link);
            }
          }
        });
    assertThat(PAGES).hasSizeGreaterThan(20);
    assertThat(broken).isEmpty();
  }

  private static boolean leadsSomewhere(Path file, String link) {
    int hash = link.indexOf('#');
    String path = hash < 0 ? link : link.substring(0, hash);
    Path target = path.isEmpty() ? file : file.resolveSibling(path).normalize();
    if (!Files.exists(target)
        && !Files.isDirectory(Path.of("..").resolve(out.relativize(target)))) {
      return false;
    }
    return hash < 0
        || !PAGES.containsKey(target)
        || PAGES.get(target).getElementById(link.substring(hash + 1)) != null;
  }

  @Test
  void nothingIsLoadedFromTheNetwork() {
    PAGES.forEach(
        (file, page) ->
            assertThat(page.select("img[src^=http], script[src^=http], link[href^=http]"))
                .as(file.toString())
                .isEmpty());
  }

  @Test
  void theSearchKnowsEveryPage() throws IOException {
    String pages = Files.readString(out.resolve("search-pages.js"));
    PAGES.keySet().forEach(file -> assertThat(pages).contains("\"" + out.relativize(file) + "\""));
    assertThat(out.resolve("lunr.min.js")).content().contains("lunr");
  }

  /** In groups, each page once. */
  @Test
  void theListHasEveryPage() {
    PAGES.forEach(
        (file, page) ->
            assertThat(page.select("#pages a").eachAttr("href"))
                .as(file.toString())
                .map(link -> file.resolveSibling(link).normalize())
                .filteredOn(PAGES::containsKey)
                .containsExactlyInAnyOrderElementsOf(PAGES.keySet()));
    assertThat(PAGES.get(out.resolve("index.html")).select("#pages h2").eachText())
        .contains("train", "run elsewhere", "see experiments");
  }

  @Test
  void whatReadersComeForIsThreeClicksAway() {
    Document first = PAGES.get(out.resolve("index.html"));
    for (String page : List.of("Lora", "Tuning", "Cuda", "Architecture", "Models", "Platforms")) {
      assertThat(first.select("main a[href^=docs/" + page + ".html]")).as(page).isNotEmpty();
    }
  }
}
