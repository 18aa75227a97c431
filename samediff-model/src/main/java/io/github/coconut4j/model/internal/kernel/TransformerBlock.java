package io.github.coconut4j.model.internal.kernel;

import java.util.List;

/**
 * A block of GPT-2 and its gradients, for the positions of one slice of sequences:
 *
 * <pre>
 * M  = X + attention(norm1(X))            Y  = M + feedForward(norm2(M))
 * dM = dY + norm2'(feedForward'(dY))      dX = dM + norm1'(attention'(dM))
 * </pre>
 *
 * <p>Shapes: X, M and Y [n, d]. In the compact form, for the last block, M and Y exist at the
 * queried positions only. Each gradient takes the place of the activation that it is the gradient
 * of, which nothing reads once the gradient is known: attention has its keys and values elsewhere,
 * and a norm sums its parameters' gradients up on the way.
 */
final class TransformerBlock implements AutoCloseable {

  private final Kernels kernels;
  private final int width;
  private final Rows rows;
  private final Workspace workspace;

  /** X, in whose place dX comes. */
  private final LineBuffer input;

  private final LineBuffer norm1Output;

  /** X of the queried positions; compact blocks only. */
  private final LineBuffer queriedInput;

  /** M, in whose place dM comes. */
  private final LineBuffer residualMid;

  private final LineBuffer norm2Output;
  private final Norm norm1;
  private final SelfAttention attention;
  private final Norm norm2;
  private final FeedForward feedForward;

  /**
   * @param workspace shared by the blocks of a slice
   * @param training whether {@link #backward} follows
   */
  TransformerBlock(
      TransformerShape shape,
      Kernels kernels,
      CausalAttention scores,
      Workspace workspace,
      boolean training) {
    this.kernels = kernels;
    this.width = shape.width();
    this.workspace = workspace;
    rows = new Rows(width);
    input = new LineBuffer(width);
    norm1Output = new LineBuffer(width);
    queriedInput = new LineBuffer(width);
    residualMid = new LineBuffer(width);
    norm2Output = new LineBuffer(width);
    norm1 = new Norm(shape, kernels);
    attention = new SelfAttention(shape, kernels, scores, norm1Output, residualMid);
    norm2 = new Norm(shape, kernels);
    feedForward = new FeedForward(shape, kernels, norm2Output, training);
  }

  /** Parameters of the block, or their gradients. */
  record Parameters(
      Norm.Parameters norm1,
      SelfAttention.Parameters attention,
      Norm.Parameters norm2,
      FeedForward.Parameters feedForward) {}

  /**
   * Rows that the backward pass needs within a block alone.
   *
   * @param inner as wide as the feed-forward layer
   */
  record Workspace(LineBuffer inner, LineBuffer norm, LineBuffer attention, LineBuffer queries)
      implements AutoCloseable {

    static Workspace of(TransformerShape shape) {
      int width = shape.width();
      return new Workspace(
          new LineBuffer(shape.inner()),
          new LineBuffer(width),
          new LineBuffer(width),
          new LineBuffer(width));
    }

    @Override
    public void close() {
      List.of(inner, norm, attention, queries).forEach(LineBuffer::close);
    }
  }

  /** Rows X; after the backward pass dX. */
  LineBuffer input() {
    return input;
  }

  /**
   * Makes room for a batch.
   *
   * @param cells positions
   * @param queried positions at which M and Y are computed
   * @param compactlyQueried how many of them are where the block is compact, otherwise 0
   */
  void reserve(long cells, long queried, long compactlyQueried) {
    List.of(input, norm1Output).forEach(buffer -> buffer.reserve(cells));
    List.of(residualMid, norm2Output).forEach(buffer -> buffer.reserve(queried));
    queriedInput.reserve(compactlyQueried);
    norm1.reserve(cells);
    attention.reserve(cells, queried, compactlyQueried);
    norm2.reserve(queried);
    feedForward.reserve(queried);
  }

  /** Lets the first rows be those of a position and of a query: one pass is kept at a time. */
  void startAt(long cell, long query) {
    List.of(input, norm1Output).forEach(buffer -> buffer.startAt(cell));
    List.of(residualMid, norm2Output, queriedInput).forEach(buffer -> buffer.startAt(query));
    norm1.startAt(cell);
    attention.startAt(cell, query);
    norm2.startAt(query);
    feedForward.startAt(query);
  }

  /** Y of the pass's queries from X of its positions. */
  void forward(BlockPass pass, Parameters parameters, LineBuffer output) {
    norm1.forward(pass.from(), pass.lines(), input, parameters.norm1(), norm1Output);
    if (pass.compact()) {
      pass.copyQueried(rows, input, queriedInput);
    }
    LineBuffer residual = pass.compact() ? queriedInput : input;
    attention.forward(pass, parameters.attention(), residual, residualMid);
    long from = pass.queryFrom();
    long n = pass.queryLines();
    norm2.forward(from, n, residualMid, parameters.norm2(), norm2Output);
    feedForward.forward(from, n, parameters.feedForward(), residualMid, output);
  }

  /** Forgets the sums of the step before. */
  void startGradients() {
    norm1.startGradients();
    norm2.startGradients();
  }

  /** dX of the pass's positions from dY of its queries. */
  void backward(BlockPass pass, Parameters parameters, LineBuffer outputGradient) {
    LineBuffer gradient = workspace.norm();
    long from = pass.queryFrom();
    long n = pass.queryLines();
    gradient.reserve(n);
    feedForward.backward(
        from, n, parameters.feedForward(), outputGradient, workspace.inner(), gradient.lines(0, n));
    norm2.backward(from, n, residualMid, parameters.norm2(), gradient.at(0), gradient.at(0));
    kernels.add(n, width, gradient.at(0), outputGradient.at(from), residualMid.at(from));

    attention.backward(pass, parameters.attention(), workspace, gradient);
    norm1.backward(
        pass.from(), pass.lines(), input, parameters.norm1(), gradient.at(0), gradient.at(0));
    addResidual(pass, gradient);
  }

  private void addResidual(BlockPass pass, LineBuffer gradient) {
    long from = pass.from();
    if (pass.compact()) {
      Floats.copy(gradient.at(0), input.at(from), pass.lines() * width);
      pass.addQueried(rows, residualMid, pass.queryFrom(), input, from);
    } else {
      kernels.add(pass.lines(), width, gradient.at(0), residualMid.at(from), input.at(from));
    }
  }

  /** One thread's part of the linear layers' parameter gradients, over all slices and passes. */
  static void linearGradients(
      Linear linear, List<TransformerBlock> slices, Parameters gradients, int part, int parts) {
    SelfAttention.parameterGradients(
        linear,
        slices.stream().map(slice -> slice.attention).toList(),
        gradients.attention(),
        part,
        parts);
    FeedForward.parameterGradients(
        linear,
        slices.stream().map(slice -> slice.feedForward).toList(),
        gradients.feedForward(),
        part,
        parts);
  }

  /** The norms' parameter gradients, over all slices and passes. */
  static void normGradients(List<TransformerBlock> slices, Parameters gradients) {
    Norm.parameterGradients(slices.stream().map(slice -> slice.norm1).toList(), gradients.norm1());
    Norm.parameterGradients(slices.stream().map(slice -> slice.norm2).toList(), gradients.norm2());
  }

  @Override
  public void close() {
    List.of(input, norm1Output, queriedInput, residualMid, norm2Output).forEach(LineBuffer::close);
    norm1.close();
    attention.close();
    norm2.close();
    feedForward.close();
  }
}
