package io.github.coconut4j.serve.page;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.openqa.selenium.By;
import org.openqa.selenium.JavascriptExecutor;
import org.openqa.selenium.logging.LogType;

/** The page's view of models and their thoughts. */
class ModelPageTest extends BrowserTest {

  /** What a question that the shipped model answers needs its first thoughts for. */
  private static final String QUESTION =
      "Bob is a impus. Every impus is a lorpus. Every lorpus is a rompus. Every rompus is a yumpus."
          + " Max is a zumpus. Every zumpus is a gorpus. Every gorpus is a vumpus. Every vumpus is"
          + " a felpus. Is Bob a felpus or yumpus?";

  /**
   * Writes a question as a user does: the page hears of it, so a drawn problem that comes later is
   * dropped.
   */
  private void write(String question) {
    run(
        "arguments[0].value = arguments[1];"
            + "arguments[0].dispatchEvent(new Event('input', { bubbles: true }))",
        find("#question"),
        question);
  }

  private void openView() {
    show("models");
    await(() -> find("#ask").isDisplayed());
  }

  private void ask(String question) {
    write(question);
    find("#ask").click();
  }

  /** Asks {@link #QUESTION} and waits for its graph. */
  private void askAndAwait() {
    ask(QUESTION);
    await(() -> find(".node.right").getText().contains("yumpus"));
  }

  private String colours() {
    return run("return [...document.querySelectorAll('circle.value')].map((c) =>"
            + " c.style.fill).join()")
        .toString();
  }

  @Test
  void aQuestionIsAnsweredAndAReplacedThoughtChangesTheAnswer() {
    openView();
    askAndAwait();
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
  private String replaced(int thought, String by) {
    press(thought, by);
    String chosen = find("#answer").getAttribute("data-chosen");
    press(thought, "kept");
    return chosen;
  }

  private void press(int thought, String by) {
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
    openView();
    run(
        "const get = window.fetch; window.late = [];"
            + "window.fetch = (path, ...rest) => String(path).includes('/api/problem')"
            + " ? new Promise((done) => window.late.push(() => done(get(path, ...rest))))"
            + " : get(path, ...rest);");
    find("#draw").click();
    askAndAwait();
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
    openView();
    askAndAwait();
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

  @Test
  void nothingStaysOfAQuestionWhenTheNextIsRefused() {
    openView();
    askAndAwait();
    ask("Who is Tom?");
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
    openView();
    askAndAwait();
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
      openView();
      ask(QUESTION);
      await(() -> find("#answer .when").getText().equals("Its answer"));
      assertThat(find("#play").getAttribute("aria-label")).isEqualTo("Play the thoughts");
    } finally {
      emulate("prefers-reduced-motion", "no-preference");
    }
  }

  @Test
  void aTextOfAProblemIsNeverHtml() {
    openView();
    ask("<script>document.title='x'</script><img src=x onerror=\"document.title='x'\">");
    await(() -> find("#answer .wrong").getText().contains("vocabulary"));
    assertThat(browser.getTitle()).isEqualTo("Models · Coconut4j");
    // The refused request is an error of the browser's log, and the only one.
    assertThat(browser.manage().logs().get(LogType.BROWSER).getAll())
        .allMatch(entry -> entry.getMessage().contains("400"));
  }
}
