package io.github.coconut4j.site;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
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
        String path = hash < 0 ? link : link.substring(0, hash);
        Path linked = file.resolveSibling(path).normalize();
        element.attr(
            attribute, relative(target.apply(linked)) + (hash < 0 ? "" : link.substring(hash)));
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

  String html(Collection<Page> all, String more) {
    StringBuilder list = new StringBuilder();
    all.forEach(page -> list.append(link(page.address(), page.title())));
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
        <div id="pages">%s</div>
        </nav>
        <main>
        %s
        </main>
        """,
            Entities.escape(title()),
            relative("style.css"),
            up(),
            list + more,
            body.body().html());
    return head
        + script.apply("lunr.min.js")
        + script.apply("search-pages.js")
        + script.apply("search.js")
        + "</body>\n</html>\n";
  }
}
