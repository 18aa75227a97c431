package io.github.coconut4j.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.coconut4j.data.ReasoningProblem;
import io.github.coconut4j.data.prosqa.ProsQaGenerator;
import io.github.coconut4j.data.prosqa.ProsQaNames;
import io.github.coconut4j.data.prosqa.ProsQaOptions;
import io.github.coconut4j.data.tokenizer.PhraseTokenizer;
import io.github.coconut4j.data.tokenizer.TextTokenizer;
import io.github.coconut4j.method.ProblemEncoder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TokenCacheTest {

  private static final int EOS = 0;
  private static final FileTime LONG_AGO = FileTime.from(Instant.EPOCH);

  private final TextTokenizer tokenizer = tokenizer(ProsQaNames.published().getConcepts());
  private final List<ReasoningProblem> problems =
      new ProsQaGenerator(ProsQaOptions.builder().seed(5).build()).generate(20, Set.of());

  @TempDir private Path directory;
  private Path tokens;

  private static TextTokenizer tokenizer(List<String> concepts) {
    return PhraseTokenizer.forProsQa(ProsQaNames.published().getPeople(), concepts);
  }

  @BeforeEach
  void makeCache() throws IOException {
    tokens = directory.resolve("tokens.bin");
    assertEncoded(problems, tokenizer, "a");
    Files.setLastModifiedTime(tokens, LONG_AGO);
  }

  @AfterEach
  void closeTokenizer() {
    tokenizer.close();
  }

  private void assertEncoded(
      List<ReasoningProblem> expected, TextTokenizer encoder, String fingerprint)
      throws IOException {
    ProblemEncoder problemEncoder = ProblemEncoder.builder().tokenizer(encoder).eos(EOS).build();
    try (EncodedProblems encoded =
        new TokenCache(directory, problemEncoder).encoded(expected, fingerprint)) {
      assertThat(encoded.size()).isEqualTo(expected.size());
      for (int i = 0; i < expected.size(); i++) {
        assertThat(encoded.get(i))
            .usingRecursiveComparison()
            .isEqualTo(problemEncoder.encode(expected.get(i)));
      }
    }
  }

  private boolean isRebuilt() throws IOException {
    return !Files.getLastModifiedTime(tokens).equals(LONG_AGO);
  }

  @Test
  void isUsedAgainForTheSameProblems() throws IOException {
    assertEncoded(problems, tokenizer, "a");

    assertThat(isRebuilt()).isFalse();
  }

  @Test
  void isRebuiltForOtherProblems() throws IOException {
    assertEncoded(problems.subList(3, 9), tokenizer, "b");

    assertThat(isRebuilt()).isTrue();
  }

  @Test
  void isRebuiltForAnotherTokenizer() throws IOException {
    List<String> reversed = new ArrayList<>(ProsQaNames.published().getConcepts());
    Collections.reverse(reversed);
    try (TextTokenizer other = tokenizer(reversed)) {
      assertEncoded(problems, other, "a");
    }

    assertThat(isRebuilt()).isTrue();
  }

  @Test
  void isRebuiltWhereAByteHasChanged() throws IOException {
    byte[] bytes = Files.readAllBytes(tokens);
    bytes[bytes.length / 2] ^= 1;
    Files.write(tokens, bytes);
    Files.setLastModifiedTime(tokens, LONG_AGO);

    assertEncoded(problems, tokenizer, "a");

    assertThat(isRebuilt()).isTrue();
  }

  @Test
  void isRebuiltWhereAnotherVersionHasWrittenIt() throws IOException {
    Path origin = directory.resolve("tokens.json");
    String written = Files.readString(origin);
    String before = written.replaceFirst("\"version\":\\d+", "\"version\":4");
    assertThat(before).isNotEqualTo(written);
    Files.writeString(origin, before);

    assertEncoded(problems, tokenizer, "a");

    assertThat(isRebuilt()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"null", "{", "\u0000\u0000\u0000[\u0000\uffff"})
  void isRebuiltWhereItsOriginCannotBeRead(String origin) throws IOException {
    Files.writeString(directory.resolve("tokens.json"), origin);

    assertEncoded(problems, tokenizer, "a");

    assertThat(isRebuilt()).isTrue();
  }
}
