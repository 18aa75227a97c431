package io.github.coconut4j.model.latent;

import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.Weights;
import java.util.Map;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Runs the transformer over a batch, pass by pass, feeding hidden states back as inputs (Coconut,
 * arXiv 2412.06769, section 3).
 *
 * <p>With E the token embeddings, P the position embeddings and H the final hidden states after the
 * final layer norm, the input at row r and column c is
 *
 * <pre>
 *   x[r, c] = H[r, c - 1] + P[position(r, c)]   where row r has a latent at c
 *   x[r, c] = E[r, c]     + P[position(r, c)]   elsewhere
 * </pre>
 *
 * and H[r, c] is computed from the inputs at the columns up to c that are no padding. Both
 * implementations have the same parameters, outputs and gradients, up to rounding.
 *
 * <p>Shapes: B rows, T columns, D width, n cells whose hidden state is asked for.
 */
interface LatentLoop extends AutoCloseable {

  /**
   * Adds the loop to the graph of its inputs.
   *
   * @return hidden states at {@link LoopInputs#cells()} [n, D]
   */
  SDVariable hiddenStates(LoopInputs inputs, LatentColumns columns);

  /** Whether a graph serves only batches whose latents stand in the columns it was built for. */
  boolean dependsOnColumns();

  /** Reads prompts and stands ready to continue them; see {@link LatentTransformer#decoder}. */
  Decoder decoder(TransformerConfig config, Weights weights, LatentBatch prompts, int maxNewTokens);

  /** Values of placeholders that this loop has beside those of {@link LoopInputs}. */
  Map<String, INDArray> ownPlaceholders(LatentBatch batch, DataType type);

  /** Frees what decoders left for the next ones. */
  @Override
  default void close() {}
}
