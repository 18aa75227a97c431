package io.github.coconut4j.model.internal.kernel;

import org.bytedeco.javacpp.FloatPointer;

/**
 * The token embedding [vocabulary, width] at both ends of the transformer: looked up at the inputs,
 * and as the output layer whose softmax predicts the next token (tied embeddings, as in GPT-2).
 * Serves one caller at a time; {@link #close()} frees its native memory and threads.
 */
final class TokenTable implements AutoCloseable {

  /** Floats of an AVX-512 register. */
  private static final int REGISTER = 16;

  private final int vocabulary;
  private final int width;
  private final KernelTeam team;
  private final TiedCrossEntropy crossEntropy;

  /**
   * @param vocabulary number of tokens
   * @param width floats of an embedding
   * @param threads worker threads, at least 1
   */
  TokenTable(int vocabulary, int width, int threads) {
    this.vocabulary = vocabulary;
    this.width = width;
    team = new KernelTeam(threads);
    crossEntropy = new TiedCrossEntropy(vocabulary, width, team);
  }

  /**
   * Looks tokens up.
   *
   * @param table [vocabulary, width]
   * @param embeddings [{@code tokens.length}, width], overwritten
   */
  void lookUp(FloatPointer table, int[] tokens, FloatPointer embeddings) {
    requireTokens(tokens);
    int parts = team.partsFor((long) tokens.length * width);
    team.runFirst(
        parts,
        (kernels, part) -> {
          Share share = Share.of(tokens.length, part, parts, 1);
          Rows rows = new Rows(width);
          for (long i = share.from(); i < share.to(); i++) {
            rows.copy(line(table, tokens[(int) i]), line(embeddings, i));
          }
        });
  }

  /**
   * Adds each cell's gradient to its token's line; a token that occurs twice gets both.
   *
   * @param gradients [{@code tokens.length}, width]
   * @param tableGradient [vocabulary, width]
   */
  void addLookUpGradients(int[] tokens, FloatPointer gradients, FloatPointer tableGradient) {
    requireTokens(tokens);
    team.runAll(
        (kernels, part) -> {
          Share columns = Share.of(width, part, team.size(), REGISTER);
          if (columns.size() > 0) {
            long offset = columns.from() * Float.BYTES;
            Rows rows = new Rows((int) columns.size());
            for (int i = 0; i < tokens.length; i++) {
              long target = line(tableGradient, tokens[i]) + offset;
              rows.add(target, line(gradients, i) + offset, target);
            }
          }
        });
  }

  /**
   * Scores of every token after each hidden state.
   *
   * @param hidden [lines, width]
   * @param logits [lines, vocabulary], overwritten
   */
  void logits(FloatPointer table, FloatPointer hidden, int lines, FloatPointer logits) {
    crossEntropy.logits(table.address(), hidden.address(), lines, logits.address());
    HostFloats.hold(table, hidden, logits);
  }

  /**
   * The mean over the lines of -log softmax(hidden · tableᵀ)[label], in nats. Keeps what {@link
   * #crossEntropyGradients} needs.
   *
   * @param hidden [{@code labels.length}, width]
   */
  double crossEntropy(FloatPointer table, FloatPointer hidden, int[] labels) {
    requireTokens(labels);
    double loss = crossEntropy.loss(table.address(), hidden.address(), labels);
    HostFloats.hold(table, hidden);
    return loss;
  }

  /**
   * The gradients of {@code factor} times the mean cross-entropy.
   *
   * @param hiddenGradient [{@code labels.length}, width], overwritten
   * @param tableGradient [vocabulary, width], overwritten
   */
  void crossEntropyGradients(
      FloatPointer table,
      FloatPointer hidden,
      int[] labels,
      float factor,
      FloatPointer hiddenGradient,
      FloatPointer tableGradient) {
    requireTokens(labels);
    crossEntropy.gradients(
        table.address(),
        hidden.address(),
        labels,
        factor,
        hiddenGradient.address(),
        tableGradient.address());
    HostFloats.hold(table, hidden, hiddenGradient, tableGradient);
  }

  private long line(FloatPointer matrix, long index) {
    return matrix.address() + index * width * Float.BYTES;
  }

  private void requireTokens(int[] tokens) {
    for (int token : tokens) {
      if (token < 0 || token >= vocabulary) {
        throw new IllegalArgumentException(
            "Token ids must be from 0 to " + (vocabulary - 1) + "; found " + token);
      }
    }
  }

  @Override
  public void close() {
    crossEntropy.close();
    team.close();
  }
}
