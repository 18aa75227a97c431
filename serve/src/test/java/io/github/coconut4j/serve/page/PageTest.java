package io.github.coconut4j.serve.page;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.coconut4j.serve.RunningServer;
import io.github.coconut4j.serve.ServerLimits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.logging.Level;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.openqa.selenium.By;
import org.openqa.selenium.JavascriptExecutor;
import org.openqa.selenium.Keys;
import org.openqa.selenium.WebDriverException;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.interactions.Actions;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.logging.LoggingPreferences;

/** The page in a browser, where Debian's chromium and chromium-driver are installed. */
class PageTest {

  private static final Path CHROMIUM = Path.of("/usr/bin/chromium");
  private static final Path DRIVER = Path.of("/usr/bin/chromedriver");

  /** What a question that the shipped model answers needs its first thoughts for. */
  private static final String QUESTION =
      "Bob is a impus. Every impus is a lorpus. Every lorpus is a rompus. Every rompus is a yumpus."
          + " Max is a zumpus. Every zumpus is a gorpus. Every gorpus is a vumpus. Every vumpus is"
          + " a felpus. Is Bob a felpus or yumpus?";

  private static Path runs;
  private static RunningServer server;
  private static ChromeDriver browser;

  @BeforeAll
  static void open() throws IOException {
    boolean isThere = Files.isExecutable(CHROMIUM) && Files.isExecutable(DRIVER);
    if (!isThere) {
      System.err.println("PageTest is skipped: apt-get install chromium chromium-driver runs it.");
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
  static void close() {
    if (browser != null) {
      browser.quit();
    }
    if (server != null) {
      server.close();
    }
  }

  @AfterEach
  void nothingIsWrongAndNothingComesFromElsewhere() {
    assertThat(browser.manage().logs().get(LogType.BROWSER).getAll()).isEmpty();
    List<?> loaded =
        (List<?>) run("return performance.getEntriesByType('resource').map((r) => r.name)");
    assertThat(loaded).isNotEmpty().allMatch(name -> name.toString().startsWith("" + server.uri));
  }

  private static Object run(String script, Object... arguments) {
    return ((JavascriptExecutor) browser).executeScript(script, arguments);
  }

  private static void show(String view) {
    browser.get("about:blank");
    browser.get(server.uri + "/#" + view);
  }

  private static void await(Supplier<Boolean> condition) {
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

  private static WebElement find(String selector) {
    return browser.findElement(By.cssSelector(selector));
  }

  /**
   * Writes a question as a user does: the page hears of it, so a drawn problem that comes later is
   * dropped.
   */
  private static void write(String question) {
    run(
        "arguments[0].value = arguments[1];"
            + "arguments[0].dispatchEvent(new Event('input', { bubbles: true }))",
        find("#question"),
        question);
  }

  private static String colours() {
    return run("return [...document.querySelectorAll('circle.value')].map((c) =>"
            + " c.style.fill).join()")
        .toString();
  }

  @Test
  void aQuestionIsAnsweredAndAReplacedThoughtChangesTheAnswer() {
    show("models");
    await(() -> find("#ask").isDisplayed());
    write(QUESTION);
    find("#ask").click();
    await(() -> find(".node.right").getText().contains("yumpus"));
    Set<String> seen = new HashSet<>();
    for (int state = 0; state <= 6; state++) {
      find("[data-state='" + state + "']").click();
      seen.add(colours());
    }
    assertThat(seen).hasSize(7);
    assertThat(find("#answer").getAttribute("data-chosen")).isEqualTo("yumpus");
    assertThat(find("#answer .said").getText()).isEqualTo("Bob is a yumpus.");

    List<String> answers =
        Stream.of("zero", "noise", "mean", "other_problem")
            .flatMap(by -> Stream.of(0, 1, 2).map(thought -> replaced(thought, by)))
            .toList();
    assertThat(answers).contains("felpus");
  }

  /** What is answered with one thought replaced; the thought is kept again afterwards. */
  private static String replaced(int thought, String by) {
    press(thought, by);
    String chosen = find("#answer").getAttribute("data-chosen");
    press(thought, "kept");
    return chosen;
  }

  private static void press(int thought, String by) {
    String button = "[data-thought='" + thought + "'] [data-by=" + by + "]";
    Object before = find("[data-thought='0']");
    run("arguments[0].click()", find(button));
    await(
        () ->
            !find("[data-thought='0']").equals(before)
                && find(button).getAttribute("aria-pressed").equals("true"));
  }

  @Test
  void aDrawnProblemThatComesLateDoesNotReplaceAQuestionAskedMeanwhile() {
    show("models");
    await(() -> find("#ask").isDisplayed());
    run(
        "const get = window.fetch; window.late = [];"
            + "window.fetch = (path, ...rest) => String(path).includes('/api/problem')"
            + " ? new Promise((done) => window.late.push(() => done(get(path, ...rest))))"
            + " : get(path, ...rest);");
    find("#draw").click();
    write(QUESTION);
    find("#ask").click();
    await(() -> find(".node.right").getText().contains("yumpus"));
    run("window.late.forEach((send) => send())");
    // The drawn problem has come and been looked at when a request sent after it has been answered.
    ((JavascriptExecutor) browser)
        .executeAsyncScript(
            "const done = arguments[arguments.length - 1];Promise.all(window.late).then(() =>"
                + " fetch('/api/models')).then(() => setTimeout(done, 300));");
    assertThat(run("return window.late.length")).isEqualTo(1L);
    assertThat(run("return document.querySelector('#question').value")).isEqualTo(QUESTION);
  }

  @Test
  void aReplacementThatIsRefusedIsNotAskedForAgain() {
    show("models");
    await(() -> find("#ask").isDisplayed());
    write(QUESTION);
    find("#ask").click();
    await(() -> find(".node.right").getText().contains("yumpus"));
    run(
        "const get = window.fetch; window.asked = [];window.fetch = (path, options) => { if"
            + " (!String(path).includes('/api/think')) return get(path, options);"
            + " window.asked.push(options.body); return options.body.includes('mean') ?"
            + " Promise.resolve(new Response('{\"error\":{\"message\":\"refused\"}}', { status: 400"
            + " })) : get(path, options); };");
    run("arguments[0].click()", find("[data-thought='0'] [data-by=mean]"));
    await(() -> find("#answer .wrong").getText().equals("refused"));
    press(1, "zero");

    assertThat((List<?>) run("return window.asked.map((body) => JSON.parse(body).replaced)"))
        .asString()
        .isEqualTo("[{0=mean}, {1=zero}]");
  }

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

  @Test
  void aTextOfAProblemIsNeverHtml() {
    show("models");
    await(() -> find("#ask").isDisplayed());
    write("<script>document.title='x'</script><img src=x onerror=\"document.title='x'\">");
    find("#ask").click();
    await(() -> find("#answer .wrong").getText().contains("vocabulary"));
    assertThat(browser.getTitle()).isEqualTo("Models · Coconut4j");
    // The refused request is an error of the browser's log, and the only one.
    assertThat(browser.manage().logs().get(LogType.BROWSER).getAll())
        .allMatch(entry -> entry.getMessage().contains("400"));
  }

  private static String update(int step) {
    return String.format(
        Locale.ROOT,
        "{\"step\":%d,\"epoch\":0,\"stage\":%d,\"loss\":%f,\"lr\":0.001,\"grad_norm\":1.0,\"tokens_per_second\":1000.0,\"time\":\"2026-01-01T00:00:00Z\"}%n",
        step,
        step / 5,
        3.0 / step);
  }

  private static String samples(String output) {
    return String.format(
        Locale.ROOT,
        "{\"step\":2,\"stage\":0,\"samples\":[{\"question\":\"Is"
            + " it?\",\"latents\":2,\"output\":\"%s\",\"expected\":\"yes\",\"correct\":%b}]}%n",
        output,
        output.endsWith("yes"));
  }

  @Test
  void aRunGrowsItsCurve() throws Exception {
    Path run = Files.createDirectories(runs.resolve("<b>run</b>"));
    Path metrics = Files.writeString(run.resolve("metrics.jsonl"), update(1) + update(2));
    show("runs");
    await(() -> find("[data-chart=loss]").getAttribute("data-points").equals("2"));
    Files.writeString(metrics, update(3) + update(4), StandardOpenOption.APPEND);
    await(() -> find("[data-chart=loss]").getAttribute("data-points").equals("4"));

    assertThat(find("[data-run] .grow").getText()).isEqualTo("<b>run</b>");
    Files.writeString(run.resolve("samples.json"), samples("<i>no</i>"));
    await(() -> find("#samples [data-correct=false] .said").getText().equals("<i>no</i>"));
    Files.writeString(run.resolve("samples.json"), samples("### yes"));
    await(() -> find("#samples .said").getText().equals("### yes"));
    // Resumed: another file takes its place, and is shorter.
    Path resumed = Files.writeString(run.resolve("new"), update(1) + update(2) + update(3));
    Files.move(resumed, metrics, StandardCopyOption.REPLACE_EXISTING);
    await(() -> find("[data-chart=loss]").getAttribute("data-points").equals("3"));
  }

  /** Whatever an evaluation has is drawn; a list has one number a latent, and its mean is. */
  @Test
  void anEvaluationsColumnsAreDrawn() throws Exception {
    Path run = Files.createDirectories(runs.resolve("evaluated"));
    Files.writeString(
        run.resolve("metrics.jsonl"),
        update(1)
            + "{\"step\":1,\"epoch\":0,\"stage\":0,\"eval_accuracy\":0.5,\"eval_chain_match\":0.25,"
            + "\"eval_mean_tokens\":8.5,\"eval_loss\":1.5,\"latent_norm_ratio\":[1.0,2.0],"
            + "\"latent_cosine\":[null,0.75],\"latent_effective_rank\":[3.0,5.0],"
            + "\"latent_grad_norm\":[0.5,0.25],\"eval_of_mine\":7.0,"
            + "\"time\":\"2026-01-01T00:00:00Z\"}\n");
    show("runs");
    await(() -> find("[data-run=evaluated] .grow").isDisplayed());
    if (!find("[data-run=evaluated]").getAttribute("class").contains("chosen")) {
      find("[data-run=evaluated] input").click();
    }
    await(() -> find("[data-chart=latent_cosine] .last").getText().contains("0.75"));

    assertThat(find("[data-chart=eval_chain_match] .last").getText()).isEqualTo("25 %");
    assertThat(find("[data-chart=eval_mean_tokens] .last").getText()).isEqualTo("8.5");
    assertThat(find("[data-chart=latent_norm_ratio] .last").getText()).isEqualTo("1.5");
    assertThat(find("[data-chart=latent_effective_rank] .last").getText()).isEqualTo("4");
    assertThat(find("[data-chart=latent_grad_norm] .last").getText()).isEqualTo("0.375");
    assertThat(find("[data-chart=eval_of_mine] .last").getText()).isEqualTo("7");
    find("[data-run=evaluated] input").click();
    await(() -> !find("[data-chart=eval_of_mine]").isDisplayed());
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

  @Test
  void aSearchFillsItsTable() throws Exception {
    Path search = Files.createDirectories(runs.resolve("search"));
    Files.writeString(search.resolve("search.yaml"), "search: {}\n");
    Path results = search.resolve("results.jsonl");
    Files.writeString(results, candidate(0, 0.7));
    show("searches");
    await(() -> browser.findElements(By.cssSelector("[data-candidate]")).size() == 1);
    Files.writeString(results, candidate(0, 0.7) + candidate(1, 0.9));
    await(() -> browser.findElements(By.cssSelector("[data-candidate]")).size() == 2);

    assertThat(find("tr.best").getAttribute("data-candidate")).isEqualTo("1");
  }

  private static String candidate(int number, double score) {
    return String.format(
        Locale.ROOT,
        "{\"candidate\":%d,\"parameters\":{\"lr\":0.00%d,\"c_thought\":2},\"score\":%f,\"status\":\"completed\",\"seconds\":9.0,\"updates\":10,\"accuracy\":%f,\"mean_tokens\":9.0,\"finished\":\"2026-01-01T00:0%d:00Z\",\"values\":[0.5]}%n",
        number,
        number + 1,
        score,
        score,
        number);
  }

  private static Object promised(String script) {
    return ((JavascriptExecutor) browser)
        .executeAsyncScript("const done = arguments[arguments.length - 1];" + script);
  }

  /** Chooses one run alone; the newest may be chosen already. */
  private static void chooseOnly(String name) {
    await(() -> find("[data-run='" + name + "']").isDisplayed());
    await(() -> !browser.findElements(By.cssSelector(".run.chosen")).isEmpty());
    for (int i = 0; i < 2; i++) {
      boolean isFirst = i == 0; // else none would be left for a moment
      run(
          "for (const run of document.querySelectorAll('.run')) { if ((run.dataset.run ==="
              + " arguments[0]) === arguments[1] && run.querySelector('input').checked !=="
              + " arguments[1]) run.querySelector('input').click(); }",
          name,
          isFirst);
    }
    await(() -> browser.findElements(By.cssSelector(".run.chosen")).size() == 1);
  }

  private static void chooseSearch(String name) {
    await(() -> find("#search option[value=" + name + "]").isEnabled());
    run(
        "arguments[0].value = arguments[1]; arguments[0].dispatchEvent(new Event('change'))",
        find("#search"),
        name);
  }

  private static void emulate(String feature, String value) {
    browser.executeCdpCommand(
        "Emulation.setEmulatedMedia",
        Map.of("features", List.of(Map.of("name", feature, "value", value))));
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

  /** However often points are left out, those that are kept are spread over all updates. */
  @Test
  void aLongRunKeepsItsBeginning() {
    show("runs");
    Object found =
        promised(
            "import('/runs.js').then(({ thinned }) => { let lines = []; for (let step = 1; step <="
                + " 100000; step++) { lines.push({ step }); lines = thinned(lines, 600); }"
                + " done(lines.map((line) => line.step)); })");
    List<Long> steps = ((List<?>) found).stream().map(Long.class::cast).toList();

    assertThat(steps).hasSizeBetween(300, 601).startsWith(1L).endsWith(100000L);
    for (int i = 1; i < steps.size(); i++) {
      assertThat(steps.get(i) - steps.get(i - 1)).isLessThan(1500);
    }
  }

  @Test
  void aRunThatIsNoLongerWrittenIsNotLive() throws Exception {
    Path run = Files.createDirectories(runs.resolve("pausing"));
    Path metrics = Files.writeString(run.resolve("metrics.jsonl"), update(1));
    show("runs");
    String state = "[data-run=pausing] .state";
    await(() -> find(state).getText().equals("● live") || find(state).getText().equals("live"));
    Files.setLastModifiedTime(metrics, FileTime.from(Instant.now().minusSeconds(58)));
    await(() -> find(state).getText().equals("stopped"));
  }

  /** A list that is made anew every second takes the keyboard's focus and clicks away. */
  @Test
  void aRunThatGrowsLeavesItsListAlone() throws Exception {
    Path run = Files.createDirectories(runs.resolve("steady"));
    Path metrics = Files.writeString(run.resolve("metrics.jsonl"), update(1));
    Path evaluation = Files.writeString(run.resolve("evaluation.json"), "{}");
    show("runs");
    chooseOnly("steady");
    await(() -> find("[data-chart=loss]").getAttribute("data-points").equals("1"));
    find("input[type=search]").sendKeys("steady"); // the others may stop meanwhile
    run("document.querySelector('[data-run=steady] input').focus()");
    WebElement input = find("[data-run=steady] input");
    Files.writeString(metrics, update(2) + update(3), StandardOpenOption.APPEND);
    await(() -> find("[data-chart=loss]").getAttribute("data-points").equals("3"));
    assertThat(browser.switchTo().activeElement()).isEqualTo(input);

    Files.delete(evaluation);
    await(() -> !find("[data-run=steady] .state").getText().equals("done"));
    assertThat(run("return document.activeElement.dataset.keep")).isEqualTo("steady");
  }

  @Test
  void aReplacedRunHasItsNewConfigurationAndADeletedOneCanBeLeftOut() throws Exception {
    Path run = Files.createDirectories(runs.resolve("replaced"));
    Path metrics = Files.writeString(run.resolve("metrics.jsonl"), update(1));
    Files.writeString(run.resolve("config.yaml"), "lr: 0.25\n");
    show("runs");
    chooseOnly("replaced");
    await(() -> find(".config").getText().contains("0.25"));
    await(() -> find("#log").getText().contains("\"step\":1"));
    Files.writeString(run.resolve("config.yaml"), "lr: 0.125\n");
    Files.writeString(metrics, update(2) + update(3) + update(4));
    await(() -> find("[data-chart=loss]").getAttribute("data-points").equals("3"));
    await(() -> find(".config").getText().contains("0.125"));

    Files.delete(metrics);
    await(() -> find("[data-run=replaced] .state").getText().equals("gone"));
    find("[data-run=replaced] input").click();
    await(() -> browser.findElements(By.cssSelector("[data-run=replaced]")).isEmpty());
    await(() -> find("#log").getText().isEmpty());
    assertThat(run("return document.querySelector('#log').previousSibling.textContent"))
        .isEqualTo("End of the log");
  }

  /** The old one does not belong to the new curves. */
  @Test
  void aRunInPlaceOfAnotherWhoseConfigurationIsDamagedHasNone() throws Exception {
    Path run = Files.createDirectories(runs.resolve("misconfigured"));
    Path metrics = Files.writeString(run.resolve("metrics.jsonl"), update(1));
    Path config = Files.writeString(run.resolve("config.yaml"), "lr: 0.25\n");
    try {
      show("runs");
      chooseOnly("misconfigured");
      await(() -> find(".config").getText().contains("0.25"));
      Files.writeString(config, "lr: [0.125\n");
      Files.writeString(metrics, update(2) + update(3) + update(4));
      await(() -> find("[data-chart=loss]").getAttribute("data-points").equals("3"));
      await(() -> find("#notice").getText().contains("config.yaml"));
      assertThat(find(".config").getText()).isEqualTo("No configuration yet.");
    } finally {
      show("models");
      Files.delete(config);
    }
    assertThat(browser.manage().logs().get(LogType.BROWSER).getAll())
        .allMatch(entry -> entry.getMessage().contains("500"));
  }

  @Test
  void aFilterThatFitsNoRunSaysSo() throws Exception {
    Path run = Files.createDirectories(runs.resolve("filtered"));
    Files.writeString(run.resolve("metrics.jsonl"), update(1));
    show("runs");
    await(() -> find("[data-run=filtered]").isDisplayed());
    find("input[type=search]").sendKeys("no such name");

    assertThat(find(".runs").getText()).isEqualTo("No run has that in its name.");
  }

  /** The others are still drawn. */
  @Test
  void aRunWhoseSamplesAreDamagedStillHasItsLog() throws Exception {
    Path run = Files.createDirectories(runs.resolve("damaged"));
    Files.writeString(run.resolve("metrics.jsonl"), update(1));
    Files.writeString(run.resolve("samples.json"), "{\"samples\": ");
    try {
      show("runs");
      chooseOnly("damaged");
      await(() -> find("#log").getText().contains("\"step\":1"));
      await(() -> find("#notice").getText().contains("samples.json"));
    } finally {
      show("models");
      Files.delete(run.resolve("samples.json")); // other tests may show this run, the newest
    }
    // Each refused request is an error of the browser's log.
    assertThat(browser.manage().logs().get(LogType.BROWSER).getAll())
        .allMatch(entry -> entry.getMessage().contains("500"));
  }

  @Test
  void coloursFollowTheSystems() throws Exception {
    Path run = Files.createDirectories(runs.resolve("coloured"));
    Files.writeString(run.resolve("metrics.jsonl"), update(1) + update(2));
    show("runs");
    chooseOnly("coloured");
    Supplier<String> colour =
        () -> find("[data-run=coloured] .swatch").getCssValue("background-color");
    String light = colour.get();
    try {
      emulate("prefers-color-scheme", "dark");
      await(() -> !colour.get().equals(light));
    } finally {
      emulate("prefers-color-scheme", "light");
    }
    await(() -> colour.get().equals(light));
  }

  @Test
  void inASearchForTheLowestLossThatIsTheBest() throws Exception {
    Path search = Files.createDirectories(runs.resolve("lowest"));
    Files.writeString(search.resolve("search.yaml"), "search: {score: loss}\n");
    Files.writeString(
        search.resolve("results.jsonl"),
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
    Path search = Files.createDirectories(runs.resolve("misconfigured-search"));
    Files.writeString(search.resolve("search.yaml"), "search: [loss\n");
    Files.writeString(search.resolve("results.jsonl"), candidate(0, 0.7) + candidate(1, 0.9));
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
    Path search = Files.createDirectories(runs.resolve("failing"));
    Files.writeString(search.resolve("search.yaml"), "search: {}\n");
    Files.writeString(
        search.resolve("results.jsonl"),
        "{\"candidate\":0,\"parameters\":{\"lr\":0.1},\"score\":null,\"status\":\"failed\",\"cause\":\"<b>loss</b>"
            + " is NaN\",\"seconds\":1.0,\"finished\":\"2026-01-01T00:00:00Z\",\"values\":[0.5]}\n");
    show("searches");
    chooseSearch("failing");

    await(() -> find("[data-candidate='0']").getText().contains("failed"));
    assertThat(find("[data-candidate='0']").getAttribute("title")).isEqualTo("<b>loss</b> is NaN");
  }

  @Test
  void nothingStaysOfAQuestionWhenTheNextIsRefused() {
    show("models");
    await(() -> find("#ask").isDisplayed());
    write(QUESTION);
    find("#ask").click();
    await(() -> find(".node.right").getText().contains("yumpus"));
    write("Who is Tom?");
    find("#ask").click();
    await(() -> find("#answer .wrong").getText().contains("vocabulary"));

    assertThat(browser.findElements(By.cssSelector("[data-thought], [data-state], svg.graph")))
        .isEmpty();
    find("#play").click();
    assertThat(find("#answer").getText()).contains("vocabulary");
    assertThat(browser.manage().logs().get(LogType.BROWSER).getAll())
        .allMatch(entry -> entry.getMessage().contains("400"));
  }

  /** As with the arrow keys, each of which is a change. */
  @Test
  void ofQuickChangesOfTheThoughtsOnlyTheLastIsComputed() {
    show("models");
    await(() -> find("#ask").isDisplayed());
    write(QUESTION);
    find("#ask").click();
    await(() -> find(".node.right").getText().contains("yumpus"));
    run(
        "const get = window.fetch; window.asked = []; window.fetch = (path, options) => { if"
            + " (String(path).includes('/api/think')) window.asked.push(options.body); return"
            + " get(path, options); };"
            + "const slider = document.querySelector('#thoughts'); for (const count of [1, 2, 3,"
            + " 4, 5]) { slider.value = count; slider.dispatchEvent(new Event('change')); }");
    await(() -> browser.findElements(By.cssSelector("[data-state]")).size() == 6);

    assertThat((List<?>) run("return window.asked.map((body) => JSON.parse(body).thoughts)"))
        .asString()
        .isEqualTo("[5]");
  }

  @Test
  void thoughtsAreNotPlayedWhereMotionIsReduced() {
    emulate("prefers-reduced-motion", "reduce");
    try {
      show("models");
      await(() -> find("#ask").isDisplayed());
      write(QUESTION);
      find("#ask").click();
      await(() -> find("#answer .when").getText().equals("Its answer"));
      assertThat(find("#play").getAttribute("aria-label")).isEqualTo("Play the thoughts");
    } finally {
      emulate("prefers-reduced-motion", "no-preference");
    }
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
