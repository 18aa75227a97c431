package io.github.coconut4j.model.internal.kernel;

import java.util.List;

/**
 * The self-attention of a block with its projections, and its gradients, for the positions of one
 * slice of sequences:
 *
 * <pre>
 * Q K V = x · Wqkv + bqkv                 y  = r + attention(Q, K, V) · Wo + bo
 * dQ dK dV = attention'(dy · Woᵀ)         dx = dQ dK dV · Wqkvᵀ
 * </pre>
 *
 * <p>Shapes: x, y and the residual r [n, d], Q, K and V [n, d] side by side. Where the block is
 * compact, Q and y exist at the queried positions only. Later passes have added to a pass's dK and
 * dV before they are read; its queries add to those of earlier columns.
 */
final class SelfAttention implements AutoCloseable {

  private final int width;
  private final Kernels kernels;
  private final CausalAttention attention;
  private final Rows rows;
  private final LineBuffer input;
  private final LineBuffer outputGradient;

  /** Q, K and V, in whose places their gradients come. */
  private final LineBuffer queryKeyValue;

  /** x and Q of the queried positions; compact blocks only. */
  private final LineBuffer queriedInput;

  private final LineBuffer queries;

  /** The values that each query attends to, before their projection. */
  private final LineBuffer attended;

  private long cellCount;
  private long queryCount;
  private boolean compact;

  /**
   * @param attention of this thread
   * @param input rows x
   * @param outputGradient where rows dy will be
   */
  SelfAttention(
      TransformerShape shape,
      Kernels kernels,
      CausalAttention attention,
      LineBuffer input,
      LineBuffer outputGradient) {
    this.width = shape.width();
    this.kernels = kernels;
    this.attention = attention;
    this.input = input;
    this.outputGradient = outputGradient;
    rows = new Rows(width);
    queryKeyValue = new LineBuffer(3 * width);
    queriedInput = new LineBuffer(width);
    queries = new LineBuffer(width);
    attended = new LineBuffer(width);
  }

  /**
   * Parameters of the layer, or their gradients.
   *
   * @param queryKeyValue Wqkv [d, 3d] and bqkv
   * @param output Wo [d, d] and bo
   */
  record Parameters(Linear.Parameters queryKeyValue, Linear.Parameters output) {}

  /** Makes room as {@link TransformerBlock#reserve}. */
  void reserve(long cells, long queried, long compactlyQueried) {
    cellCount = cells;
    queryCount = queried;
    queryKeyValue.reserve(cells);
    attended.reserve(queried);
    queriedInput.reserve(compactlyQueried);
    queries.reserve(compactlyQueried);
  }

  void startAt(long cell, long query) {
    queryKeyValue.startAt(cell);
    attended.startAt(query);
    queriedInput.startAt(query);
    queries.startAt(query);
  }

  /** y of the pass's queries. */
  void forward(BlockPass pass, Parameters parameters, LineBuffer residual, LineBuffer y) {
    project(pass, parameters.queryKeyValue());
    pass.keyValues()
        .store(
            pass.columns().firstColumn(),
            pass.columns().endColumn(),
            queryKeyValue.from(width),
            queryKeyValue.from(2 * width));
    for (AttentionBlock block : blocks(pass)) {
      attention.forward(block, pass.keyValues(), queries(pass), attended.from(0), pass.masks());
    }
    long from = pass.queryFrom();
    long n = pass.queryLines();
    kernels
        .linear()
        .forward(attended.lines(from, n), parameters.output(), residual.at(from), y.lines(from, n));
  }

  private void project(BlockPass pass, Linear.Parameters parameters) {
    Matrix x = input.lines(pass.from(), pass.lines());
    Matrix y = queryKeyValue.lines(pass.from(), pass.lines());
    Linear linear = kernels.linear();
    if (!pass.compact()) {
      linear.forward(x, parameters, y);
      return;
    }
    linear.forward(x, parameters.columns(width, 2L * width), y.columns(width, 2L * width));
    pass.copyQueried(rows, input, queriedInput);
    long from = pass.queryFrom();
    long n = pass.queryLines();
    linear.forward(
        queriedInput.lines(from, n), parameters.columns(0, width), queries.lines(from, n));
  }

  /**
   * dx of the pass's positions.
   *
   * @param dx its first row is that of the pass's first position; overwritten
   */
  void backward(
      BlockPass pass, Parameters parameters, TransformerBlock.Workspace workspace, LineBuffer dx) {
    compact = pass.compact();
    long from = pass.queryFrom();
    long n = pass.queryLines();
    LineBuffer attendedGradient = workspace.attention();
    attendedGradient.reserve(n);
    attendedGradient.startAt(from);
    kernels
        .linear()
        .inputGradient(
            outputGradient.lines(from, n),
            parameters.output().weight(),
            attendedGradient.lines(from, n));
    for (AttentionBlock block : blocks(pass)) {
      attention.backward(
          block,
          pass.keyValues(),
          queries(pass),
          pass.masks(),
          attendedGradient.from(0),
          queries(pass));
    }
    pass.keyValues()
        .gradients(
            pass.columns().firstColumn(),
            pass.columns().endColumn(),
            queryKeyValue.from(width),
            queryKeyValue.from(2 * width));
    projectBackward(pass, parameters.queryKeyValue().weight(), workspace.queries(), dx);
  }

  private void projectBackward(BlockPass pass, Matrix weight, LineBuffer buffer, LineBuffer dx) {
    Matrix dy = queryKeyValue.lines(pass.from(), pass.lines());
    Linear linear = kernels.linear();
    dx.reserve(pass.lines());
    if (!pass.compact()) {
      linear.inputGradient(dy, weight, dx.lines(0, pass.lines()));
      return;
    }
    linear.inputGradient(
        dy.columns(width, 2L * width),
        weight.columns(width, 2L * width),
        dx.lines(0, pass.lines()));
    long n = pass.queryLines();
    buffer.reserve(n);
    linear.inputGradient(
        queries.lines(pass.queryFrom(), n), weight.columns(0, width), buffer.lines(0, n));
    pass.addQueried(rows, buffer, 0, dx, 0);
  }

  private static List<AttentionBlock> blocks(BlockPass pass) {
    return pass.compact() ? pass.columns().neededBlocks() : pass.columns().blocks();
  }

  private CausalAttention.Lines queries(BlockPass pass) {
    return (pass.compact() ? queries : queryKeyValue).from(0);
  }

  /** One thread's part of the weights' and biases' gradients over all slices. */
  static void parameterGradients(
      Linear linear, List<SelfAttention> slices, Parameters gradients, int part, int parts) {
    int d = slices.get(0).width;
    linear.parameterGradients(
        slices.stream().map(SelfAttention::queryTerm).toList(),
        gradients.queryKeyValue().columns(0, d),
        part,
        parts);
    linear.parameterGradients(
        slices.stream().map(slice -> slice.projectionTerm().columns(d, 2L * d)).toList(),
        gradients.queryKeyValue().columns(d, 2L * d),
        part,
        parts);
    linear.parameterGradients(
        slices.stream().map(SelfAttention::outputTerm).toList(), gradients.output(), part, parts);
  }

  private Linear.Term queryTerm() {
    return compact
        ? new Linear.Term(queriedInput.lines(0, queryCount), queries.lines(0, queryCount))
        : projectionTerm().columns(0, width);
  }

  private Linear.Term projectionTerm() {
    return new Linear.Term(input.lines(0, cellCount), queryKeyValue.lines(0, cellCount));
  }

  private Linear.Term outputTerm() {
    return new Linear.Term(attended.lines(0, queryCount), outputGradient.lines(0, queryCount));
  }

  @Override
  public void close() {
    List.of(queryKeyValue, queriedInput, queries, attended).forEach(LineBuffer::close);
  }
}
