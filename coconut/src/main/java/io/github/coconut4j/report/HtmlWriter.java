package io.github.coconut4j.report;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** Writes the elements of a page. Text is escaped unless a method says otherwise. */
public final class HtmlWriter {

  private static final String STYLE = "report.css";

  private final StringBuilder page = new StringBuilder();

  /** Begins a page. */
  public void start(String title) throws IOException {
    page.append("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
        .append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    element("title", title);
    page.append("<style>\n").append(style()).append("</style>\n</head>\n<body>\n<main>\n");
    element("h1", title);
  }

  /** Ends the page and returns all of it. */
  public String end() {
    return page.append("</main>\n</body>\n</html>\n").toString();
  }

  /** Adds an element with text. */
  public void element(String name, String text) {
    page.append("<%s>%s</%s>\n".formatted(name, Markup.escaped(text), name));
  }

  /** Begins a table. */
  public void startTable(String... header) {
    page.append("<table>\n<thead><tr>");
    for (String cell : header) {
      page.append("<th>").append(Markup.escaped(cell)).append("</th>");
    }
    page.append("</tr></thead>\n<tbody>\n");
  }

  /** Adds a row whose cells are HTML. */
  public void row(String... cells) {
    page.append("<tr>");
    for (String cell : cells) {
      page.append("<td>").append(cell).append("</td>");
    }
    page.append("</tr>\n");
  }

  /** Ends a table. */
  public void endTable() {
    page.append("</tbody>\n</table>\n");
  }

  /** Adds an image with an alternative text. */
  public void image(String source, String description) {
    page.append("<img src=\"%s\" alt=\"%s\">\n".formatted(source, Markup.escaped(description)));
  }

  /** Adds an image at its own size, or smaller on a narrow page. */
  void picture(String source, String description) {
    page.append(
        "<img class=\"natural\" src=\"%s\" alt=\"%s\">\n"
            .formatted(source, Markup.escaped(description)));
  }

  /** Adds a drawing that is SVG. */
  public void svg(String element) {
    page.append(element);
  }

  /** Adds collapsed text. */
  public void details(String summary, String text) {
    page.append("<details><summary>")
        .append(Markup.escaped(summary))
        .append("</summary>\n<pre>")
        .append(Markup.escaped(text))
        .append("</pre></details>\n");
  }

  void sample(Sample sample) {
    page.append("<div class=\"sample\">");
    for (SampleToken token : sample.getTokens()) {
      page.append(
          "<span class=\"%s\">%s</span>"
              .formatted(
                  token.kind().name().toLowerCase(Locale.ROOT),
                  Markup.escaped(shown(token.text()))));
    }
    page.append(
        "<span class=\"%s\">%s</span></div>\n"
            .formatted(
                sample.isCorrect() ? "right" : "wrong",
                sample.isCorrect() ? "right" : "wrong: " + Markup.escaped(sample.getExpected())));
  }

  private static String shown(String token) {
    return token.replace("\n", "\u21b5");
  }

  private static String style() throws IOException {
    try (InputStream stream = HtmlWriter.class.getResourceAsStream(STYLE)) {
      return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
