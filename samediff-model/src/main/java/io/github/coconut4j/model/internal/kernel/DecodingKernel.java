package io.github.coconut4j.model.internal.kernel;

import java.util.List;
import java.util.Locale;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * {@link FusedDecoding} over ND4J arrays, from token ids to logits. Its buffers serve one batch
 * after the other, one caller at a time. It holds the weights that it reads, and refuses to read
 * them once they were closed.
 *
 * <p>Shapes: R rows, T columns of the prompts, D width, V vocabulary.
 */
public final class DecodingKernel implements AutoCloseable {

  private final TransformerShape shape;
  private final FusedDecoding decoding;
  private final TokenTable tokens;
  private final INDArray tokenTable;
  private final Rows lines;

  /** What the batch reads next [R * T, D] or [R, D]. */
  private final LineBuffer embeddings;

  /** States of each row's last token [R, D]. */
  private final LineBuffer hidden;

  /** Null before the first prompts. */
  private TransformerParameters weights;

  private long positionTable;
  private INDArray logits;
  private boolean closed;

  /**
   * @param layers number of layers
   * @param heads number of attention heads
   * @param inner width of the feed-forward layer
   * @param epsilon of the layer norms
   * @param tokenTable [V, D]
   */
  public DecodingKernel(int layers, int heads, int inner, double epsilon, INDArray tokenTable) {
    int width = (int) tokenTable.size(1);
    int threads = KernelThreads.count();
    this.tokenTable = tokenTable;
    shape = new TransformerShape(layers, width, heads, inner, (float) epsilon);
    decoding = new FusedDecoding(layers, width, heads, inner, (float) epsilon, threads);
    tokens = new TokenTable((int) tokenTable.size(0), width, threads);
    lines = new Rows(width);
    embeddings = new LineBuffer(width);
    hidden = new LineBuffer(width);
  }

  /**
   * Reads the prompts.
   *
   * @param geometry INT32 token ids, position ids, attention mask and latent mask [R, T]
   * @param parameters position table, each layer's twelve arrays in Hugging Face's order, the final
   *     norm's weight and bias
   * @param newTokens how often {@link #advance} may follow
   * @throws IllegalArgumentException if an array is of another shape, or a token or position id is
   *     out of range
   */
  public void start(List<INDArray> geometry, List<INDArray> parameters, int newTokens) {
    weights = ParameterArrays.of(shape, parameters);
    positionTable = parameters.get(0).size(0);
    requireOpen();
    LatentPlan plan = plan(geometry);
    plan.requirePositions(positionTable);
    hidden.reserve(plan.rows());
    int[] ids = LatentLoopKernel.flat(geometry.get(0), "token ids", plan.rows(), plan.columns());
    decoding.start(plan, embeddings(ids), weights, newTokens, states());
    HostFloats.hold(this);
  }

  private static LatentPlan plan(List<INDArray> geometry) {
    long rows = geometry.get(0).size(0);
    long columns = geometry.get(0).size(1);
    return LatentPlan.forLastCells(
        (int) rows,
        (int) columns,
        LatentLoopKernel.flat(geometry.get(1), "position ids", rows, columns),
        LatentLoopKernel.flat(geometry.get(2), "an attention mask", rows, columns),
        LatentLoopKernel.flat(geometry.get(3), "a latent mask", rows, columns));
  }

  /**
   * Appends one token to each row.
   *
   * @param ids token ids [R]
   * @param positions position ids [R]
   */
  public void advance(int[] ids, int[] positions) {
    requireRows(ids.length, positions);
    decoding.advance(embeddings(ids), positions, states());
    HostFloats.hold(this);
  }

  /**
   * Appends one position to each row.
   *
   * @param inputs what the positions are fed, before position embeddings are added [R, D]
   * @param positions position ids [R]
   */
  public void advance(INDArray inputs, int[] positions) {
    requireRows((int) inputs.size(0), positions);
    HostFloats floats = HostFloats.read(inputs, "inputs", decoding.rows(), shape.width());
    decoding.advance(floats, positions, states());
    HostFloats.hold(floats, this);
  }

  private void requireRows(int inputs, int[] positions) {
    requireOpen();
    if (inputs != decoding.rows() || positions.length != decoding.rows()) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Each of %d rows takes one input and one position id; found %d and %d.",
              decoding.rows(),
              inputs,
              positions.length));
    }
    Cells.requirePositions(positions, positionTable);
  }

  private void requireOpen() {
    if (closed || weights == null) {
      throw new IllegalStateException("A decoding must be started, and not closed, before it runs");
    }
    weights.requireOpen();
  }

  /** States of each row's last position, a copy [R, D]. */
  public INDArray hiddenStates() {
    requireOpen();
    float[] values = new float[decoding.rows() * hidden.width()];
    states().get(values);
    return Nd4j.createFromArray(values).reshape(decoding.rows(), hidden.width());
  }

  /**
   * Takes the last positions of every row back.
   *
   * @param count how many
   * @param states what {@link #hiddenStates} was before them [R, D]
   */
  public void takeBack(int count, INDArray states) {
    requireOpen();
    HostFloats floats = HostFloats.read(states, "states", decoding.rows(), shape.width());
    decoding.takeBack(count);
    Floats.copy(floats.address(), hidden.at(0), states.length());
    HostFloats.hold(floats);
  }

  /** Lets the rows leave that are not among these, which ascend. */
  public void retain(int[] rows) {
    requireOpen();
    decoding.retain(rows);
    for (int i = 0; i < rows.length; i++) {
      lines.copy(hidden.at(rows[i]), hidden.at(i));
    }
  }

  /**
   * Scores of the next token of each row.
   *
   * @return [R, V], overwritten by the next call
   */
  public INDArray logits() {
    requireOpen();
    int rows = decoding.rows();
    if (logits == null || logits.wasClosed() || logits.size(0) != rows) {
      freeLogits();
      logits = Nd4j.createUninitializedDetached(tokenTable.dataType(), rows, tokenTable.size(0));
    }
    tokens.logits(HostFloats.of(tokenTable), states(), rows, HostFloats.of(logits));
    HostFloats.hold(this);
    return logits;
  }

  @Override
  public void close() {
    closed = true;
    decoding.close();
    tokens.close();
    embeddings.close();
    hidden.close();
    freeLogits();
  }

  private void freeLogits() {
    if (logits != null && !logits.wasClosed()) {
      logits.close();
    }
    logits = null;
  }

  private FloatAddress embeddings(int[] ids) {
    embeddings.reserve(ids.length);
    FloatAddress found = new FloatAddress().at(embeddings.at(0));
    tokens.lookUp(HostFloats.of(tokenTable), ids, found);
    return found;
  }

  private FloatAddress states() {
    return new FloatAddress().at(hidden.at(0));
  }
}
