package io.github.coconut4j.model.loop;

import io.github.coconut4j.model.ParameterLayout.Role;
import io.github.coconut4j.model.TransformerConfig;
import java.util.List;
import lombok.Getter;
import lombok.experimental.Accessors;

/**
 * The norm after the last block. Its input and output, the final hidden states, are kept for all
 * passes, since later passes read hidden states of earlier ones as the inputs of latents.
 *
 * <p>Shapes: all [n, d] with one row for each query of the last layer.
 */
@Accessors(fluent = true)
final class FinalNorm implements AutoCloseable {

  private final LayerOperations operations;

  /** The norm itself, with its parameters' gradients. */
  @Getter private final Norm norm;

  /** The last block's output. */
  @Getter private final RowBuffer input;

  private final RowBuffer hidden;
  @Getter private final RowBuffer inputGradient;
  private final RowBuffer hiddenGradient;

  FinalNorm(TransformerConfig config, LayerOperations operations) {
    this.operations = operations;
    int width = config.getNEmbd();
    norm = new Norm(Role.FINAL_NORM, config, width, operations);
    input = new RowBuffer(operations.memory(), width);
    hidden = new RowBuffer(operations.memory(), width);
    inputGradient = new RowBuffer(operations.memory(), width);
    hiddenGradient = new RowBuffer(operations.memory(), width);
  }

  /** Makes room for the queries of all passes. */
  void reserve(long queries) {
    input.reserve(queries);
    norm.reserve(queries);
    hidden.reserve(queries);
  }

  /** The final hidden states of all passes. */
  Matrix hidden() {
    return hidden.all();
  }

  /** Computes a pass's final hidden states. */
  void forward(Pass pass, boolean queriedOnly, Parameters parameters) {
    long from = pass.firstQuery(queriedOnly);
    norm.forward(from, pass.queries(queriedOnly), input, parameters.outsideBlocks(), hidden);
  }

  /**
   * Starts a backward pass.
   *
   * @param gradients of the hidden states that are results
   * @param queries their queries; the gradients of all others start at 0
   */
  void startGradients(Matrix gradients, int[] queries) {
    norm.startGradients();
    long rows = hidden.all().rows();
    hiddenGradient.reserve(rows);
    operations.clear(hiddenGradient.all());
    inputGradient.reserve(rows);
    operations.copyRows(gradients, null, hiddenGradient.all(), queries);
  }

  /** The gradients of all hidden states, to which latents add those of their inputs. */
  Matrix hiddenGradient() {
    return hiddenGradient.all();
  }

  /** Computes the gradient of the last block's output in a pass. */
  void backward(Pass pass, boolean queriedOnly, Parameters parameters) {
    long from = pass.firstQuery(queriedOnly);
    long n = pass.queries(queriedOnly);
    Matrix dy = hiddenGradient.rows(from, n);
    norm.backward(from, input, parameters.outsideBlocks(), dy, inputGradient.rows(from, n));
  }

  @Override
  public void close() {
    norm.close();
    List.of(input, hidden, inputGradient, hiddenGradient).forEach(RowBuffer::close);
  }
}
