package io.github.coconut4j.data.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;

class WordTokenizerTest {

  @Test
  void cutsWordsWithTheSpaceBeforeThem() {
    String text = "Max isn't a wumpus.\n### <<12/4=3>>  True";
    try (TextTokenizer tokenizer = WordTokenizer.of(List.of(text))) {
      int[] ids = tokenizer.encode(text);
      assertThat(Arrays.stream(ids).mapToObj(tokenizer::token))
          .containsExactly(
              "Max", " isn", "'", "t", " a", " wumpus", ".", "\n", "#", "#", "#", " <", "<", "1",
              "2", "/", "4", "=", "3", ">", ">", " ", " True");
      assertThat(tokenizer.decode(ids)).isEqualTo(text);
    }
  }

  @Test
  void namesTheWordThatIsUnknown() {
    try (TextTokenizer tokenizer = WordTokenizer.of(List.of("Max is shy."))) {
      assertThatThrownBy(() -> tokenizer.encode("Max is bold."))
          .isInstanceOf(UnknownTokenException.class)
          .hasMessageContaining("found ' bold' in 'Max is bold.'");
    }
  }

  @Test
  void doesNotDependOnTheOrderOfTexts() {
    try (TextTokenizer one = WordTokenizer.of(List.of("a b", "c"));
        TextTokenizer other = WordTokenizer.of(List.of("c", "a b"))) {
      assertThat(one.encode("a b")).isEqualTo(other.encode("a b"));
    }
  }

  @Property(tries = 100)
  void everyTextRoundTrips(@ForAll @StringLength(max = 30) String text) {
    String valid = text.replaceAll("\\p{Cs}", "");
    try (TextTokenizer tokenizer = WordTokenizer.of(List.of(valid))) {
      assertThat(tokenizer.decode(tokenizer.encode(valid))).isEqualTo(valid);
    }
  }
}
