package io.github.coconut4j.model.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.Weights;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a graph cannot hold is refused, and nothing is written. */
class SameDiffExportTest {

  private static final int VOCABULARY = 11;
  private static final TransformerConfig CONFIG =
      TransformerConfig.builder()
          .vocabSize(VOCABULARY)
          .nPositions(12)
          .nEmbd(6)
          .nLayer(1)
          .nHead(2)
          .build();

  @TempDir Path directory;

  private void write(int[] after, boolean... latents) throws IOException {
    SameDiffExport.write(directory, CONFIG, Weights.initial(CONFIG, 1), after, latents);
  }

  private void assertRefused(String message, int[] after, boolean... latents) {
    assertThatThrownBy(() -> write(after, latents))
        .isExactlyInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message)
        .hasMessageMatching(".*[.?]");
    assertThat(directory).isEmptyDirectory();
  }

  @Test
  void latentsFollowOneAnother() {
    assertRefused("are in 2 places", new int[] {1, 2, 3}, true, false, true);
    assertRefused("are in 3 places", new int[6], true, true, false, true, false, true);
    assertRefused("as many flags as tokens", new int[] {1, 2}, true);
  }

  @Test
  void tokensAreInTheVocabulary() {
    for (int token : new int[] {-1, VOCABULARY, Integer.MAX_VALUE}) {
      assertRefused("but one is " + token, new int[] {1, token}, true, false);
    }
  }

  @Test
  void latentsMayBeginAndEndWhatFollows() throws IOException {
    for (boolean[] latents :
        List.of(new boolean[] {true, true}, new boolean[] {false, true}, new boolean[2])) {
      write(new int[] {1, VOCABULARY - 1}, latents);
      assertThat(directory.resolve(SameDiffExport.PREFILL)).isNotEmptyFile();
      assertThat(directory.resolve(SameDiffExport.STEP)).isNotEmptyFile();
    }
  }
}
