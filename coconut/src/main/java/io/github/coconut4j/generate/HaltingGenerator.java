package io.github.coconut4j.generate;

import io.github.coconut4j.data.batch.SequenceBatcher;
import io.github.coconut4j.data.batch.TokenSequence;
import io.github.coconut4j.model.latent.Decoder;
import io.github.coconut4j.model.latent.DecoderMark;
import io.github.coconut4j.model.latent.LatentBatch;
import io.github.coconut4j.model.latent.LatentTransformer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Generates texts with as many latents as {@link Halt#CONFIDENCE} or {@link Halt#LEARNED} requires
 * for each. Prompts of similar length share a batch, but a prompt's result does not depend on the
 * others.
 */
public final class HaltingGenerator {

  private final LatentTransformer transformer;
  private final GenerationOptions options;
  private final Generator generator;
  private final int endLatent;
  private final HaltHead head;
  private final double threshold;
  private final int padding;

  /**
   * The result of a prompt.
   *
   * @param thoughts number of computed latents
   * @param tokens tokens generated after them, without the end-of-sequence token
   */
  public record Halted(int thoughts, int[] tokens) {}

  /**
   * Makes a generator.
   *
   * @param endLatent id of the marker after the latents
   * @param head the model's stop signal, or null to stop by confidence
   * @param threshold probability from which latents end, in (0, 1]: of a correct answer, or with
   *     confidence of the most likely next token
   * @param listener called with each token and the index of its prompt
   * @param endOfSequence ids of the tokens that end a text, at least one
   * @throws IllegalArgumentException if there is none, the threshold is out of its range, or the
   *     model's latents are refined in parallel
   */
  public HaltingGenerator(
      LatentTransformer transformer,
      GenerationOptions options,
      int endLatent,
      HaltHead head,
      double threshold,
      TokenListener listener,
      int... endOfSequence) {
    Halt.requireThreshold("The threshold of halting", threshold);
    if (transformer.getConfig().getLatentIterations() > 0) {
      throw new IllegalArgumentException(
          "Thinking can end early where latents follow one another, but this model refines"
              + " them together. Ask with `halt` fixed.");
    }
    this.transformer = transformer;
    this.options = options;
    this.endLatent = endLatent;
    this.head = head;
    this.threshold = threshold;
    generator = new Generator(transformer, options, listener, endOfSequence);
    padding = endOfSequence[0];
  }

  /**
   * Continues prompts.
   *
   * @param prompts sequences that end with the marker before the latents
   * @param most largest number of latents of each prompt, at least 0
   * @throws IllegalArgumentException if a prompt and its latents exceed the model's positions, or a
   *     number of latents is negative
   */
  public List<Halted> generate(List<TokenSequence> prompts, int[] most) {
    int[] lengths = new int[prompts.size()];
    int[] room = new int[prompts.size()];
    for (int i = 0; i < lengths.length; i++) {
      if (most[i] < 0) {
        throw new IllegalArgumentException(
            "A prompt needs a number of latents of at least 0 but has "
                + most[i]
                + ". Give 0 for none.");
      }
      lengths[i] = Math.addExact(prompts.get(i).length(), most[i] + 1);
      room[i] = Generator.room(transformer.getConfig(), lengths[i], options.getMaxNewTokens());
    }
    Halted[] written = new Halted[lengths.length];
    for (int[] numbers : batches(lengths, most, options.getBatchSize())) {
      for (HaltingText text : batch(prompts, numbers, most[numbers[0]], room)) {
        written[text.prompt()] = new Halted(text.thoughts(), text.tokens());
      }
    }
    return List.of(written);
  }

  /**
   * Divides prompts into batches of similar length and with the same largest number of latents,
   * since a decoder keeps room for as many positions that are taken back.
   *
   * @param lengths lengths of the prompts
   * @param most largest number of latents of each
   * @param batchSize largest number of prompts per batch, at least 1
   * @return the indices of each batch's prompts
   */
  public static List<int[]> batches(int[] lengths, int[] most, int batchSize) {
    List<int[]> batches = new ArrayList<>();
    for (int thoughts : IntStream.of(most).distinct().toArray()) {
      int[] alike = IntStream.range(0, most.length).filter(i -> most[i] == thoughts).toArray();
      int[] own = IntStream.of(alike).map(i -> lengths[i]).toArray();
      for (int[] batch : Generator.batchesByLength(own, batchSize)) {
        batches.add(IntStream.of(batch).map(i -> alike[i]).toArray());
      }
    }
    return batches;
  }

  private List<HaltingText> batch(
      List<TokenSequence> prompts, int[] numbers, int thoughts, int[] room) {
    List<TokenSequence> sequences = IntStream.of(numbers).mapToObj(prompts::get).toList();
    LatentBatch batch = LatentBatch.of(new SequenceBatcher(padding).batch(sequences));
    List<HaltingText> texts =
        Arrays.stream(numbers)
            .mapToObj(i -> new HaltingText(i, thoughts, room[i], head == null))
            .toList();
    int[] appended = IntStream.of(numbers).map(i -> thoughts + room[i]).toArray();
    try (Decoder decoder = transformer.decoder(batch, appended, thoughts)) {
      write(decoder, new ArrayList<>(texts));
    }
    return texts;
  }

  /** Appends one position to each text per step, a latent to some and a token to others. */
  private void write(Decoder decoder, List<HaltingText> texts) {
    while (!texts.isEmpty()) {
      if (head != null) {
        endThoughts(decoder, texts);
      }
      boolean tries = texts.stream().anyMatch(HaltingText::triesMarker);
      DecoderMark mark = tries ? decoder.mark() : null;
      append(decoder, texts);
      boolean anyReads = texts.stream().anyMatch(text -> !text.nextIsLatent());
      float[][] logits = anyReads ? decoder.logitRows() : new float[texts.size()][];
      int[] unsure =
          IntStream.range(0, texts.size())
              .filter(i -> texts.get(i).appended(logits[i], threshold, generator))
              .toArray();
      if (unsure.length > 0) {
        decoder.rewind(mark, unsure);
      }
      leave(decoder, texts);
    }
  }

  /** Ends the latents of texts for which the stop signal is high enough. */
  private void endThoughts(Decoder decoder, List<HaltingText> texts) {
    if (texts.stream().noneMatch(HaltingText::mayEndThinking)) {
      return;
    }
    float[] hiddenStates = decoder.hiddenStates().data().asFloat();
    for (int i = 0; i < texts.size(); i++) {
      HaltingText text = texts.get(i);
      if (text.mayEndThinking() && head.probability(hiddenStates, i) >= threshold) {
        text.endThinking();
      }
    }
  }

  private void append(Decoder decoder, List<HaltingText> texts) {
    int[] tokens = texts.stream().mapToInt(text -> text.nextToken(endLatent)).toArray();
    int[] latents =
        IntStream.range(0, tokens.length).filter(i -> texts.get(i).nextIsLatent()).toArray();
    if (latents.length == 0) {
      decoder.advance(tokens);
    } else {
      decoder.advance(tokens, latents);
    }
  }

  private static void leave(Decoder decoder, List<HaltingText> texts) {
    int[] staying =
        IntStream.range(0, texts.size()).filter(i -> !texts.get(i).isComplete()).toArray();
    if (staying.length > 0 && staying.length < texts.size()) {
      decoder.retain(staying);
    }
    texts.removeIf(HaltingText::isComplete);
  }
}
