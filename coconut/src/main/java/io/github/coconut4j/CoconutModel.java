package io.github.coconut4j;

import io.github.coconut4j.data.batch.TokenSequence;
import io.github.coconut4j.data.tokenizer.TextTokenizer;
import io.github.coconut4j.files.AtomicDirectory;
import io.github.coconut4j.generate.Generation;
import io.github.coconut4j.generate.GenerationOptions;
import io.github.coconut4j.generate.Halt;
import io.github.coconut4j.generate.HaltHead;
import io.github.coconut4j.generate.TokenListener;
import io.github.coconut4j.method.AnswerFormat;
import io.github.coconut4j.method.EncodedProblem;
import io.github.coconut4j.method.FrontierTargets;
import io.github.coconut4j.method.ProblemEncoder;
import io.github.coconut4j.method.SequenceBuilder;
import io.github.coconut4j.model.GenerationConfig;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.internal.Arguments;
import io.github.coconut4j.model.latent.LatentLoops;
import io.github.coconut4j.model.latent.LatentTransformer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import lombok.AccessLevel;
import lombok.Getter;

/**
 * A transformer with its tokenizer and the settings of its thoughts.
 *
 * <pre>{@code
 * try (CoconutModel model = CoconutModel.open(Path.of("models/prosqa-coconut"))) {
 *   System.out.println(
 *       model.generate("Bob is a impus. Every impus is a lorpus. Is Bob a lorpus or felpus?"));
 * }
 * }</pre>
 *
 * <p>It owns the transformer's native memory until {@link #close()}. Several threads may generate
 * with it at once, but not while it is trained.
 */
@Getter
public final class CoconutModel implements AutoCloseable {

  private static final String DIRECTORY = "Name the model's directory.";
  private static final String TRANSFORMER = "Make one with LatentTransformer.create.";

  private final LatentTransformer transformer;
  private final TextTokenizer tokenizer;
  private final CoconutConfig config;

  /** Settings with which Hugging Face's library generates, such as the tokens that end a text. */
  private final GenerationConfig generationConfig;

  /** The adapter and its base; null if the model has no adapter. */
  private final AdaptedBase adapted;

  /** The model's stop signal; null if it has none. */
  private final HaltHead haltHead;

  @Getter(AccessLevel.NONE)
  private final SequenceBuilder sequences;

  @Getter(AccessLevel.NONE)
  private final int[] endOfSequence;

  /** Makes a model whose texts also end at the tokens of {@code generationConfig}. */
  public CoconutModel(
      LatentTransformer transformer,
      TextTokenizer tokenizer,
      CoconutConfig config,
      GenerationConfig generationConfig) {
    this(transformer, tokenizer, config, generationConfig, null);
  }

  /** Makes a model of an adapter on a base, which {@code transformer} computes. */
  public CoconutModel(
      LatentTransformer transformer,
      TextTokenizer tokenizer,
      CoconutConfig config,
      GenerationConfig generationConfig,
      AdaptedBase adapted) {
    this(transformer, tokenizer, config, generationConfig, adapted, null);
  }

  /**
   * Makes a model.
   *
   * @param adapted null if it has no adapter
   * @param haltHead null if it has no stop signal
   */
  CoconutModel(
      LatentTransformer transformer,
      TextTokenizer tokenizer,
      CoconutConfig config,
      GenerationConfig generationConfig,
      AdaptedBase adapted,
      HaltHead haltHead) {
    Arguments.requireNonNull(transformer, "transformer", TRANSFORMER);
    Arguments.requireNonNull(
        tokenizer, "tokenizer", "Open the model's own with ModelTokenizer.open.");
    Arguments.requireNonNull(config, "config", "Make one with CoconutConfig.of.");
    Arguments.requireNonNull(generationConfig, "generationConfig", "Take GenerationConfig.of.");
    requireSameLatents(transformer.getConfig(), config);
    this.adapted = adapted;
    this.haltHead = haltHead;
    this.transformer = transformer;
    this.tokenizer = tokenizer;
    this.config = config.withThoughtMap(transformer.getConfig().getThoughtMap());
    this.generationConfig = generationConfig;
    sequences = new SequenceBuilder(config.thoughtSettings(), config.getSpecialTokens());
    endOfSequence =
        IntStream.concat(
                IntStream.of(config.getSpecialTokens().getEos()),
                generationConfig.eosTokenIds().stream().mapToInt(Integer::intValue))
            .distinct()
            .toArray();
  }

  private static void requireSameLatents(TransformerConfig architecture, CoconutConfig config) {
    int iterations = config.thoughtSettings().getLatentIterations();
    if (architecture.getLatentIterations() != iterations) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "A transformer must refine latents as often as its description says, %d times, but"
                  + " does so %d times. Make it of the architecture that CoconutConfig.applyTo"
                  + " returns.",
              iterations,
              architecture.getLatentIterations()));
    }
  }

  /** Makes a model whose texts end at the tokens of its architecture and {@code config}. */
  public CoconutModel(
      LatentTransformer transformer, TextTokenizer tokenizer, CoconutConfig config) {
    this(
        Arguments.requireNonNull(transformer, "transformer", TRANSFORMER),
        tokenizer,
        config,
        GenerationConfig.of(transformer.getConfig()));
  }

  /**
   * Opens a model directory with the fastest latent loop of this machine.
   *
   * @param modelDirectory a Hugging Face directory of an architecture of {@link
   *     io.github.coconut4j.model.Architecture}, or an adapter's directory that names its base;
   *     without {@code coconut.json} it counts as a plain language model
   * @throws io.github.coconut4j.model.ModelFormatException if it is not such a directory
   */
  public static CoconutModel open(Path modelDirectory) throws IOException {
    return open(modelDirectory, LatentLoops.AUTO);
  }

  /** Opens a model directory with the given latent loop. */
  public static CoconutModel open(Path modelDirectory, LatentLoops loop) throws IOException {
    return open(modelDirectory, OpeningOptions.builder().loop(loop).build());
  }

  /**
   * Opens a base model with an adapter: one of PEFT's, or the {@code model/} of a training run with
   * {@code lora}. Method, thoughts and tokenizer come from the adapter's directory if it has them.
   *
   * @param modelDirectory the base's directory
   * @throws io.github.coconut4j.model.ModelFormatException if one is not such a directory, or the
   *     adapter does not belong to the base
   */
  public static CoconutModel open(Path modelDirectory, Path adapter, LatentLoops loop)
      throws IOException {
    Arguments.requireNonNull(adapter, "adapter", "Name the directory that holds the adapter.");
    return open(modelDirectory, OpeningOptions.builder().adapter(adapter).loop(loop).build());
  }

  /**
   * Opens a model directory for inference.
   *
   * @throws io.github.coconut4j.model.ModelFormatException if it is not such a directory, or the
   *     adapter does not belong to it
   * @throws IllegalArgumentException if the loop's backend lacks the precision of products
   */
  public static CoconutModel open(Path modelDirectory, OpeningOptions options) throws IOException {
    Arguments.requireNonNull(modelDirectory, "modelDirectory", DIRECTORY);
    Arguments.requireNonNull(options, "options", "Make them with OpeningOptions.builder().");
    Arguments.requireNonNull(options.getLoop(), "loop", "Take LatentLoops.AUTO.");
    Arguments.requireNonNull(options.getWeights(), "weights", "Take Precision.FLOAT32.");
    if (options.getAdapter() != null) {
      return AdapterDirectory.open(modelDirectory, options);
    }
    return AdapterDirectory.is(modelDirectory)
        ? AdapterDirectory.open(
            AdapterDirectory.base(modelDirectory), options.withAdapter(modelDirectory))
        : ModelDirectory.open(modelDirectory, options);
  }

  /**
   * The same transformer and tokenizer with another description; both models share their memory.
   */
  public CoconutModel withConfig(CoconutConfig other) {
    return new CoconutModel(transformer, tokenizer, other, generationConfig, adapted, haltHead);
  }

  /** The model as it answers in a stage of the curriculum; both models share their memory. */
  public CoconutModel atStage(int stage) {
    return withConfig(config.atStage(stage));
  }

  /**
   * The same model with a stop signal that ends its thoughts; both models share their memory.
   *
   * @throws IllegalArgumentException if the signal reads hidden states of another width
   */
  public CoconutModel withHaltHead(HaltHead head) {
    Arguments.requireNonNull(head, "head", "Read or fit one.");
    int width = transformer.getConfig().getNEmbd();
    if (head.width() != width) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "A stop signal needs to read hidden states of the model's width, %d, but reads %d."
                  + " Fit it to this model.",
              width,
              head.width()));
    }
    CoconutConfig learned = config.withHalt(Halt.LEARNED, null);
    return new CoconutModel(transformer, tokenizer, learned, generationConfig, adapted, head);
  }

  /**
   * Answers one question. Returns the text generated after it, including a written chain of
   * thought.
   *
   * @throws IllegalArgumentException if it is null, blank, too long or not in the vocabulary
   */
  public String generate(String question) {
    return generate(Collections.singletonList(question), GenerationOptions.DEFAULT)
        .get(0)
        .getOutput();
  }

  /** Answers a batch of questions, in order. */
  public List<Generation> generate(List<String> questions, GenerationOptions options) {
    return generate(questions, options, TokenListener.NONE);
  }

  /**
   * Answers a batch of questions, with a callback for each token as it is generated.
   *
   * @param listener called with the index of the question and the token's id
   * @throws IllegalArgumentException if an argument or a question is null, or a question is blank,
   *     too long or not in the vocabulary
   */
  public List<Generation> generate(
      List<String> questions, GenerationOptions options, TokenListener listener) {
    return QuestionAnswering.of(this, options).answer(questions, options, listener);
  }

  /**
   * Answers a batch of questions with different numbers of thoughts.
   *
   * @param thoughts number of thoughts of each question, at least 0; ignored by methods without
   *     thoughts
   * @throws IllegalArgumentException if a number is missing or negative, or a question and its
   *     thoughts are too long or not in the vocabulary
   */
  public List<Generation> generate(
      List<String> questions, int[] thoughts, GenerationOptions options, TokenListener listener) {
    return QuestionAnswering.of(this, options).answer(questions, thoughts, options, listener);
  }

  /**
   * How {@link #generate} divides questions into batches. The questions of a batch get
   * bit-identical answers if they are generated separately in this order.
   *
   * @param thoughts number of thoughts of each question, at least 0
   * @return the indices of each batch's questions
   */
  public List<int[]> batches(List<String> questions, int[] thoughts, GenerationOptions options) {
    return QuestionAnswering.of(this, options).batches(questions, thoughts, options.getBatchSize());
  }

  /**
   * The sequence that the model continues.
   *
   * @param thoughts at least 0; ignored by methods without thoughts
   * @throws IllegalArgumentException if a question and its thoughts are too long or not in the
   *     vocabulary
   */
  public TokenSequence prompt(String question, int thoughts) {
    QuestionAnswering.requireThoughts(this, new int[] {sequences.thoughts(thoughts)});
    return sequences.prompt(EncodedProblem.question(question, tokenizer), thoughts);
  }

  /**
   * The distinct ids of the tokens that end generated text: first the one that training sequences
   * end with, then those that {@code generation_config.json} or {@code config.json} name.
   */
  public int[] endOfSequence() {
    return endOfSequence.clone();
  }

  /**
   * Encodes problems as tokens for this model.
   *
   * @param targets target distributions of latents, or null for none
   */
  public ProblemEncoder encoder(FrontierTargets targets) {
    return ProblemEncoder.builder()
        .tokenizer(tokenizer)
        .eos(config.getSpecialTokens().getEos())
        .answers(config.thoughtSettings().getAnswers())
        .targets(targets)
        .build();
  }

  /** Builds this model's training sequences and prompts. */
  public SequenceBuilder sequences() {
    return sequences;
  }

  /**
   * Writes or replaces a model directory that this library and Hugging Face's can open. For a model
   * with an adapter it is the adapter's directory, which PEFT can open.
   *
   * @throws IOException if it cannot be written; then the previous directory stays
   */
  public void save(Path modelDirectory) throws IOException {
    Arguments.requireNonNull(modelDirectory, "modelDirectory", DIRECTORY);
    AtomicDirectory.write(modelDirectory, files -> ModelDirectory.write(this, files));
  }

  /**
   * Writes a model directory of the equivalent model without adapters, W + s · B · A.
   *
   * @throws IOException as {@link #save}
   * @throws IllegalArgumentException if the model has no adapter
   */
  public void saveMerged(Path modelDirectory) throws IOException {
    if (adapted == null) {
      throw new IllegalArgumentException(
          "A model needs an adapter to be merged but has none. Name the directory of one, with"
              + " adapter_config.json.");
    }
    adapted.merged(
        merged ->
            new CoconutModel(merged, tokenizer, config, generationConfig, null, haltHead)
                .save(modelDirectory));
  }

  /**
   * Makes a generation from the tokens that were generated after a question.
   *
   * @param latents number of latents or pauses before the tokens, at least 0
   * @param ids generated ids, without the end-of-sequence token
   */
  public Generation generation(String question, int latents, int[] ids) {
    Arguments.requireNonNull(ids, "ids", "Give an empty array for none.");
    Arguments.requireAtLeast(latents, 0, "The number of thoughts");
    String output = tokenizer.decode(ids);
    long words = IntStream.of(ids).filter(id -> !config.getSpecialTokens().contains(id)).count();
    AnswerFormat answers = config.thoughtSettings().getAnswers();
    return new Generation(question, latents, output, ids, latents + (int) words, answers);
  }

  @Override
  public void close() {
    transformer.close();
    tokenizer.close();
  }
}
