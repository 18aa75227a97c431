package io.github.coconut4j;

import io.github.coconut4j.model.Activation;
import io.github.coconut4j.model.Architecture;
import io.github.coconut4j.model.RotaryPositions;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.Weights;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.commons.io.FileUtils;

/** Model directories as Hugging Face has them, of tiny random models with a tokenizer. */
public final class TinyDirectories {

  private static final Path TOKENIZERS = Path.of("../data/src/test/resources/tokenizers");

  private TinyDirectories() {}

  /**
   * Writes a model of Llama's family.
   *
   * @param tokenizer directory of the tokenizer's files
   * @param rows of the token table
   */
  public static Path write(
      Path directory, Architecture architecture, String tokenizer, int rows, boolean tied)
      throws IOException {
    TransformerConfig config =
        TransformerConfig.builder()
            .architecture(architecture)
            .vocabSize(rows)
            .nPositions(1024)
            .nEmbd(16)
            .nLayer(2)
            .nHead(4)
            .nKvHead(2)
            .nInner(24)
            .activationFunction(Activation.SILU)
            .rotary(RotaryPositions.of(10_000))
            .tieWordEmbeddings(tied)
            .build();
    Files.createDirectories(directory);
    config.write(directory);
    Weights.initial(config, 1).write(directory);
    FileUtils.copyDirectory(TOKENIZERS.resolve(tokenizer).toFile(), directory.toFile());
    return directory;
  }
}
