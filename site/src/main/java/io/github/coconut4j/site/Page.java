package io.github.coconut4j.site;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.commonmark.Extension;
import org.commonmark.ext.gfm.tables.TablesExtension;
import org.commonmark.ext.heading.anchor.HeadingAnchorExtension;
import org.commonmark.parser.Parser;
import org.commonmark.renderer.html.HtmlRenderer;
import org.jsoup.Jsoup;
import org.jsoup.nodes.Document;
import org.jsoup.nodes.Element;
import org.jsoup.nodes.Entities;

/** A Markdown file as a page. */
final class Page {

  private static final List<Extension> EXTENSIONS =
      List.of(TablesExtension.create(), HeadingAnchorExtension.create());
  private static final Parser PARSER = Parser.builder().extensions(EXTENSIONS).build();
  private static final HtmlRenderer RENDERER =
      HtmlRenderer.builder().extensions(EXTENSIONS).build();

  private final Path file;
  private final Document body;

  private Page(Path file, Document body) {
    this.file = file;
    this.body = body;
  }

  static Page read(Path root, Path file) throws IOException {
    String html = RENDERER.render(PARSER.parse(Files.readString(root.resolve(file))));
    Document body = Jsoup.parseBodyFragment(html);
    body.outputSettings().prettyPrint(false);
    return new Page(file, body);
  }

  /** Relative to the site's root. */
  String address() {
    return file.toString().equals("README.md")
        ? "index.html"
        : file.toString().replaceFirst("\\.md$", ".html");
  }

  String title() {
    Element heading = body.selectFirst("h1");
    return heading == null ? address() : heading.text();
  }

  String text() {
    return body.body().text();
  }

  /** The first cell of each row of the table under a heading, and the files its links name. */
  Map<String, List<Path>> rowsUnder(String heading) {
    Map<String, List<Path>> rows = new LinkedHashMap<>();
    for (Element row : body.selectFirst("#" + heading + " ~ table").select("tbody tr")) {
      rows.put(
          row.child(0).text(),
          row.select("a[href]").stream().map(link -> linked(link.attr("href"))).toList());
    }
    return rows;
  }

  /** Relative to the site's root. */
  private Path linked(String link) {
    return file.resolveSibling(link.replaceFirst("#.*", "")).normalize();
  }

  /** Points links and images to where the site has what they name. */
  void rewriteLinks(Function<Path, String> target) {
    rewrite("a[href]", "href", target);
    rewrite("img[src]", "src", target);
  }

  private void rewrite(String elements, String attribute, Function<Path, String> target) {
    for (Element element : body.select(elements)) {
      String link = element.attr(attribute);
      if (!link.matches("(?s)[a-z]+:.*|#.*")) {
        int hash = link.indexOf('#');
        String heading = hash < 0 ? "" : link.substring(hash);
        element.attr(attribute, relative(target.apply(linked(link))) + heading);
      }
    }
  }

  private String relative(String address) {
    return up() + address;
  }

  /** From this page to the root. */
  private String up() {
    return "../".repeat(file.getNameCount() - 1);
  }

  /** A link of the list on this page. */
  String link(String address, String title) {
    Element link = new Element("a").attr("href", relative(address)).text(title);
    if (address.equals(address())) {
      link.attr("aria-current", "page");
    }
    return link.outerHtml();
  }

  private String list(Map<String, List<Page>> groups) {
    StringBuilder list = new StringBuilder();
    groups.forEach(
        (name, pages) -> {
          list.append(new Element("h2").text(name).outerHtml());
          pages.forEach(page -> list.append(link(page.address(), page.title())));
        });
    return list.toString();
  }

  String html(Map<String, List<Page>> groups, String more) {
    UnaryOperator<String> script = name -> "<script src=\"" + relative(name) + "\"></script>\n";
    String head =
        String.format(
            Locale.ROOT,
            """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>%s</title>
        <link rel="stylesheet" href="%s">
        </head>
        <body data-up="%s">
        <nav>
        <input id="query" type="search" placeholder="Search" aria-label="Search">
        <div id="found"></div>
        <details id="pages" open><summary>Pages</summary>%s</details>
        </nav>
        <main>
        %s
        </main>
        """,
            Entities.escape(title()),
            relative("style.css"),
            up(),
            list(groups) + more,
            body.body().html());
    return head
        + script.apply("lunr.min.js")
        + script.apply("search-pages.js")
        + script.apply("search.js")
        + "</body>\n</html>\n";
  }
}
