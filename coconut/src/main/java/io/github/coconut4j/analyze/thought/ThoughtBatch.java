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
 * Questions that were read up to {@code <|start-latent|>}, if the method has it, and can be
 * continued from there any number of times. For one thread.
 */
public final class ThoughtBatch implements AutoCloseable {

  /**
   * Number of tokens for scoring a concept, including {@code Every}, even if fewer are generated.
   */
  static final int SCORED_TOKENS = 16;

  private final CoconutModel model;
  private final Generator generator;
  private final SpecialTokenIds special;
  private final DecoderMark read;
  private final int room;

  /** Index of each sequence's problem. */
  @Getter private final int[] problems;

  /** The decoder, at the position where the last call left it. */
  @Getter private final Decoder decoder;

  /**
   * Reads questions.
   *
   * @param questions token ids of each question [R][]
   * @param problems index of each sequence's problem [R]
   * @param most largest numbers of thoughts and tokens
   * @throws IllegalArgumentException if a question with its thoughts exceeds the position table
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

  /** The prompt; for methods without markers it is the question itself. */
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

  /** Number of tokens that each sequence can take after its thoughts. */
  public int room() {
    return room;
  }

  /**
   * Returns to the questions and computes thoughts again, up to {@code <|end-latent|>} if the
   * method has it. A thought of a method with pauses is the embedding of the pause token.
   *
   * @param thoughts number of latents or pauses, at most the largest number given; a method without
   *     thoughts ignores it
   * @param intervention applied to the input of each of them, in each pass if latents are refined
   *     in parallel
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

  /**
   * Computes passes over all latents, latent by latent, since each depends only on earlier
   * positions.
   */
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
   * Computes every latent once, starting after the questions.
   *
   * @param inputs returns a latent's inputs from its index and the map of the previous positions'
   *     hidden states
   * @return the inputs of the next pass, latent by latent
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
   * Continues every sequence greedily up to its end of sequence or the last position.
   *
   * @return the text generated after each [R]
   * @throws io.github.coconut4j.generate.NonFiniteScoreException if a score is NaN or infinite
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
