package io.github.coconut4j.serve.page;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.openqa.selenium.By;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.logging.LogType;

/** The page's view of runs, which other processes are writing. */
class RunPageTest extends BrowserTest {

  /** Chooses one run alone; the newest may be chosen already. */
  private void chooseOnly(String name) {
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
}
