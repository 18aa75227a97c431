package io.github.coconut4j.generate;

import io.github.coconut4j.data.batch.SequenceBatcher;
import io.github.coconut4j.data.batch.TokenSequence;
import io.github.coconut4j.model.latent.Decoder;
import io.github.coconut4j.model.latent.LatentBatch;
import io.github.coconut4j.model.latent.LatentTransformer;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Continues prompts token by token. Prompts of like length share a batch; a row leaves it at the
 * end-of-sequence token, at the limit of new tokens, or where its batch's longest prompt has used
 * up the position table.
 */
public final class Generator {

  private final LatentTransformer transformer;
  private final int[] endOfSequence;

  /**
   * A generator.
   *
   * @param endOfSequence ids of the tokens that end a text, at least one; the first fills rows up
   * @throws IllegalArgumentException if there is none
   */
  public Generator(LatentTransformer transformer, int... endOfSequence) {
    if (endOfSequence.length == 0) {
      throw new IllegalArgumentException(
          "A generator needs at least 1 id of a token that ends a text but has 0. Give the"
              + " model's `eos_token_id`.");
    }
    this.transformer = transformer;
    this.endOfSequence = endOfSequence.clone();
  }

  /**
   * Continues prompts.
   *
   * @param prompts sequences whose latents are filled in before the first token is written
   * @return the tokens written after each prompt, in order, without the end-of-sequence token
   * @throws IllegalArgumentException if a prompt leaves no room in the position table
   */
  public List<int[]> generate(
      List<TokenSequence> prompts, GenerationOptions options, TokenListener listener) {
    prompts.forEach(this::requireRoom);
    int[] order =
        IntStream.range(0, prompts.size())
            .boxed()
            .sorted(Comparator.comparing(i -> prompts.get(i).length()))
            .mapToInt(Integer::intValue)
            .toArray();
    int[][] written = new int[prompts.size()][];
    TokenSampler sampler = options.sampler();
    for (int from = 0; from < order.length; from += options.getBatchSize()) {
      int[] rows = IntStream.of(order).skip(from).limit(options.getBatchSize()).toArray();
      generateBatch(prompts, rows, options.getMaxNewTokens(), sampler, listener, written);
    }
    return List.of(written);
  }

  private void generateBatch(
      List<TokenSequence> prompts,
      int[] rows,
      int maxNewTokens,
      TokenSampler sampler,
      TokenListener listener,
      int[][] written) {
    List<TokenSequence> sequences = IntStream.of(rows).mapToObj(prompts::get).toList();
    int room = room(sequences, maxNewTokens);
    List<GeneratedRow> active =
        IntStream.of(rows).mapToObj(row -> new GeneratedRow(row, room)).toList();
    LatentBatch batch = LatentBatch.of(new SequenceBatcher(endOfSequence[0]).batch(sequences));
    try (Decoder decoder = transformer.decoder(batch, room - 1)) {
      for (List<GeneratedRow> left = active; !left.isEmpty(); ) {
        left = step(decoder, left, sampler, listener);
      }
    }
    active.forEach(row -> written[row.number()] = row.tokens());
  }

  /** Writes one token in each row and lets the rows that are done leave. */
  private List<GeneratedRow> step(
      Decoder decoder, List<GeneratedRow> rows, TokenSampler sampler, TokenListener listener) {
    float[][] logits = decoder.logitRows();
    int[] staying =
        IntStream.range(0, rows.size())
            .filter(i -> write(rows.get(i), sampler, logits[i], listener))
            .toArray();
    List<GeneratedRow> left = IntStream.of(staying).mapToObj(rows::get).toList();
    if (!left.isEmpty()) {
      if (staying.length < rows.size()) {
        decoder.retain(staying);
      }
      decoder.advance(left.stream().mapToInt(GeneratedRow::last).toArray());
    }
    return left;
  }

  private boolean write(
      GeneratedRow row, TokenSampler sampler, float[] logits, TokenListener listener) {
    int token = sampler.next(logits, row.number());
    if (IntStream.of(endOfSequence).noneMatch(end -> end == token)) {
      row.add(token);
      listener.written(row.number(), token);
      if (!row.isFull()) {
        return true;
      }
    }
    listener.completed(row.number());
    return false;
  }

  /**
   * Tokens that every row of a batch may write. The last one needs no position of its own: nothing
   * is predicted after it.
   */
  private int room(List<TokenSequence> prompts, int maxNewTokens) {
    int longest = prompts.stream().mapToInt(TokenSequence::length).max().orElseThrow();
    return Math.min(maxNewTokens, transformer.getConfig().getNPositions() - longest + 1);
  }

  private void requireRoom(TokenSequence prompt) {
    int positions = transformer.getConfig().getNPositions();
    if (prompt.length() > positions) {
      throw new IllegalArgumentException(
          "A prompt needs to fit the model's "
              + positions
              + " positions but has "
              + prompt.length()
              + " tokens. Shorten the question, or train with a larger `n_positions`.");
    }
  }
}
