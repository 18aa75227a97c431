package io.github.coconut4j.serve.page;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.coconut4j.serve.RunningServer;
import io.github.coconut4j.serve.ServerLimits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import java.util.logging.Level;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.openqa.selenium.By;
import org.openqa.selenium.JavascriptExecutor;
import org.openqa.selenium.WebDriverException;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.logging.LoggingPreferences;

/**
 * The page in a browser, with a directory of runs of its own, where Debian's chromium and
 * chromium-driver are installed.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class BrowserTest {

  private static final Path CHROMIUM = Path.of("/usr/bin/chromium");
  private static final Path DRIVER = Path.of("/usr/bin/chromedriver");

  Path runs;
  RunningServer server;
  ChromeDriver browser;

  @BeforeAll
  final void open() throws IOException {
    boolean isThere = Files.isExecutable(CHROMIUM) && Files.isExecutable(DRIVER);
    if (!isThere) {
      System.err.println(
          "Tests of the page are skipped: apt-get install chromium chromium-driver runs them.");
    }
    assumeTrue(isThere);
    runs = Files.createTempDirectory("runs");
    server = RunningServer.start(ServerLimits.DEFAULT, runs, null);
    LoggingPreferences logs = new LoggingPreferences();
    logs.enable(LogType.BROWSER, Level.ALL);
    ChromeOptions options = new ChromeOptions();
    options.setBinary(CHROMIUM.toFile());
    options.addArguments(
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--window-size=1300,1000");
    options.setCapability("goog:loggingPrefs", logs);
    browser =
        new ChromeDriver(
            new ChromeDriverService.Builder()
                .usingDriverExecutable(DRIVER.toFile())
                .usingAnyFreePort()
                .build(),
            options);
  }

  @AfterAll
  final void close() {
    if (browser != null) {
      browser.quit();
    }
    if (server != null) {
      server.close();
    }
  }

  @AfterEach
  final void nothingIsWrongAndNothingComesFromElsewhere() {
    assertThat(browser.manage().logs().get(LogType.BROWSER).getAll()).isEmpty();
    List<?> loaded =
        (List<?>) run("return performance.getEntriesByType('resource').map((r) => r.name)");
    assertThat(loaded).isNotEmpty().allMatch(name -> name.toString().startsWith("" + server.uri));
  }

  final Object run(String script, Object... arguments) {
    return ((JavascriptExecutor) browser).executeScript(script, arguments);
  }

  final Object promised(String script) {
    return ((JavascriptExecutor) browser)
        .executeAsyncScript("const done = arguments[arguments.length - 1];" + script);
  }

  final void show(String view) {
    browser.get("about:blank");
    browser.get(server.uri + "/#" + view);
  }

  final void await(Supplier<Boolean> condition) {
    long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
    while (!holds(condition)) {
      assertThat(System.nanoTime() - end).as("what was waited for did not come").isNegative();
      try {
        Thread.sleep(50);
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }
  }

  /** Elements may be gone while they are looked at. */
  private static boolean holds(Supplier<Boolean> condition) {
    try {
      return condition.get();
    } catch (WebDriverException | NullPointerException e) {
      return false;
    }
  }

  final WebElement find(String selector) {
    return browser.findElement(By.cssSelector(selector));
  }

  final void emulate(String feature, String value) {
    browser.executeCdpCommand(
        "Emulation.setEmulatedMedia",
        Map.of("features", List.of(Map.of("name", feature, "value", value))));
  }

  static String update(int step) {
    return String.format(
        Locale.ROOT,
        "{\"step\":%d,\"epoch\":0,\"stage\":%d,\"loss\":%f,\"lr\":0.001,\"grad_norm\":1.0,\"tokens_per_second\":1000.0,\"time\":\"2026-01-01T00:00:00Z\"}%n",
        step,
        step / 5,
        3.0 / step);
  }

  static String candidate(int number, double score) {
    return String.format(
        Locale.ROOT,
        "{\"candidate\":%d,\"parameters\":{\"lr\":0.00%d,\"c_thought\":2},\"score\":%f,\"status\":\"completed\",\"seconds\":9.0,\"updates\":10,\"accuracy\":%f,\"mean_tokens\":9.0,\"finished\":\"2026-01-01T00:0%d:00Z\",\"values\":[0.5]}%n",
        number,
        number + 1,
        score,
        score,
        number);
  }
}
