package io.github.coconut4j.generate;

import io.github.coconut4j.data.batch.SequenceBatcher;
import io.github.coconut4j.data.batch.TokenSequence;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.latent.Decoder;
import io.github.coconut4j.model.latent.LatentBatch;
import io.github.coconut4j.model.latent.LatentTransformer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Continues prompts token by token. Prompts of similar length share a batch. A sequence leaves it
 * at the end-of-sequence token, at the limit of new tokens, or at its last position, so its result
 * does not depend on the others.
 */
public final class Generator {

  /** Replaces the text of a sequence that has ended but stays in the batch. */
  private static final int ENDED = -1;

  private final LatentTransformer transformer;
  private final GenerationOptions options;
  private final TokenSampler sampler;
  private final TokenListener listener;
  private final int[] endOfSequence;

  /**
   * Makes a generator.
   *
   * @param listener called with each token and the index of its prompt
   * @param endOfSequence ids of the tokens that end a text, at least one; the first one pads ended
   *     sequences
   * @throws IllegalArgumentException if there is none
   */
  public Generator(
      LatentTransformer transformer,
      GenerationOptions options,
      TokenListener listener,
      int... endOfSequence) {
    if (endOfSequence.length == 0) {
      throw new IllegalArgumentException(
          "A generator needs at least 1 id of a token that ends a text but has 0. Give the"
              + " model's `eos_token_id`.");
    }
    this.transformer = transformer;
    this.options = options;
    this.sampler = options.sampler();
    this.listener = listener;
    this.endOfSequence = endOfSequence.clone();
  }

  /**
   * Continues prompts.
   *
   * @param prompts sequences, whose latents are computed before the first token is generated
   * @return the tokens generated after each prompt, in order, without the end-of-sequence token
   * @throws IllegalArgumentException if a prompt leaves no room in the position table
   */
  public List<int[]> generate(List<TokenSequence> prompts) {
    int[] room = prompts.stream().mapToInt(this::room).toArray();
    int[] lengths = prompts.stream().mapToInt(TokenSequence::length).toArray();
    int[][] written = new int[prompts.size()][];
    for (int[] numbers : batchesByLength(lengths, options.getBatchSize())) {
      List<int[]> texts = generateBatch(prompts, room, numbers);
      IntStream.range(0, numbers.length).forEach(i -> written[numbers[i]] = texts.get(i));
    }
    return List.of(written);
  }

  /**
   * Divides sequences into batches of similar length, for the least padding.
   *
   * @param lengths lengths of the sequences
   * @param batchSize largest number of sequences per batch, at least 1
   * @return the indices of each batch's sequences, from the shortest sequence to the longest
   */
  public static List<int[]> batchesByLength(int[] lengths, int batchSize) {
    int[] order =
        IntStream.range(0, lengths.length)
            .boxed()
            .sorted(Comparator.comparing(i -> lengths[i]))
            .mapToInt(Integer::intValue)
            .toArray();
    List<int[]> batches = new ArrayList<>();
    for (int from = 0; from < order.length; from += batchSize) {
      batches.add(IntStream.of(order).skip(from).limit(batchSize).toArray());
    }
    return batches;
  }

  private List<int[]> generateBatch(List<TokenSequence> prompts, int[] room, int[] numbers) {
    List<TokenSequence> sequences = IntStream.of(numbers).mapToObj(prompts::get).toList();
    int[] own = picked(room, numbers);
    LatentBatch batch = LatentBatch.of(new SequenceBatcher(endOfSequence[0]).batch(sequences));
    int[] appended = IntStream.of(own).map(tokens -> tokens - 1).toArray();
    try (Decoder decoder = transformer.decoder(batch, appended)) {
      return write(decoder, numbers, own, true);
    }
  }

  /**
   * Continues the sequences of a decoder. Ended sequences stay in it with padding, so that it can
   * be rewound to a mark.
   *
   * @param decoder an open decoder, with room for at least {@code maxNewTokens} - 1 tokens
   * @param prompts index of each sequence's prompt [R]
   * @param maxNewTokens largest number of tokens per sequence, at least 1
   * @return the tokens generated in each sequence [R], without the end-of-sequence token
   * @throws IllegalArgumentException if a score is NaN or infinite
   */
  public List<int[]> generate(Decoder decoder, int[] prompts, int maxNewTokens) {
    int[] room = new int[prompts.length];
    Arrays.fill(room, maxNewTokens);
    return write(decoder, prompts, room, false);
  }

  private List<int[]> write(Decoder decoder, int[] prompts, int[] room, boolean endedLeave) {
    List<IntStream.Builder> written =
        Stream.generate(IntStream::builder).limit(prompts.length).toList();
    int[] texts = IntStream.range(0, prompts.length).toArray(); // by the decoder's sequence
    for (int count = 1; ; count++) {
      int[] tokens = nextTokens(decoder.logitRows(), texts, prompts);
      for (int i = 0; i < texts.length; i++) {
        int text = texts[i];
        if (text != ENDED
            && isLast(tokens[i], prompts[text], written.get(text), count == room[text])) {
          texts[i] = ENDED;
        }
      }
      int[] staying = unended(texts);
      if (staying.length == 0) {
        return written.stream().map(text -> text.build().toArray()).toList();
      }
      if (endedLeave && staying.length < texts.length) {
        decoder.retain(staying);
        texts = picked(texts, staying);
        tokens = picked(tokens, staying);
      }
      decoder.advance(tokens);
    }
  }

  private int[] nextTokens(float[][] logits, int[] texts, int[] prompts) {
    int[] tokens = new int[texts.length];
    for (int i = 0; i < texts.length; i++) {
      tokens[i] = texts[i] == ENDED ? endOfSequence[0] : sampler.next(logits[i], prompts[texts[i]]);
    }
    return tokens;
  }

  /** The next token of a prompt's text. */
  int next(float[] logits, int prompt) {
    return sampler.next(logits, prompt);
  }

  /** Adds a token to a text and notifies the listener, unless the token ends the text. */
  boolean isLast(int token, int prompt, IntStream.Builder text, boolean isFull) {
    boolean isEnd = IntStream.of(endOfSequence).anyMatch(end -> end == token);
    if (!isEnd) {
      text.add(token);
      listener.written(prompt, token);
    }
    if (isEnd || isFull) {
      listener.completed(prompt);
    }
    return isEnd || isFull;
  }

  private static int[] unended(int[] texts) {
    return IntStream.range(0, texts.length).filter(i -> texts[i] != ENDED).toArray();
  }

  private static int[] picked(int[] values, int[] indices) {
    return IntStream.of(indices).map(i -> values[i]).toArray();
  }

  private int room(TokenSequence prompt) {
    return room(transformer.getConfig(), prompt.length(), options.getMaxNewTokens());
  }

  /**
   * Number of tokens that may be generated after a prompt. The last one needs no position, since
   * nothing is predicted from it.
   *
   * @param length number of tokens of the prompt
   * @param most requested number, at least 1
   * @return at least 1
   * @throws IllegalArgumentException if the prompt exceeds the position table
   */
  public static int room(TransformerConfig config, int length, int most) {
    int positions = config.longestSequence();
    if (length > positions) {
      throw new IllegalArgumentException(
          "A prompt needs to fit the model's "
              + config.sequenceBound()
              + " but has "
              + length
              + " tokens. Shorten the question, or use a model for longer sequences.");
    }
    return Math.min(most, positions - length + 1);
  }
}
