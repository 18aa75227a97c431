package io.github.coconut4j.serve.page;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.coconut4j.serve.RunningServer;
import io.github.coconut4j.serve.ServerLimits;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.openqa.selenium.By;
import org.openqa.selenium.JavascriptExecutor;
import org.openqa.selenium.Keys;
import org.openqa.selenium.interactions.Actions;
import org.openqa.selenium.logging.LogType;

/** What all views of the page have in common. */
class PageTest extends BrowserTest {

  /** What is asked for it may still arrive when another view is shown. */
  @Test
  void aViewThatWasLeftDoesNotComeBack() throws IOException {
    Files.writeString(
        Files.createDirectories(runs.resolve("left")).resolve("results.jsonl"), candidate(0, 0.7));
    show("models");
    await(() -> find("#ask").isDisplayed());
    run(
        "const get = window.fetch; window.late = [];"
            + "window.fetch = (path, ...rest) => String(path).includes('/api/runs')"
            + " ? new Promise((done) => window.late.push(() => done(get(path, ...rest))))"
            + " : get(path, ...rest);");
    run("location.hash = 'searches'");
    await(() -> run("return window.late.length").equals(1L));
    run("location.hash = 'models'");
    await(() -> find("#ask").isDisplayed());
    run("window.late.forEach((send) => send())");
    ((JavascriptExecutor) browser)
        .executeAsyncScript("setTimeout(arguments[arguments.length - 1], 2500)"); // a poll and more

    assertThat(browser.findElements(By.cssSelector("#candidates"))).isEmpty();
    assertThat(find("#ask").isDisplayed()).isTrue();
    assertThat(run("return window.late.length")).isEqualTo(1L);
  }

  @ParameterizedTest
  @ValueSource(strings = {"runs", "searches"})
  void aListThatIsCutSaysSo(String view) throws Exception {
    Files.writeString(
        Files.createDirectories(runs.resolve("cut")).resolve("results.jsonl"), candidate(0, 0.7));
    show("models");
    await(() -> find("#ask").isDisplayed());
    run(
        "const get = window.fetch;window.fetch = async (path, ...rest) => { const found = await"
            + " get(path, ...rest); return String(path) === '/api/runs' ? new"
            + " Response(JSON.stringify({ ...await found.json(), complete: false })) : found; };");
    run("location.hash = arguments[0]", view);

    await(() -> find("#cut").getText().contains("more than 2000 directories"));
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0 %",
    "0.0004, <0.1 %",
    "0.0123, 1.2 %",
    "0.5, 50 %",
    "0.9904, 99 %",
    "0.998, 99.8 %",
    "0.99951, >99.9 %",
    "1, 100 %",
  })
  void onlyAllAndNoneAreWrittenAsSuch(double share, String text) {
    show("runs");

    assertThat(promised("import('/dom.js').then(({ percent }) => done(percent(" + share + ")))"))
        .isEqualTo(text);
  }

  @Test
  void theKeyIsAskedForUntilThereIsOne() throws IOException {
    try (RunningServer locked = RunningServer.start(ServerLimits.DEFAULT, runs, "secret")) {
      browser.get(locked.uri + "/#runs");
      await(() -> find("dialog input").isDisplayed());
      new Actions(browser).sendKeys(Keys.ESCAPE).perform();
      await(() -> find("dialog[open] input").isDisplayed());
      find("dialog input").sendKeys("ключ", Keys.ENTER); // which no header can hold
      assertThat(find("dialog[open] input").isDisplayed()).isTrue();
      find("dialog input").clear();
      find("dialog input").sendKeys("wrong", Keys.ENTER);
      await(() -> find("dialog p").getText().startsWith("That was not the key."));
      find("dialog input").sendKeys("secret", Keys.ENTER);
      await(() -> find("input[type=search]").isDisplayed());
      await(() -> !find(".runs").getText().isEmpty());

      assertThat(browser.findElements(By.cssSelector("dialog"))).isEmpty();
      show("models");
    }
    assertThat(browser.manage().logs().get(LogType.BROWSER).getAll())
        .allMatch(entry -> entry.getMessage().contains("401"));
  }

  @Test
  void aServerThatIsGoneIsSaid() throws Exception {
    show("runs");
    await(() -> find(".runs").isDisplayed());
    run("window.fetch = () => Promise.reject(new TypeError('Failed to fetch'))");

    await(() -> find("#notice").getText().startsWith("The server does not answer."));
  }

  @Test
  void theFirstPaintIsSmallAndANarrowWindowDoesNotScrollSideways() {
    browser.executeCdpCommand(
        "Emulation.setDeviceMetricsOverride",
        Map.of("width", 390, "height", 800, "deviceScaleFactor", 1, "mobile", false));
    try {
      show("models");
      await(() -> find(".node.root").isDisplayed());
      Number bytes =
          (Number)
              run(
                  "return performance.getEntriesByType('resource').reduce((all, r) => all +"
                      + " r.encodedBodySize, 0)");
      assertThat(bytes.longValue()).isBetween(1L, 1_500_000L);
      assertThat((Boolean) run("return document.documentElement.scrollWidth <= innerWidth"))
          .isTrue();
    } finally {
      browser.executeCdpCommand("Emulation.clearDeviceMetricsOverride", Map.of());
    }
  }
}
