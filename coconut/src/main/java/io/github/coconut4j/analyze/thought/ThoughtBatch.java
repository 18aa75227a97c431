package io.github.coconut4j.analyze.thought;

import io.github.coconut4j.CoconutModel;
import io.github.coconut4j.data.batch.SequenceBatcher;
import io.github.coconut4j.data.batch.TokenSequence;
import io.github.coconut4j.generate.GenerationOptions;
import io.github.coconut4j.generate.Generator;
import io.github.coconut4j.generate.TokenListener;
import io.github.coconut4j.method.SpecialTokenIds;
import io.github.coconut4j.model.latent.Decoder;
import io.github.coconut4j.model.latent.DecoderMark;
import io.github.coconut4j.model.latent.LatentBatch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiFunction;
import java.util.stream.IntStream;
import lombok.Getter;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Questions that were read up to {@code <|start-latent|>}, where the method has it, and are
 * continued, any number of times, from there. It belongs to one thread.
 */
public final class ThoughtBatch implements AutoCloseable {

  /** Tokens that a concept is scored with, {@code Every} included, however few are written. */
  private static final int SCORED_TOKENS = 16;

  private final CoconutModel model;
  private final Generator generator;
  private final SpecialTokenIds special;
  private final DecoderMark read;
  private final int room;

  /** The number of each sequence's problem. */
  @Getter private final int[] problems;

  /** Stands where the last call left it. */
  @Getter private final Decoder decoder;

  /**
   * Reads questions.
   *
   * @param questions token ids of each question [R][]
   * @param problems number of each sequence's problem [R]
   * @param most thoughts and tokens that will be asked for at most
   * @throws IllegalArgumentException if a question and the most thoughts outgrow the position table
   */
  ThoughtBatch(CoconutModel model, List<int[]> questions, int[] problems, Lengths most) {
    this.model = model;
    this.problems = problems.clone();
    generator =
        new Generator(
            model.getTransformer(),
            GenerationOptions.DEFAULT,
            TokenListener.NONE,
            model.endOfSequence());
    special = model.getConfig().getSpecialTokens();
    List<TokenSequence> prompts = questions.stream().map(this::prompt).toList();
    int longest = prompts.stream().mapToInt(TokenSequence::length).max().orElseThrow();
    int positions = model.getTransformer().getConfig().longestSequence();
    room = most.room(longest, positions);
    LatentBatch batch = LatentBatch.of(new SequenceBatcher(special.getEos()).batch(prompts));
    int thoughts = most.getThoughts() + 1;
    int scored = Math.min(SCORED_TOKENS, positions - longest - thoughts);
    decoder = model.getTransformer().decoder(batch, thoughts + Math.max(room, scored));
    read = decoder.mark();
  }

  /** Methods without markers go on after the question itself. */
  private TokenSequence prompt(int[] question) {
    IntStream start =
        special.getStartLatent() == null
            ? IntStream.empty()
            : IntStream.of(special.getStartLatent());
    int[] tokens = IntStream.concat(IntStream.of(question), start).toArray();
    return TokenSequence.prompt(tokens, new boolean[tokens.length]);
  }

  /** Number of sequences, R. */
  public int sequences() {
    return problems.length;
  }

  /** Tokens that each sequence can take after its thoughts. */
  public int room() {
    return room;
  }

  /**
   * Goes back to the questions and thinks anew, up to {@code <|end-latent|>} where the method has
   * it. A thought of a method that pauses is the embedding of the pause token.
   *
   * @param thoughts number of latents or pauses, at most as foreseen; a method without thoughts has
   *     none whatever is asked for
   * @param intervention applied to each of them before it is fed, in each pass where latents are
   *     refined together
   */
  public void think(int thoughts, LatentIntervention intervention) {
    int possible = model.sequences().thoughts(thoughts);
    int iterations = model.getTransformer().getConfig().getLatentIterations();
    if (!model.getConfig().getMethod().hasLatents()) {
      pause(possible, intervention);
    } else if (iterations == 0) {
      pass(possible, (thought, before) -> intervention.replace(thought, problems, before));
    } else {
      refine(possible, iterations, intervention);
    }
    if (special.getEndLatent() != null) {
      decoder.advance(repeated(special.getEndLatent()));
    }
  }

  private void pause(int thoughts, LatentIntervention intervention) {
    decoder.rewind(read);
    for (int thought = 0; thought < thoughts; thought++) {
      decoder.advance(intervention.replace(thought, problems, embeddings(special.getPause())));
    }
  }

  /** A token's embedding for every sequence [R, D]. */
  private INDArray embeddings(int token) {
    INDArray table = model.getTransformer().getWeights().tokenTable();
    return Nd4j.pullRows(table, 1, repeated(token));
  }

  /** What passes over all latents compute, latent by latent: they see what is before them alone. */
  private void refine(int thoughts, int iterations, LatentIntervention intervention) {
    INDArray tokens = embeddings(special.getLatent());
    List<INDArray> latents = pass(thoughts, (thought, before) -> tokens);
    for (int i = 0; i < iterations; i++) {
      List<INDArray> earlier = latents;
      latents =
          pass(
              thoughts,
              (thought, before) -> intervention.replace(thought, problems, earlier.get(thought)));
    }
  }

  /**
   * Feeds every latent once, from the questions on.
   *
   * @param inputs of a latent's number and the map of the hidden states of the positions before it
   * @return what the latents would be fed of these, latent by latent
   */
  private List<INDArray> pass(int thoughts, BiFunction<Integer, INDArray, INDArray> inputs) {
    decoder.rewind(read);
    List<INDArray> latents = new ArrayList<>();
    for (int thought = 0; thought < thoughts; thought++) {
      INDArray before = decoder.latents();
      latents.add(before);
      decoder.advance(inputs.apply(thought, before));
    }
    return latents;
  }

  /**
   * Continues every sequence greedily up to its end of sequence or the room that there is.
   *
   * @return what was written after each [R]
   * @throws IllegalArgumentException if a score is NaN or infinite
   */
  public List<String> write() {
    return writeTokens().stream().map(model.getTokenizer()::decode).toList();
  }

  /** The same as token ids, without the end-of-sequence token. */
  public List<int[]> writeTokens() {
    return generator.generate(decoder, problems, room);
  }

  private int[] repeated(int token) {
    int[] tokens = new int[sequences()];
    Arrays.fill(tokens, token);
    return tokens;
  }

  @Override
  public void close() {
    decoder.close();
  }
}
