package io.github.coconut4j.tuning.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import org.jsoup.nodes.Document;
import org.jsoup.nodes.Element;
import org.jsoup.parser.Parser;
import org.xml.sax.ErrorHandler;
import org.xml.sax.InputSource;
import org.xml.sax.SAXException;
import org.xml.sax.SAXParseException;

/** Reads pages and drawings as strictly as their standards say. */
final class MarkupFiles {

  /** Texts from files and directories of every kind. */
  static final List<String> HOSTILE =
      List.of(
          "Größe à l’été, 日本語",
          "a & b < c > d \" ' `",
          "]]> <![CDATA[ <!-- --> <?x ?> -->",
          "\u0000\u0001\b\u000b\f\u001b[0m\u001f\u007f\u0085\u009f",
          "\ud83d lone \ude00",
          "\ufffe\uffff\ufdd0 \ud83f\udffe none",
          "&eacute; &nbsp; &#0; &#xD800; &amp; &bogus;",
          "long ".repeat(2000),
          "y".repeat(4000),
          "y".repeat(4000) + ' ',
          "\ud83d\ude00".repeat(100),
          "שלום \u202e abc \u200f العربية",
          "\ud83d\udc69\u200d\ud83d\udc69\u200d\ud83d\udc67",
          "",
          " ",
          "two\r\nlines\ta tab\u2028a separator\rand more",
          "</text></svg></title></pre></style></script><script>alert(1)</script>",
          "%s %n %d %1$s \\ $1 ${x}",
          "\ufeffmark",
          "same",
          "same (2)");

  private MarkupFiles() {}

  /** An SVG file or element, which must be well-formed XML. */
  static org.w3c.dom.Document xml(String svg) throws Exception {
    DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
    factory.setNamespaceAware(true);
    factory.setFeature("http://apache.org/xml/features/nonvalidating/load-external-dtd", false);
    DocumentBuilder builder = factory.newDocumentBuilder();
    builder.setErrorHandler(new Strict());
    org.w3c.dom.Document document = builder.parse(new InputSource(new StringReader(svg)));
    assertThat(document.getDocumentElement().getNamespaceURI())
        .isEqualTo("http://www.w3.org/2000/svg");
    return document;
  }

  /** A page without an error of HTML's; each drawing in it must be XML. */
  static Document html(String page) throws Exception {
    assertThat(page.codePoints().filter(MarkupFiles::isForbidden)).isEmpty();
    Parser parser = Parser.htmlParser().setTrackErrors(20);
    Document document = parser.parseInput(page, "");
    assertThat(parser.getErrors()).isEmpty();
    assertThat(document.select("script")).isEmpty();
    for (Element image : document.select("img")) {
      String prefix = "data:image/svg+xml;base64,";
      assertThat(image.attr("src")).startsWith(prefix);
      xml(decoded(image.attr("src").substring(prefix.length())));
    }
    int drawing = page.indexOf("<svg");
    if (drawing >= 0) {
      xml(page.substring(drawing, page.indexOf("</svg>", drawing) + "</svg>".length()));
    }
    return document;
  }

  private static String decoded(String base64) {
    return new String(Base64.getDecoder().decode(base64), StandardCharsets.UTF_8);
  }

  /** Control characters, surrogates and noncharacters: parse errors that jsoup does not report. */
  private static boolean isForbidden(int character) {
    boolean control = Character.isISOControl(character) && "\t\n".indexOf(character) < 0;
    return control
        || (character >= 0xD800 && character <= 0xDFFF)
        || (character >= 0xFDD0 && character <= 0xFDEF)
        || (character & 0xFFFE) == 0xFFFE;
  }

  private static final class Strict implements ErrorHandler {

    @Override
    public void warning(SAXParseException e) throws SAXException {
      throw e;
    }

    @Override
    public void error(SAXParseException e) throws SAXException {
      throw e;
    }

    @Override
    public void fatalError(SAXParseException e) throws SAXException {
      throw e;
    }
  }
}
