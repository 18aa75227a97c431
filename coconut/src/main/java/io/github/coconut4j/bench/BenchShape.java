package io.github.coconut4j.bench;

import io.github.coconut4j.model.TransformerConfig;
import java.util.Locale;
import lombok.Getter;
import lombok.RequiredArgsConstructor;

/** A transformer and a batch, with the sizes of the PyTorch peer in {@code benchmarks/peer}. */
@Getter
@RequiredArgsConstructor
public enum BenchShape {
  /** Small enough that overheads show. */
  TINY(2, 64, 4, 64, 32, 60, 4, 20, 16),
  /** A model for ProsQA that trains on a laptop. */
  PROSQA_SMALL(2, 256, 8, 64, 32, 140, 6, 30, 24),
  /** The two wide layers of arXiv 2505.12514. */
  SUPERPOSITION(2, 768, 8, 128, 32, 120, 4, 10, 8),
  /** GPT-2 small, as in the paper. */
  GPT2(12, 768, 12, 50_260, 2, 400, 6, 40, 16);

  private final int layers;
  private final int width;
  private final int heads;
  private final int vocabulary;
  private final int rows;

  /** Tokens of the question, without the start-of-latent token after it. */
  private final int question;

  private final int latents;

  /** Labelled tokens at the end of a row. */
  private final int labels;

  /** Tokens to generate. */
  private final int newTokens;

  /** Columns of a prompt: question, start, latents, end. */
  int promptColumns() {
    return question + 1 + latents + 1;
  }

  /** Columns of a training batch. */
  int columns() {
    return promptColumns() + labels;
  }

  TransformerConfig config() {
    return TransformerConfig.builder()
        .vocabSize(vocabulary)
        .nPositions(columns() + newTokens)
        .nEmbd(width)
        .nLayer(layers)
        .nHead(heads)
        .build();
  }

  /** The name on the command line, {@code prosqa-small}. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
