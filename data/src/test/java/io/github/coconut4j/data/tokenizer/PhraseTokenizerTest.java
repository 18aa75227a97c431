package io.github.coconut4j.data.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.coconut4j.data.PublishedProblems;
import io.github.coconut4j.data.ReasoningProblem;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PhraseTokenizerTest {

  private static final List<String> PEOPLE = List.of("Bob", "Sally");
  private static final List<String> CONCEPTS = List.of("gorpus", "zumpus", "hilpus", "sterpus");
  private static final TextTokenizer TOKENIZER = PhraseTokenizer.forProsQa(PEOPLE, CONCEPTS);

  @ParameterizedTest
  @CsvSource({"'Bob \ud83d'", "'\ude00 is'", "'a \ude00\ud83d b'"})
  void halfACharacterIsRefused(String text) {
    assertThatThrownBy(() -> TOKENIZER.encode(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("whole characters");
  }

  @Test
  void aFactIsTwoTokensWhereverItStands() {
    assertThat(pieces("Every gorpus is a zumpus. Bob is a gorpus. Is Bob a hilpus or sterpus?\n"))
        .containsExactly(
            "Every gorpus",
            " is a zumpus.",
            "Bob",
            " is a gorpus.",
            "Is Bob",
            " a",
            " hilpus",
            " or",
            " sterpus",
            "?",
            "\n");
    assertThat(pieces("Every gorpus is a zumpus.\n"))
        .containsExactly("Every gorpus", " is a zumpus.", "\n");
    assertThat(pieces("### Sally is a sterpus."))
        .containsExactly("### ", "Sally", " is a sterpus.");
  }

  /** The ids are those of Python's tokenizers 0.23.2 for the file that save() writes. */
  @Test
  void givesTheIdsThatPythonGives() {
    String text =
        "Every gorpus is a zumpus. Bob is a gorpus. Is Bob a hilpus or sterpus?\n"
            + "### Bob is a sterpus.<|endoftext|>";
    assertThat(TOKENIZER.encode(text))
        .containsExactly(15, 19, 11, 16, 12, 8, 23, 9, 26, 10, 6, 7, 11, 25, 0);
    assertThat(TOKENIZER.vocabularySize()).isEqualTo(27);
  }

  @Test
  void specialTokensAreTokensOfTheirOwnThatDecodingLeavesOut() {
    String thought = "<|start-latent|><|latent|><|latent|><|end-latent|><pause>";
    assertThat(pieces(thought + "Bob is a gorpus.<|endoftext|>"))
        .containsExactly(
            "<|start-latent|>",
            "<|latent|>",
            "<|latent|>",
            "<|end-latent|>",
            "<pause>",
            "Bob",
            " is a gorpus.",
            "<|endoftext|>");
    assertThat(TOKENIZER.decode(TOKENIZER.encode(thought + "Bob is a gorpus.<|endoftext|>")))
        .isEqualTo("Bob is a gorpus.");
    assertThat(TOKENIZER.id(SpecialTokens.END_OF_TEXT)).isZero();
    assertThat(TOKENIZER.findId("<|image|>")).isEmpty();
    assertThatThrownBy(() -> TOKENIZER.id("<|image|>"))
        .isInstanceOf(UnknownTokenException.class)
        .hasMessageContaining("'<|image|>'");
  }

  @Test
  void everyPublishedProblemRoundTrips() throws IOException {
    List<ReasoningProblem> problems = PublishedProblems.read();
    List<String> symbols =
        problems.stream()
            .flatMap(problem -> problem.getGraph().orElseThrow().getSymbols().stream())
            .distinct()
            .collect(Collectors.toList());
    try (TextTokenizer tokenizer =
        PhraseTokenizer.forProsQa(
            symbols.stream().filter(s -> Character.isUpperCase(s.charAt(0))).toList(),
            symbols.stream().filter(s -> Character.isLowerCase(s.charAt(0))).toList())) {
      for (ReasoningProblem problem : problems) {
        int[] ids = tokenizer.encode(problem.getQuestion() + "\n");
        int facts = problem.getGraph().orElseThrow().getEdges().size();
        assertThat(ids).as("2 a fact, 6 for the question, a line feed").hasSize(2 * facts + 7);
        assertThat(tokenizer.decode(ids)).isEqualTo(problem.getQuestion() + "\n");
        String rest = String.join("\n", problem.getSteps()) + "\n### " + problem.getAnswer();
        assertThat(tokenizer.decode(tokenizer.encode(rest))).isEqualTo(rest);
      }
    }
  }

  @Property(tries = 300)
  void everyTextOfSentencesRoundTrips(@ForAll("texts") String text) {
    assertThat(TOKENIZER.decode(TOKENIZER.encode(text))).isEqualTo(text);
  }

  @Property(tries = 1000)
  void whateverIsAcceptedRoundTrips(@ForAll("fragments") String text) {
    int[] ids;
    try {
      ids = TOKENIZER.encode(text);
    } catch (UnknownTokenException e) {
      assertThat(e).hasMessageContaining("found '");
      return;
    }
    assertThat(TOKENIZER.decode(ids)).isEqualTo(text);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      ignoreLeadingAndTrailingWhitespace = false,
      value = {
        "Every gorpus is a wumpus.|' is a wumpus.'",
        "Bob is a gorpus. Tom is a gorpus.|'Tom'",
        "Every grimpus is a gorpus.|'Every grimpus'",
        "Is Bob a gorpus or wumpus?|' wumpus'",
        "Bob is a gorpus. |' is a gorpus. '",
        "Bob is a gorpus.  Bob is a zumpus.|' is a gorpus. '",
        "Bob is a gorpus.Bob is a zumpus.|' is a gorpus.B'",
        "Bob is an gorpus.|' is'",
        "\ud83e\udd65\ud83e\udd65 Bob is a caf\u00e9.|'\ud83e\udd65\ud83e\udd65 '",
        "\ud83e\udd65|'\ud83e\udd65'",
        "<unk>|'<unk>'",
      })
  void namesThePieceThatIsUnknown(String text, String piece) {
    assertThatThrownBy(() -> TOKENIZER.encode(text))
        .isInstanceOf(UnknownTokenException.class)
        .hasMessageContaining("found " + piece + " in ");
  }

  @Test
  void refusesIdsOutsideTheVocabulary() {
    int size = TOKENIZER.vocabularySize();
    assertThatThrownBy(() -> TOKENIZER.token(size))
        .isInstanceOf(UnknownTokenException.class)
        .hasMessageContaining("below " + size + ", found " + size);
    assertThatThrownBy(() -> TOKENIZER.token(-1)).isInstanceOf(UnknownTokenException.class);
  }

  @ParameterizedTest
  @CsvSource({"bob,gorpus", "Is,gorpus", "Every,gorpus", "Bob,Gorpus", "Bob,blue gorpus", "B0b,x"})
  void refusesNamesThatWouldNotBePieces(String person, String concept) {
    assertThatThrownBy(() -> PhraseTokenizer.forProsQa(List.of(person), List.of(concept)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("must match");
  }

  @Test
  void isTheSameAfterSavingAndOpening(@TempDir Path folder) throws IOException {
    TOKENIZER.save(folder);
    String text =
        "Every gorpus is a zumpus. Is Sally a hilpus or sterpus?\n### Sally is a sterpus.";
    try (TextTokenizer opened = HuggingFaceTextTokenizer.open(folder)) {
      assertThat(opened.encode(text)).isEqualTo(TOKENIZER.encode(text));
      assertThat(opened.vocabularySize()).isEqualTo(TOKENIZER.vocabularySize());
    }
  }

  @Provide
  Arbitrary<String> texts() {
    Arbitrary<String> people = Arbitraries.of(PEOPLE);
    Arbitrary<String> concepts = Arbitraries.of(CONCEPTS);
    Arbitrary<String> facts =
        Combinators.combine(Arbitraries.oneOf(people, concepts.map(c -> "Every " + c)), concepts)
            .as((subject, object) -> subject + " is a " + object + ".");
    Arbitrary<String> questions =
        Combinators.combine(people, concepts, concepts)
            .as((person, a, b) -> "Is " + person + " a " + a + " or " + b + "?");
    Arbitrary<String> paragraph = facts.list().ofMinSize(1).map(list -> String.join(" ", list));
    Arbitrary<String> asked =
        Combinators.combine(paragraph, questions).as((text, question) -> text + " " + question);
    Arbitrary<String> answers = facts.map(fact -> "### " + fact);
    return Arbitraries.oneOf(paragraph, asked, answers).list().map(list -> String.join("\n", list));
  }

  @Provide
  Arbitrary<String> fragments() {
    return Arbitraries.of(
            "Every gorpus",
            "Bob",
            "Is Sally",
            " is a zumpus.",
            " a",
            " hilpus",
            " or",
            "?",
            "\n",
            "### ",
            " ",
            ".",
            "B",
            "a",
            "#")
        .list()
        .ofMaxSize(8)
        .map(list -> String.join("", list));
  }

  private static List<String> pieces(String text) {
    return Arrays.stream(TOKENIZER.encode(text)).mapToObj(TOKENIZER::token).toList();
  }
}
