package io.github.coconut4j.serve.page;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.openqa.selenium.By;
import org.openqa.selenium.Keys;
import org.openqa.selenium.WebElement;

/** The page's view of searches. */
class SearchPageTest extends BrowserTest {

  /** Writes a search's files; returns its results. */
  private Path search(String name, String yaml, String results) throws IOException {
    Path search = Files.createDirectories(runs.resolve(name));
    Files.writeString(search.resolve("search.yaml"), yaml);
    return Files.writeString(search.resolve("results.jsonl"), results);
  }

  private void chooseSearch(String name) {
    await(() -> find("#search option[value=" + name + "]").isEnabled());
    run(
        "arguments[0].value = arguments[1]; arguments[0].dispatchEvent(new Event('change'))",
        find("#search"),
        name);
  }

  @Test
  void aSearchFillsItsTable() throws Exception {
    Path results = search("search", "search: {}\n", candidate(0, 0.7));
    show("searches");
    await(() -> browser.findElements(By.cssSelector("[data-candidate]")).size() == 1);
    Files.writeString(results, candidate(0, 0.7) + candidate(1, 0.9));
    await(() -> browser.findElements(By.cssSelector("[data-candidate]")).size() == 2);

    assertThat(find("tr.best").getAttribute("data-candidate")).isEqualTo("1");
  }

  @Test
  void inASearchForTheLowestLossThatIsTheBest() throws Exception {
    search(
        "lowest",
        "search: {score: loss}\n",
        candidate(0, 0.7)
            + candidate(1, 0.4)
            + candidate(2, 0.9)
            + candidate(3, 0.1).replace("completed", "pruned"));
    show("searches");
    chooseSearch("lowest");
    await(() -> browser.findElements(By.cssSelector("[data-candidate]")).size() == 4);

    assertThat(find("tr.best").getAttribute("data-candidate")).isEqualTo("1");
    assertThat(browser.findElements(By.cssSelector("[data-candidate]")))
        .extracting(row -> row.getAttribute("data-candidate"))
        .containsExactly("3", "1", "0", "2");
    WebElement head = find("[data-keep=status]");
    head.sendKeys(Keys.ENTER);
    assertThat(find("th[aria-sort=descending]").getText()).startsWith("status");
    assertThat(run("return document.activeElement.dataset.keep")).isEqualTo("status");
  }

  @Test
  void aSearchWhoseConfigurationIsDamagedHasItsTable() throws Exception {
    search("misconfigured-search", "search: [loss\n", candidate(0, 0.7) + candidate(1, 0.9));
    show("searches");
    chooseSearch("misconfigured-search");

    await(() -> browser.findElements(By.cssSelector("[data-candidate]")).size() == 2);
    assertThat(find("#search + p").getText())
        .startsWith("2 candidates")
        .contains("The search's search.yaml cannot be read: ");
  }

  @Test
  void nothingStaysOfASearchWhenTheNextIsRefused() throws Exception {
    for (String name : List.of("read", "refused")) {
      Path search = Files.createDirectories(runs.resolve(name));
      Files.writeString(search.resolve("results.jsonl"), candidate(0, 0.7));
    }
    show("searches");
    chooseSearch("read");
    await(() -> find("#search + p").getText().startsWith("1 candidates"));
    run(
        "const get = window.fetch; window.fetch = (path, ...rest) =>"
            + " String(path).includes('name=refused') ? Promise.resolve(new"
            + " Response('{\"error\":{\"message\":\"refused\"}}', { status: 500 })) : get(path,"
            + " ...rest);");
    chooseSearch("refused");
    await(() -> find("#notice").getText().equals("refused"));

    assertThat(browser.findElements(By.cssSelector("[data-candidate]"))).isEmpty();
    assertThat(find("#search + p").getText()).isEmpty();
  }

  @Test
  void aSearchWithoutScoresHasATable() throws Exception {
    search(
        "failing",
        "search: {}\n",
        "{\"candidate\":0,\"parameters\":{\"lr\":0.1},\"score\":null,\"status\":\"failed\",\"cause\":\"<b>loss</b>"
            + " is NaN\",\"seconds\":1.0,\"finished\":\"2026-01-01T00:00:00Z\",\"values\":[0.5]}\n");
    show("searches");
    chooseSearch("failing");

    await(() -> find("[data-candidate='0']").getText().contains("failed"));
    assertThat(find("[data-candidate='0']").getAttribute("title")).isEqualTo("<b>loss</b> is NaN");
  }
}
