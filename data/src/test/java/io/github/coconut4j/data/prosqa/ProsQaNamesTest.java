package io.github.coconut4j.data.prosqa;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.coconut4j.data.tokenizer.HuggingFaceTextTokenizer;
import io.github.coconut4j.data.tokenizer.PhraseTokenizer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ProsQaNamesTest {

  private final ProsQaNames names = ProsQaNames.extended();

  @Test
  void extendedNamesBeginWithThePublishedOnes() {
    ProsQaNames published = ProsQaNames.published();
    assertThat(names.getPeople()).startsWith(published.getPeople().toArray(new String[0]));
    assertThat(names.getConcepts()).startsWith(published.getConcepts().toArray(new String[0]));
    assertThat(names.getPeople()).hasSize(64).allMatch(name -> name.matches("[A-Z][a-z]+"));
    assertThat(names.getConcepts()).hasSize(165).allMatch(name -> name.matches("[a-z]+pus"));
  }

  @Test
  void noNameIsTheBeginningOfAnother() {
    List<String> all = new ArrayList<>(names.getPeople());
    all.addAll(names.getConcepts());
    for (String one : all) {
      assertThat(all).filteredOn(other -> other.startsWith(one)).containsExactly(one);
    }
  }

  /** A fact has two tokens for all names, and is read as it was written. */
  @Test
  void everyNameIsOnePieceOfAPhrase() {
    HuggingFaceTextTokenizer tokenizer =
        PhraseTokenizer.forProsQa(names.getPeople(), names.getConcepts());
    for (int i = 0; i < names.getConcepts().size(); i++) {
      String concept = names.getConcepts().get(i);
      String person = names.getPeople().get(i % names.getPeople().size());
      String text = "Every " + concept + " is a impus. " + person + " is a " + concept + ".";
      assertThat(tokenizer.encode(text)).hasSize(4);
      assertThat(tokenizer.decode(tokenizer.encode(text))).isEqualTo(text);
    }
  }
}
