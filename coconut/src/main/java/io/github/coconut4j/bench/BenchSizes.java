package io.github.coconut4j.bench;

import io.github.coconut4j.model.TransformerConfig;
import lombok.Value;
import lombok.With;

/**
 * The sizes of a transformer and of the batch it works on: in each row a question, a
 * start-of-latent token, the latents, an end-of-latent token, and labelled tokens to the end.
 */
@Value
@With
public class BenchSizes {

  /** The transformer; its number of positions is ignored, and the batch's is used. */
  TransformerConfig transformer;

  int rows;

  /** Number of tokens of the question, without the start-of-latent token after it. */
  int question;

  int latents;

  /** Number of labelled tokens at the end of a row, at least 1. */
  int labels;

  /** Number of tokens to generate. */
  int newTokens;

  /** Number of columns of a prompt: question, start, latents, end. */
  int promptColumns() {
    return question + 1 + latents + 1;
  }

  /** Number of columns of a training batch. */
  public int columns() {
    return promptColumns() + labels;
  }

  /** The transformer, with as many positions as a prompt and its continuation need. */
  public TransformerConfig config() {
    return transformer.toBuilder().nPositions(columns() + newTokens).build();
  }
}
