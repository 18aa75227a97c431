package io.github.coconut4j.model.latent;

import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.internal.Arguments;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.IntStream;
import lombok.RequiredArgsConstructor;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Checks a decoder's inputs, before anything is computed. */
@RequiredArgsConstructor
final class DecoderInputs {

  private final TransformerConfig config;

  /** Type of the model's weights. */
  private final DataType type;

  /**
   * Checks prompts.
   *
   * @throws IllegalArgumentException if a token or position id is out of range, latents are
   *     misplaced, a sequence is only padding or has several continuations, or a prompt with the
   *     new tokens exceeds the position table
   */
  BatchLayout requirePrompts(LatentBatch prompts, int[] newTokens) {
    BatchLayout layout = BatchLayout.of(prompts).withLatentIterations(config.getLatentIterations());
    requireIds(prompts.getInputIds().reshape(-1).toIntVector());
    layout.positions().requireIds(config);
    requireOneEnd(layout.positions());
    BatchLayout ends = layout.withLastQueried();
    requireRoom(nextPositions(ends), newTokens);
    return ends;
  }

  private static void requireOneEnd(Positions positions) {
    if (positions.hasContinuations()) {
      throw new IllegalArgumentException(
          "A prompt must have one end to be continued from, but the attention mask has numbers above"
              + " 1, of sequences with several continuations. Give each its own prompt.");
    }
  }

  /** Position ids of the first new tokens. */
  static int[] nextPositions(BatchLayout prompts) {
    Positions positions = prompts.positions();
    return IntStream.range(0, prompts.sequences())
        .map(b -> positions.id(b, positions.lastReal(b)) + 1)
        .toArray();
  }

  private void requireRoom(int[] lengths, int[] newTokens) {
    if (newTokens.length != lengths.length) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Each of %d prompts needs the number of its new tokens, but %d are given. Give one for"
                  + " each.",
              lengths.length,
              newTokens.length));
    }
    for (int i = 0; i < lengths.length; i++) {
      requireRoom(lengths[i], newTokens[i]);
    }
  }

  private void requireRoom(int length, int newTokens) {
    int room = config.longestSequence() - length;
    if (newTokens < 0) {
      throw new IllegalArgumentException(
          "The number of new tokens must be at least 0, but is "
              + newTokens
              + ". Give 0 for none.");
    }
    if (newTokens > room) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "A prompt and its continuation must fit the model's %s, but a"
                  + " prompt has %d tokens and %d new ones were asked for. Ask for at most %d.",
              config.sequenceBound(),
              length,
              newTokens,
              room));
    }
  }

  /** Rejects token ids outside the token table. */
  private void requireIds(int[] tokens) {
    for (int token : tokens) {
      if (token < 0 || token >= config.getVocabSize()) {
        throw new IllegalArgumentException(
            "A token id must be at least 0 and below the model's vocabulary of "
                + config.getVocabSize()
                + ", but is "
                + token
                + ". Does the tokenizer belong to this model?");
      }
    }
  }

  /** Checks one token for each of {@code sequences} sequences. */
  void requireTokens(int[] tokens, int sequences) {
    if (tokens == null || tokens.length != sequences) {
      throw new IllegalArgumentException(
          "A decoder takes one token for each of its sequences, but it has "
              + sequences
              + " sequences and was given "
              + (tokens == null ? "null" : tokens.length + " tokens")
              + ". Give one for each, in their order.");
    }
    requireIds(tokens);
  }

  /** Checks one vector for each of {@code sequences} sequences. */
  void requireVectors(INDArray inputs, int sequences) {
    long[] shape = {sequences, config.getNEmbd()};
    if (inputs == null
        || inputs.wasClosed()
        || inputs.dataType() != type
        || !Arrays.equals(inputs.shape(), shape)) {
      throw new IllegalArgumentException(
          "A decoder takes embeddings of its sequences, "
              + type
              + " of shape "
              + Arrays.toString(shape)
              + ", but was given "
              + Arguments.described(inputs)
              + ". Give a row for each sequence.");
    }
  }

  /**
   * Checks how many positions single sequences may take back. A decoding is made only afterwards:
   * it may be an idle one, whose memory would be lost.
   */
  static void requireSpare(int spare) {
    if (spare < 0) {
      throw new IllegalArgumentException(
          "The number of positions that are taken back must be at least 0, but is "
              + spare
              + ". Give 0 for none.");
    }
  }

  /** Checks the sequences that take a position back. */
  static void requireTakenBack(int[] sequences, int all) {
    Arguments.requireAscending(
        sequences, all, "Sequences to take back", "Give each sequence once, in order.");
  }

  /** Checks the sequences that get a latent. */
  static void requireLatents(int[] sequences, int all) {
    Arguments.requireAscending(
        sequences, all, "Sequences that get a latent", "Give each sequence once, in order.");
  }

  static void requireKept(int[] kept, int sequences) {
    String remedy = "Close the decoder when no sequence is left.";
    Arguments.requireAscending(kept, sequences, "Sequences to retain", remedy);
    if (kept.length == 0) {
      throw new IllegalArgumentException(
          "Sequences to retain must be at least one, but there are none. " + remedy);
    }
  }
}
