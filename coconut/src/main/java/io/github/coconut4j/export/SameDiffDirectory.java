package io.github.coconut4j.export;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.coconut4j.CoconutModel;
import io.github.coconut4j.data.batch.TokenSequence;
import io.github.coconut4j.files.AtomicDirectory;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.export.SameDiffExport;
import io.github.coconut4j.model.internal.Arguments;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * Writes a model as a directory that a program opens with ND4J, without this library: two graphs
 * ({@link SameDiffExport}), the tokenizer, the program's settings ({@code export.json}), and the
 * program itself, which {@code README.md} explains.
 */
public final class SameDiffDirectory {

  /** Limits the graph, which grows with each thought. */
  private static final int MOST_THOUGHTS = 100;

  private static final ObjectMapper JSON = new ObjectMapper();

  private final CoconutModel model;

  /** Number of thoughts before every answer. */
  private final int thoughts;

  /** Largest number of tokens that the program generates. */
  private final int maxNewTokens;

  /**
   * Makes an export of a model, which must stay open.
   *
   * @param thoughts number of thoughts before every answer
   * @param maxNewTokens largest number of tokens that the program generates, at least 1
   * @throws IllegalArgumentException if the model is null, or there are to be no tokens
   */
  public SameDiffDirectory(CoconutModel model, int thoughts, int maxNewTokens) {
    this.model = Arguments.requireNonNull(model, "model", "Open one.");
    if (maxNewTokens < 1) {
      throw new IllegalArgumentException(
          "An export needs to generate at least 1 token but has " + maxNewTokens + ". Raise it.");
    }
    this.thoughts = thoughts;
    this.maxNewTokens = maxNewTokens;
  }

  /**
   * Writes or replaces the directory.
   *
   * @throws IllegalArgumentException if the model does not support the number of thoughts, or
   *     {@link SameDiffExport} rejects it
   * @throws IOException if it cannot be written; then the previous directory stays
   */
  public void write(Path directory) throws IOException {
    Arguments.requireNonNull(directory, "directory", "Name the directory to write.");
    requireThoughts();
    AtomicDirectory.write(directory, this::fill);
  }

  private void requireThoughts() {
    int longest = model.getTransformer().getConfig().longestSequence();
    if (thoughts < 0 || thoughts > MOST_THOUGHTS || thoughts >= longest) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "An export needs a number of thoughts from 0 to %d, fewer than the model has"
                  + " positions, but it is %d. Change --thoughts.",
              MOST_THOUGHTS,
              thoughts));
    }
    if (model.sequences().thoughts(thoughts) != thoughts) {
      throw new IllegalArgumentException(
          "The method %s has no thoughts, but %s are asked for. Use --thoughts 0."
              .formatted(model.getConfig().getMethod().key(), thoughts));
    }
  }

  private void fill(Path directory) throws IOException {
    int eos = model.getConfig().getSpecialTokens().getEos();
    TokenSequence prompt = model.sequences().prompt(new int[] {eos}, thoughts);
    int[] after = Arrays.copyOfRange(prompt.getTokens(), 1, prompt.length());
    boolean[] latents = new boolean[after.length];
    int first = prompt.firstLatent() - 1;
    Arrays.fill(latents, Math.max(0, first), Math.max(0, first) + prompt.latentCount(), true);
    TransformerConfig config = model.getTransformer().getConfig();
    SameDiffExport.write(directory, config, model.getTransformer().getWeights(), after, latents);
    model.getTokenizer().saveFiles(directory, eos);
    JSON.writerWithDefaultPrettyPrinter()
        .writeValue(directory.resolve("export.json").toFile(), description(config, after.length));
    JsonNode tokenizer = JSON.readTree(directory.resolve("tokenizer.json").toFile());
    String program = program(PlainTokenizer.is(tokenizer));
    Files.writeString(directory.resolve("Answer.java"), program);
    Files.writeString(
        directory.resolve("README.md"), resource("README.md").replace("PROGRAM\n", program));
  }

  private ObjectNode description(TransformerConfig config, int tokensAfterQuestion) {
    ObjectNode description = JSON.createObjectNode();
    description.put("method", model.getConfig().getMethod().key());
    description.put("thoughts", thoughts);
    description.put("layers", config.getNLayer());
    description.put("tokens_after_question", tokensAfterQuestion);
    description.put("longest_sequence", config.longestSequence());
    description.put("max_new_tokens", maxNewTokens);
    IntStream.of(model.endOfSequence()).forEach(description.putArray("end_of_sequence")::add);
    return description;
  }

  private static String program(boolean plain) throws IOException {
    String imports =
        plain
            ? "import java.util.regex.Matcher;\nimport java.util.regex.Pattern;\n"
            : "import java.util.stream.LongStream;\n";
    String program =
        resource("Answer.java.txt")
            .replace("import java.util.Map;\n", "import java.util.Map;\n" + imports);
    return plain
        ? program + resource("WordLevelText.java.txt")
        : "import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;\n"
            + program
            + resource("HuggingFaceText.java.txt");
  }

  /** Sources have another ending, since javac takes those on a class path for its own. */
  private static String resource(String name) throws IOException {
    try (InputStream stream = SameDiffDirectory.class.getResourceAsStream(name)) {
      return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
