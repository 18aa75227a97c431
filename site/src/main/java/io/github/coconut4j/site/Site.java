package io.github.coconut4j.site;

import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Makes pages of a checkout's Markdown files, with a list of them and a search on each, and copies
 * the files that they link to. A page lies where its file lay, with the ending {@code .html}.
 */
public final class Site {

  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final String LUNR = "/META-INF/resources/webjars/lunr/2.3.9/lunr.min.js";

  /** Where pages come from; of a folder, all below it. */
  private static final List<String> SOURCES =
      List.of(
          "README.md",
          "docs",
          "notebooks/README.md",
          "examples/README.md",
          "models/prosqa-coconut/README.md",
          "benchmarks/README.md",
          "benchmarks/results",
          "CONTRIBUTING.md",
          "CHANGELOG.md");

  private final Path root;
  private final Path out;
  private final Map<Path, Page> pages = new LinkedHashMap<>();

  private Site(Path root, Path out) throws IOException {
    this.root = root.toRealPath();
    this.out = out;
    for (Path file : files()) {
      pages.put(file, Page.read(this.root, file));
    }
  }

  /**
   * Writes the pages.
   *
   * @param args the checkout; the folder for the pages
   */
  public static void main(String[] args) throws IOException {
    write(Path.of(args[0]), Path.of(args[1]));
  }

  /** Writes the pages of a checkout into a folder, in place of what it holds of them. */
  static void write(Path root, Path out) throws IOException {
    new Site(root, out).write();
  }

  private List<Path> files() throws IOException {
    List<Path> files = new ArrayList<>();
    for (String source : SOURCES) {
      try (Stream<Path> walk = Files.walk(root.resolve(source))) {
        walk.filter(file -> file.toString().endsWith(".md"))
            .map(root::relativize)
            .sorted()
            .forEach(files::add);
      }
    }
    return files;
  }

  private void write() throws IOException {
    List<Map<String, String>> texts = new ArrayList<>();
    Map<String, List<Page>> groups = groups();
    for (Page page : pages.values()) {
      page.rewriteLinks(this::target);
      save(page.address(), page.html(groups, interfaces(page)));
      texts.add(Map.of("address", page.address(), "title", page.title(), "text", page.text()));
    }
    save("search-pages.js", "const PAGES = " + JSON.writeValueAsString(texts) + ";\n");
    save("search.js", resource("/search.js"));
    save("style.css", resource("/style.css"));
    save("lunr.min.js", resource(LUNR));
  }

  /** The pages as README's table of them groups them; those that it does not name come last. */
  private Map<String, List<Page>> groups() {
    Map<String, List<Page>> groups = new LinkedHashMap<>();
    Page readme = pages.get(Path.of("README.md"));
    List<Page> left = new ArrayList<>(pages.values());
    left.remove(readme);
    groups.put("", List.of(readme));
    readme
        .rowsUnder("all-pages")
        .forEach(
            (name, files) -> {
              List<Page> group = files.stream().map(pages::get).filter(left::remove).toList();
              groups.put(name, group);
            });
    groups.put("models and measurements", left);
    return groups;
  }

  /** Where a link of a page leads, relative to the root: to a page, or to a copy of the file. */
  private String target(Path file) {
    Page page = pages.get(file);
    if (page != null) {
      return page.address();
    }
    Path source = root.resolve(file);
    if (Files.isRegularFile(source)) {
      copy(source, out.resolve(file));
    } else if (Files.isRegularFile(source.resolve("README.md"))) {
      return target(file.resolve("README.md"));
    }
    return file.toString();
  }

  /** Links to the Javadoc of the modules, where a build with the profile release has made it. */
  private String interfaces(Page page) throws IOException {
    StringBuilder links = new StringBuilder();
    try (Stream<Path> modules = Files.list(root)) {
      for (Path module : modules.sorted().toList()) {
        Path made = module.resolve("target/reports/apidocs");
        if (Files.isRegularFile(made.resolve("index.html"))) {
          Path copy = Path.of("api", module.getFileName().toString());
          copyAll(made, out.resolve(copy));
          links.append(
              page.link(copy.resolve("index.html").toString(), "API: " + module.getFileName()));
        }
      }
    }
    return links.isEmpty() ? "" : "<h2>javadoc</h2>" + links;
  }

  private static void copyAll(Path from, Path to) throws IOException {
    if (Files.exists(to)) {
      return;
    }
    try (Stream<Path> files = Files.walk(from)) {
      files
          .filter(Files::isRegularFile)
          .forEach(file -> copy(file, to.resolve(from.relativize(file).toString())));
    }
  }

  private static void copy(Path from, Path to) {
    try {
      Files.createDirectories(to.getParent());
      Files.write(to, Files.readAllBytes(from));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void save(String name, String text) throws IOException {
    Path file = out.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }

  private static String resource(String name) throws IOException {
    try (InputStream stream = Site.class.getResourceAsStream(name)) {
      return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
