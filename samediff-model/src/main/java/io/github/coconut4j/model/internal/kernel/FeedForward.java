package io.github.coconut4j.model.internal.kernel;

import java.util.List;

/**
 * The feed-forward layer of a block and its gradients, for the positions of one slice of sequences:
 *
 * <pre>
 * U  = x · Wup + bup                      y  = r + gelu(U) · Wdown + bdown
 * dU = (dy · Wdownᵀ) ⊙ gelu'(U)           dx = dU · Wupᵀ
 * </pre>
 *
 * <p>Shapes: x, y and the residual r [n, d], U [n, inner].
 */
final class FeedForward implements AutoCloseable {

  private final int inner;
  private final Kernels kernels;
  private final LineBuffer input;

  /** U, in whose place dU comes. */
  private final LineBuffer hidden;

  private final LineBuffer activated;

  /** dy, for the weights' gradients. */
  private LineBuffer outputGradient;

  private long count;

  /**
   * @param input rows x
   * @param training whether gradients follow; otherwise gelu(U) comes in the place of U
   */
  FeedForward(TransformerShape shape, Kernels kernels, LineBuffer input, boolean training) {
    this.inner = shape.inner();
    this.kernels = kernels;
    this.input = input;
    hidden = new LineBuffer(inner);
    activated = training ? new LineBuffer(inner) : hidden;
  }

  /**
   * Parameters of the layer, or their gradients.
   *
   * @param up Wup [d, inner] and bup
   * @param down Wdown [inner, d] and bdown
   */
  record Parameters(Linear.Parameters up, Linear.Parameters down) {}

  void reserve(long rows) {
    count = rows;
    hidden.reserve(rows);
    activated.reserve(rows);
  }

  void startAt(long row) {
    hidden.startAt(row);
    activated.startAt(row);
  }

  /** y of rows [from, from + n). */
  void forward(long from, long n, Parameters parameters, LineBuffer residual, LineBuffer y) {
    Linear linear = kernels.linear();
    linear.forward(input.lines(from, n), parameters.up(), hidden.lines(from, n));
    kernels.gelu(n, inner, hidden.at(from), activated.at(from));
    linear.forward(
        activated.lines(from, n), parameters.down(), residual.at(from), y.lines(from, n));
  }

  /**
   * dx of rows [from, from + n).
   *
   * @param buffer of width {@code inner}, for what is needed here alone
   * @param dx [n, d], overwritten
   */
  void backward(
      long from, long n, Parameters parameters, LineBuffer dy, LineBuffer buffer, Matrix dx) {
    outputGradient = dy;
    buffer.reserve(n);
    Linear linear = kernels.linear();
    linear.inputGradient(dy.lines(from, n), parameters.down().weight(), buffer.lines(0, n));
    kernels.geluBackward(n, inner, hidden.at(from), buffer.at(0), hidden.at(from));
    linear.inputGradient(hidden.lines(from, n), parameters.up().weight(), dx);
  }

  /** One thread's part of the weights' and biases' gradients over all slices. */
  static void parameterGradients(
      Linear linear, List<FeedForward> slices, Parameters gradients, int part, int parts) {
    linear.parameterGradients(
        slices.stream().map(slice -> slice.term(slice.input, slice.hidden)).toList(),
        gradients.up(),
        part,
        parts);
    linear.parameterGradients(
        slices.stream().map(slice -> slice.term(slice.activated, slice.outputGradient)).toList(),
        gradients.down(),
        part,
        parts);
  }

  private Linear.Term term(LineBuffer x, LineBuffer dy) {
    return new Linear.Term(x.lines(0, count), dy.lines(0, count));
  }

  @Override
  public void close() {
    hidden.close();
    activated.close();
  }
}
