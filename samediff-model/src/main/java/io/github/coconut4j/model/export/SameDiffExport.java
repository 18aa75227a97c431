package io.github.coconut4j.model.export;

import io.github.coconut4j.model.ParameterLayout;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.Weights;
import io.github.coconut4j.model.internal.Arguments;
import io.github.coconut4j.model.samediff.StockGraphs;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * Writes a model as two SameDiff files that contain only ND4J's own operations: {@link #PREFILL}
 * reads a question and computes the latents, {@link #STEP} reads one more token. {@code
 * SameDiff.load} opens them in a program that has ND4J but not this library.
 *
 * <p>Placeholders: {@code question_ids} INT32 [1, P] for the first; {@code token_id} INT32 [1, 1]
 * and for each layer {@code past_keys_0} and {@code past_values_0} [1, G, K, S] for the second,
 * with G key heads, K positions, S width of a head. Results of both: {@code next_token} INT64 [1],
 * {@code logits} [1, V], and {@code keys_0}, {@code values_0}, which the next step takes.
 */
public final class SameDiffExport {

  /** File of the graph that reads a question. */
  public static final String PREFILL = "prefill.fb";

  /** File of the graph that reads a token. */
  public static final String STEP = "step.fb";

  /** SameDiff's FlatBuffers builder doubles its buffer up to this size. */
  private static final double LARGEST_FILE = 1L << 30;

  /** Upper bound for names, shapes and operations, in addition to the weights. */
  private static final double GRAPH = 8L << 20;

  /** Number of copies of a file in Java's heap while SameDiff writes it, with a margin. */
  private static final double COPIES = 3;

  private static final double MEBI = 1 << 20;

  private SameDiffExport() {}

  /**
   * Rejects a model that is too large for a file, judged only by its sizes.
   *
   * @throws IllegalArgumentException if its weights take too much, or Java's heap is too small to
   *     write them
   */
  public static void requireWritable(TransformerConfig config) {
    Arguments.requireNonNull(config, "config", "Read the model's TransformerConfig.");
    double bytes = ParameterLayout.valueCount(config) * DataType.FLOAT.width();
    if (bytes > LARGEST_FILE - GRAPH) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "A SameDiff file needs to stay below FlatBuffers' 2 GB, which ND4J's writer, since it"
                  + " doubles its buffer, ends at 1 GiB, but the weights of this model take %.0f"
                  + " MiB in float32. Export a smaller model; this library opens the model"
                  + " directory as it is.",
              bytes / MEBI));
    }
    double heap = Runtime.getRuntime().maxMemory();
    if (COPIES * bytes > heap) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Writing SameDiff files of %.0f MiB needs at least %.0f MiB of Java's heap but it has"
                  + " %.0f MiB. Give it more: COCONUT4J_OPTS=-Xmx%.0fm.",
              bytes / MEBI,
              COPIES * bytes / MEBI,
              heap / MEBI,
              Math.ceil(COPIES * bytes / MEBI) + 512));
    }
  }

  /**
   * Writes both files into a directory.
   *
   * @param weights weights in FLOAT, without adapters
   * @param after ids of the tokens after a question: thoughts and their markers
   * @param latents which of them are latents, consecutive
   * @throws IllegalArgumentException as {@link #requireWritable}, if the model has adapters,
   *     refines latents in parallel, or is not in FLOAT, or if an id is outside the vocabulary or
   *     latents are interrupted
   */
  public static void write(
      Path directory, TransformerConfig config, Weights weights, int[] after, boolean[] latents)
      throws IOException {
    requireWritable(config);
    Arguments.requireNonNull(directory, "directory", "Name the directory to write.");
    Arguments.requireNonNull(weights, "weights", "Read the model's Weights.");
    Arguments.requireNonNull(after, "after", "Give an empty array for none.");
    Arguments.requireNonNull(latents, "latents", "Give one for each token.");
    requireExportable(config, weights);
    requireTokens(after, config.getVocabSize());
    requireLatents(latents, after.length);
    write(StockGraphs.prefill(config, weights, after, latents), directory.resolve(PREFILL));
    write(StockGraphs.step(config, weights), directory.resolve(STEP));
  }

  private static void requireExportable(TransformerConfig config, Weights weights) {
    weights.requireOpen();
    weights.requireShapes(config);
    if (config.getLora() != null || weights.getTrainedRowsName() != null) {
      throw new IllegalArgumentException(
          "An export needs a model without adapters but this one has some. Merge them into their"
              + " base first: convert --merge.");
    }
    if (config.getLatentIterations() > 0) {
      throw new IllegalArgumentException(
          "An export needs latents that are fed one after another but this model refines them"
              + " together (`latents: parallel`). Use it with this library.");
    }
    if (weights.type() != DataType.FLOAT || weights.hasBfloat16()) {
      throw new IllegalArgumentException(
          "An export needs weights in float32 but some are of another type. Open the model with"
              + " float32.");
    }
  }

  /** ND4J's gather would read beside the table. */
  private static void requireTokens(int[] after, int vocabulary) {
    for (int token : after) {
      if (token < 0 || token >= vocabulary) {
        throw new IllegalArgumentException(
            "The tokens after a question must be in the model's vocabulary of "
                + vocabulary
                + ", but one is "
                + token
                + ". Does the tokenizer belong to this model?");
      }
    }
  }

  /** The graph reads the tokens before the latents at once, and those after them. */
  private static void requireLatents(boolean[] latents, int tokens) {
    if (latents.length != tokens) {
      throw new IllegalArgumentException(
          "Each token after the question needs a flag that says whether it is a latent. Give as many flags as tokens.");
    }
    int ends = 0;
    for (int i = 0; i < tokens; i++) {
      ends += latents[i] && (i + 1 == tokens || !latents[i + 1]) ? 1 : 0;
    }
    if (ends > 1) {
      throw new IllegalArgumentException(
          "The latents of an export must follow one another, but are in "
              + ends
              + " places. Put them in one.");
    }
  }

  private static void write(SameDiff graph, Path file) throws IOException {
    graph.asFlatFile(file.toFile(), false);
  }
}
