package io.github.coconut4j.model.internal.kernel;

import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * {@link FusedDecoding} over ND4J arrays, from token ids to hidden states. It serves one caller at
 * a time.
 *
 * <p>Shapes: R rows, T columns of the prompts, D width, V vocabulary.
 */
public final class DecodingKernel implements AutoCloseable {

  private final FusedDecoding decoding;
  private final TokenTable tokens;
  private final INDArray tokenTable;

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
    decoding = new FusedDecoding(layers, width, heads, inner, (float) epsilon, threads);
    tokens = new TokenTable((int) tokenTable.size(0), width, threads);
  }

  /**
   * Reads the prompts.
   *
   * @param geometry INT32 token ids, position ids, attention mask and latent mask [R, T]
   * @param parameters position table, each layer's twelve arrays in Hugging Face's order, the final
   *     norm's weight and bias
   * @param newTokens how often {@link #advance} may follow
   * @return hidden states of each row's last token [R, D]
   */
  public INDArray start(List<INDArray> geometry, List<INDArray> parameters, int newTokens) {
    int rows = (int) geometry.get(0).size(0);
    int columns = (int) geometry.get(0).size(1);
    LatentPlan plan =
        LatentPlan.forLastCells(
            rows, columns, flat(geometry.get(1)), flat(geometry.get(2)), flat(geometry.get(3)));
    INDArray embeddings = embeddings(flat(geometry.get(0)));
    INDArray hidden = newRows(rows);
    decoding.start(
        plan,
        HostFloats.of(embeddings),
        LatentLoopKernel.pointers(parameters),
        newTokens,
        HostFloats.of(hidden));
    embeddings.close();
    return hidden;
  }

  /**
   * Appends one token to each row.
   *
   * @param ids token ids [R]
   * @param positions position ids [R]
   * @return hidden states after the tokens [R, D]
   */
  public INDArray advance(int[] ids, int[] positions) {
    INDArray embeddings = embeddings(ids);
    INDArray hidden = newRows(ids.length);
    decoding.advance(HostFloats.of(embeddings), positions, HostFloats.of(hidden));
    embeddings.close();
    return hidden;
  }

  /** Lets the rows leave that are not among these, which ascend. */
  public void retain(int[] rows) {
    decoding.retain(rows);
  }

  /** Logits [R, V] after hidden states [R, D]. */
  public INDArray logits(INDArray hidden) {
    INDArray logits =
        Nd4j.createUninitialized(tokenTable.dataType(), hidden.size(0), tokenTable.size(0));
    tokens.logits(
        HostFloats.of(tokenTable),
        HostFloats.of(hidden),
        (int) hidden.size(0),
        HostFloats.of(logits));
    return logits;
  }

  @Override
  public void close() {
    decoding.close();
    tokens.close();
  }

  private INDArray embeddings(int[] ids) {
    INDArray embeddings = newRows(ids.length);
    tokens.lookUp(HostFloats.of(tokenTable), ids, HostFloats.of(embeddings));
    return embeddings;
  }

  private INDArray newRows(int rows) {
    return Nd4j.createUninitialized(tokenTable.dataType(), rows, tokenTable.size(1));
  }

  private static int[] flat(INDArray array) {
    return array.reshape(-1).toIntVector();
  }
}
