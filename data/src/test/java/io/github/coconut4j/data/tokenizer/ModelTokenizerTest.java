package io.github.coconut4j.data.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelTokenizerTest {

  @TempDir private Path directory;

  @Test
  void theDirectorysOwnTokenizerIsOpened() throws IOException {
    try (TextTokenizer words = WordTokenizer.of(List.of("one two"))) {
      words.save(directory);
    }

    try (TextTokenizer tokenizer = ModelTokenizer.open(directory, true, 50257)) {
      assertThat(tokenizer.findId(" two")).isPresent();
    }
  }

  /** The id of {@code Hello} in GPT-2's published vocabulary. */
  @Test
  void aDirectoryWithoutOneHasGpt2s() throws IOException {
    Files.writeString(directory.resolve("vocab.json"), "{\"!\": 0, \"Hello\": 15496}");

    try (TextTokenizer tokenizer = ModelTokenizer.open(directory, true, 50257)) {
      assertThat(tokenizer.encode("Hello")).containsExactly(15496);
    }
  }

  @Test
  void anotherVocabularyIsNotTakenForGpt2s() throws IOException {
    Files.writeString(directory.resolve("vocab.json"), "{\"Hello\": 7}");

    assertThatThrownBy(() -> ModelTokenizer.open(directory, true, 50257))
        .isInstanceOf(TokenizerFormatException.class)
        .hasMessageContainingAll("vocab.json", "'Hello'", "save_pretrained");
    assertThatThrownBy(() -> ModelTokenizer.open(directory, true, 67))
        .isInstanceOf(TokenizerFormatException.class)
        .hasMessageContainingAll("tokenizer.json", "67 tokens");
  }
}
