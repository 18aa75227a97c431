package io.github.coconut4j.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Files and the command line's output have the same lines. */
class JsonLinesTest {

  private record Point(int timeStep, String shownText) {}

  @Test
  void aLineHasSnakeCaseFieldsAndTheSameEndOnEverySystem() {
    StringWriter printed = new StringWriter();

    new JsonLines(new PrintWriter(printed)).print(new Point(3, "a\nb"));

    assertThat(printed).hasToString("{\"time_step\":3,\"shown_text\":\"a\\nb\"}\n");
    assertThat(JsonLines.line(new Point(3, "a\nb"))).isEqualTo(printed.toString());
  }

  @Test
  void whatWasWrittenIsReadWithItsLineNumber() throws JsonProcessingException {
    Point first = new Point(1, "x");
    Point second = new Point(2, null);

    List<JsonLines.Line> lines =
        JsonLines.of(JsonLines.line(first) + "\n \r\n" + JsonLines.line(second));

    assertThat(lines).extracting(JsonLines.Line::number).containsExactly(1, 4);
    assertThat(lines.get(0).as(Point.class)).isEqualTo(first);
    assertThat(lines.get(1).as(Point.class)).isEqualTo(second);
    assertThat(lines.get(1).tree().get("time_step").intValue()).isEqualTo(2);
  }

  @Test
  void aLineIsOneValue() {
    JsonLines.Line line = JsonLines.of("{\"time_step\":1} {}").get(0);

    assertThatThrownBy(line::tree).hasMessageContaining("Trailing token");
    assertThatThrownBy(() -> line.as(Point.class)).hasMessageContaining("Trailing token");
  }
}
